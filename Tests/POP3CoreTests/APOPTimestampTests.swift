import POP3Core
import Testing

@Test(
    "A timestamp is taken out of a greeting",
    arguments: [
        (
            "POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
            "<1896.697170952@dbc.mtview.ca.us>"
        ),
        ("<a@b>", "<a@b>"),
        ("Dovecot ready. <1a2.1.5f+/=.x==@mail_1.example> go", "<1a2.1.5f+/=.x==@mail_1.example>"),
        ("ready <1@[127.0.0.1]>", "<1@[127.0.0.1]>"),
    ])
func goodTimestamps(_ greeting: String, _ expected: String) throws {
    #expect(try APOPTimestamp(greeting: greeting).text == expected)
}

@Test("A greeting without angle brackets gives no timestamp")
func noTimestamp() {
    #expect(throws: APOPTimestamp.Failure.missing) {
        try APOPTimestamp(greeting: "POP3 ready 1.2@host")
    }
}

@Test(
    "What is no message identifier, or one of several, is refused",
    arguments: [
        "<>", "<a>", "<@>", "<a@>", "<@b>", "<a@b@c>", "<a b@c>", "<a@b c>", "<a@b", "<a@b>>",
        "<<a@b>", "<a@b> <c@d>", "<a@b> > x", "<.a@b>", "<a..b@c>", "<a@b.>", "<a@[>", "<a@[]>",
        "<a@[x]y>", "<\"a\"@b>", "<a\u{FFFD}@b>", "<é@b>", "<a\u{0}@b>", "<a\u{7F}@b>", "<a@b\\>",
        "<a,b@c>", "<a:b@c>", "<a@(b)>",
    ])
func badTimestamps(_ greeting: String) {
    #expect(throws: APOPTimestamp.Failure.invalid) { try APOPTimestamp(greeting: greeting) }
}

@Test("A timestamp may be as long as its bound and no longer")
func timestampLength() throws {
    func timestamp(_ count: Int) -> String {
        "<" + String(repeating: "a", count: count - 4) + "@b>"
    }
    #expect(try APOPTimestamp(timestamp(POP3Limits.timestamp)).text.utf8.count == 322)
    #expect(throws: APOPTimestamp.Failure.invalid) {
        try APOPTimestamp(timestamp(POP3Limits.timestamp + 1))
    }
}

@Test("Every octet that is not atext makes a timestamp invalid, wherever it stands")
func everyOctet() {
    for scalar in 0...0x2FF {
        guard let scalar = Unicode.Scalar(UInt32(scalar)) else { continue }
        let isAtomText =
            scalar.properties.isASCIIHexDigit || scalar.isASCII && scalar.properties.isAlphabetic
            || "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
            || ("0"..."9").contains(scalar)
        for text in ["<x\(scalar)x@b>", "<a@x\(scalar)x>"] {
            let isTaken = (try? APOPTimestamp(text)) != nil
            #expect(isTaken == (isAtomText || scalar == "."), "\(text)")
        }
    }
}
