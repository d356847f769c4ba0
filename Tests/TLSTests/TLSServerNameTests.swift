import TLS
import Testing

@Test(
    "A server name is read in its canonical form",
    arguments: [
        ("mail.example.com", TLSServerName.Kind.host("mail.example.com")),
        ("MAIL.Example.Com.", .host("mail.example.com")),
        ("localhost", .host("localhost")),
        ("xn--mller-kva.example", .host("xn--mller-kva.example")),
        ("_smtp.example", .host("_smtp.example")),
        ("1.example", .host("1.example")),
        ("192.0.2.1", .address([192, 0, 2, 1])),
        ("::1", .address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ("::ffff:1.2.3.4", .address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4])),
    ])
func serverNames(_ text: String, _ kind: TLSServerName.Kind) throws {
    #expect(try TLSServerName(text).kind == kind)
}

@Test(
    "What names no server is refused",
    arguments: [
        "", ".", ".example.com", "mail..example", "mail.example..", "müller.example", "a b",
        "*.example.com", "-a.example", "a-.example", "mail.example\0.evil", "127.1", "1.2.3.4.5",
        "256.1.1.1", "01.2.3.4", "192.0.2.1\0", "[::1]", "fe80::1%eth0", ":::", "mail\n.example",
        String(repeating: "a", count: 64) + ".example", String(repeating: "a.", count: 127) + "bc",
        String(repeating: "x", count: 100_000),
    ])
func badServerNames(_ text: String) {
    #expect { try TLSServerName(text) } throws: { error in
        guard case .invalidServerName(let shown) = error as? TLSError else { return false }
        return shown.count < 600 && !shown.contains("\n")
    }
}
