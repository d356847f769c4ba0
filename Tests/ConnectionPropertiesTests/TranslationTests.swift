import ConnectionProperties
import Testing
import VaultModel

/// Properties, and what they come to.
struct TranslationFixture: Sendable, CustomTestStringConvertible {
    let given: String
    /// `FIELD=VALUE` in the order of the table of fields, or the code and a part of the error.
    let expected: Result<[String], Refusal>
    let warnings: [String]

    struct Refusal: Error {
        let code: PropertyError.Code
        let part: String
    }

    /// Properties that are taken: `given` has them with line breaks.
    init(_ given: String, _ assignments: [String] = [], warns: [String] = []) {
        self.given = given
        expected = .success(assignments)
        warnings = warns
    }

    /// Properties that are refused with an error that holds `part`.
    init(_ given: String, _ code: PropertyError.Code, _ part: String) {
        self.given = given
        expected = .failure(Refusal(code: code, part: part))
        warnings = []
    }

    var properties: [String: String] {
        var properties: [String: String] = [:]
        for line in given.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            properties[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
        return properties
    }

    var testDescription: String { given.replacing("\n", with: " ") }

    func check(lenient: Bool = false) {
        do {
            let found = try PropertyRegistry.translate(properties, lenient: lenient)
            let assignments = found.assignments.map { "\($0.field)=\($0.value)" }
            if case .success(let wanted) = expected {
                #expect(assignments == wanted)
                #expect(found.warnings.map(\.code).sorted() == warnings.sorted())
                #expect(found.warnings.allSatisfy { !$0.text.isEmpty && !$0.property.isEmpty })
            } else {
                Issue.record("taken as \(assignments)")
            }
        } catch {
            guard case .failure(let wanted) = expected else {
                Issue.record("refused: \(error)")
                return
            }
            #expect(error.code == wanted.code)
            #expect("\(error)".contains(wanted.part), "\(error)")
        }
    }
}

@Suite("Properties become fields")
struct TranslationTests {
    typealias Case = TranslationFixture

    /// Properties of JavaMail that need no other.
    static let single: [Case] = [
        Case(
            "mail.smtp.host=smtp.example.org",
            ["host=smtp.example.org", "recipient_failure=abort"],
            warns: ["upgraded_to_auto"]),
        Case("mail.smtp.port=2525", ["port=2525"]),
        Case("mail.smtp.port=0", .value, "1 to 65535"),
        Case("mail.smtp.port=65536", .value, "1 to 65535"),
        Case("mail.smtp.port=25 ", ["port=25"]),
        Case("mail.smtp.port=2x", .value, "no whole number"),
        Case("mail.smtp.port=", .value, "no whole number"),
        Case("mail.smtp.port=${port}", .value, "variable"),
        Case(
            "mail.smtp.user=u", ["auth.mode=smtp", "auth.username=u"], warns: ["login_implied"]),
        Case(
            "mail.user=u\nmail.smtp.user=v", ["auth.mode=smtp", "auth.username=v"],
            warns: ["login_implied"]),
        Case("mail.smtp.user=", warns: ["empty_value"]),
        Case(
            "mail.smtp.user=${account}", ["auth.mode=smtp", "auth.username=${account}"],
            warns: ["login_implied"]),
        Case("mail.smtp.user=a\u{7}b", .value, "control character"),
        Case("mail.smtp.connectiontimeout=15000", ["timeouts.connect_ms=15000"]),
        Case("mail.smtp.connectiontimeout=5000", ["timeouts.connect_ms=5000"]),
        Case("mail.smtp.connectiontimeout=60000", ["timeouts.connect_ms=60000"]),
        Case("mail.smtp.connectiontimeout=4999", .value, "5000 to 60000 milliseconds"),
        Case("mail.smtp.connectiontimeout=60001", .value, "5000 to 60000 milliseconds"),
        Case("mail.smtp.connectiontimeout=0", .value, "wait for ever"),
        Case("mail.smtp.connectiontimeout=-1", .value, "wait for ever"),
        Case("mail.smtp.timeout=20000", ["timeouts.request_ms=20000"]),
        Case("mail.smtp.timeout=9999", .value, "10000 to 120000"),
        Case("mail.smtp.timeout=120001", .value, "10000 to 120000"),
        Case("mail.smtp.timeout=20s", .value, "no whole number"),
        Case("mail.smtp.writetimeout=120000", ["timeouts.write_ms=120000"]),
        Case("mail.smtp.writetimeout=0", .value, "10000 to 600000"),
        Case("mail.smtp.executor.writetimeout=x", .refused, "Java object"),
        Case("mail.smtp.from=bounce@example.org", ["from.envelope=bounce@example.org"]),
        Case("mail.from=a@example.org", warns: ["not_the_sender"]),
        Case("mail.smtp.localhost=here.example.org", ["local_domain=here.example.org"]),
        Case("mail.smtp.localaddress=192.0.2.1", ["source_ip=192.0.2.1"]),
        Case("mail.smtp.localaddress=here.example.org", .value, "no IP address"),
        Case("mail.smtp.localport=2000", .refused, "source_ip"),
        Case("mail.smtp.ehlo=true"),
        Case("mail.smtp.ehlo=false", ["greeting=helo"], warns: ["helo"]),
        Case("mail.smtp.ehlo=false\nmail.smtp.auth=true", .refused, "mail.smtp.ehlo"),
        Case("mail.smtp.ehlo=false\nmail.smtp.starttls.enable=true", .refused, "mail.smtp.ehlo"),
        Case("mail.smtp.submitter=a@example.org", ["mail_auth=a@example.org"]),
        Case("mail.smtp.dsn.notify=NEVER", ["dsn.notify=never"]),
        Case("mail.smtp.dsn.notify=SUCCESS,FAILURE", ["dsn.notify=success,failure"]),
        Case("mail.smtp.dsn.notify=NEVER,DELAY", .value, "NEVER alone"),
        Case("mail.smtp.dsn.notify=DELAY DELAY", .value, "NEVER alone"),
        Case("mail.smtp.dsn.notify=sometimes", .value, "NEVER alone"),
        Case("mail.smtp.dsn.ret=FULL", ["dsn.ret=full"]),
        Case("mail.smtp.dsn.ret=HDRS", ["dsn.ret=headers"]),
        Case("mail.smtp.dsn.ret=HDRS NOTIFY=NEVER", .value, "FULL or HDRS"),
        Case("mail.smtp.allow8bitmime=true", ["eight_bit=true"]),
        Case("mail.smtp.allow8bitmime=false", ["eight_bit=false"]),
        Case("mail.smtp.sendpartial=true", ["recipient_failure=continue"]),
        Case("mail.smtp.sendpartial=false", ["recipient_failure=abort"]),
        Case("mail.smtp.sendpartial=TRUE", ["recipient_failure=continue"]),
        Case("mail.smtp.sendpartial=yes", .value, "true or false"),
        Case("mail.smtp.sendpartial=1", .value, "true or false"),
        Case("mail.smtp.sendpartial=", .value, "true or false"),
        Case("mail.smtp.quitwait=true"),
        Case("mail.smtp.quitwait=false", warns: ["fixed_behaviour"]),
        Case("mail.smtp.quitonsessionreject=true", warns: ["fixed_behaviour"]),
        Case("mail.smtp.reportsuccess=true", warns: ["fixed_behaviour"]),
        Case("mail.smtp.userset=true", ["ping_command=rset"], warns: ["not_heeded_yet"]),
        Case("mail.smtp.userset=false", ["ping_command=noop"]),
        Case("mail.smtp.noop.strict=true"),
        Case("mail.smtp.noop.strict=false", warns: ["fixed_behaviour"]),
        Case("mail.smtp.chunksize=1000000", ["data_mode=bdat"], warns: ["one_chunk"]),
        Case("mail.smtp.chunksize=0", ["data_mode=data"]),
        Case("mail.smtp.chunksize=-1", ["data_mode=data"]),
        Case("mail.smtp.chunksize=-2", .value, "-1 to"),
        Case("mail.smtp.mailextension=REQUIRETLS", ["require_tls=true"]),
        Case(
            "mail.smtp.mailextension=BODY=8BITMIME MT-PRIORITY=-9",
            ["eight_bit=true", "mt_priority=-9"]),
        Case("mail.smtp.mailextension=MT-PRIORITY=10", .refused, "MT-PRIORITY=n"),
        Case("mail.smtp.mailextension=AUTH=<>", .refused, "MT-PRIORITY=n"),
        Case("mail.smtp.mailextension=REQUIRETLS\r\nRCPT TO:<x@y>", .value, "line break"),
        Case("mail.smtp.class=com.example.SMTP", warns: ["jvm_only"]),
        Case("mail.smtp.usesocketchannels=true", warns: ["jvm_only"]),
        Case("mail.debug=true", ["debug.until=15m"]),
        Case("mail.debug=false"),
        Case("mail.debug.auth=true", .refused, "masked"),
        Case("mail.debug.auth=false"),
        Case("mail.debug.auth.username=true", .refused, "masked"),
        Case("mail.debug.auth.password=true", .refused, "masked"),
        Case("mail.debug.auth.password=false"),
        Case("mail.debug.quote=true", warns: ["jvm_only"]),
        Case("mail.socket.debug=true", warns: ["jvm_only"]),
        Case("mail.mime.charset=ISO-8859-15", ["charset=ISO-8859-15"]),
        Case("mail.mime.charset=EBCDIC", .value, "-1258"),
        Case("mail.mime.allowutf8=true"),
        Case("mail.mime.allowutf8=false", warns: ["fixed_behaviour"]),
        Case("mail.mime.address.strict=true"),
        Case("mail.mime.address.strict=false", .refused, "strictly"),
        Case("mail.mime.encodefilename=true", warns: ["composer_decides"]),
        Case("mail.mime.something.new=1", warns: ["composer_decides"]),
        Case("mail.store.protocol=imaps", warns: ["mailbox_only"]),
        Case("mail.imap.host=imap.example.org", warns: ["mailbox_only"]),
        Case("mail.imaps.ssl.trust=*", warns: ["mailbox_only"]),
        Case("mail.event.scope=session", warns: ["jvm_only"]),
        Case("mail.replyallcc=true", warns: ["jvm_only"]),
        Case("mail.alternates=a@example.org", warns: ["jvm_only"]),
    ]

    @Test("A property of JavaMail does what the table says", arguments: single)
    func translates(fixture: Case) { fixture.check() }

    /// Each of these is refused with either prefix.
    static let typos: [(String, String)] = [
        ("mail.smtp.starttls.requred", "'mail.smtp.starttls.required'"),
        ("mail.smtp.Host", "'mail.smtp.host'"),
        ("mail.smtp.socketfactory.class", "'mail.smtp.socketFactory.class'"),
        ("mail.smtps.hots", "'mail.smtps.host'"),
        ("mail.pop3.apop.enabled", "'mail.pop3.apop.enable'"),
        ("mail.transport.protocl", "'mail.transport.protocol'"),
        ("verify_per", "'verify_peer'"),
        ("pool.mx", "'pool.max'"),
        ("mail.smtp.frobnicate", "docs/properties.md"),
        ("mail.nntp.host", "mail.smtp.host"), ("mail.nntp.article", "docs/properties.md"),
        ("", "docs/properties.md"),
    ]

    @Test("A name that is not known is refused with the nearest one", arguments: typos)
    func typo(name: String, nearest: String) {
        let fixture = Case("\(name)=hunter2", .unknown, nearest)
        if name.isEmpty {
            #expect(throws: PropertyError.self) { try PropertyRegistry.translate(["": "x"]) }
        } else {
            fixture.check()
            Case("\(name)=hunter2", warns: ["unknown"]).check(lenient: true)
        }
    }

    @Test("A lenient import still refuses what is known and refused")
    func lenient() {
        Case("mail.smtp.ssl.trust=*", .refused, "fingerprints").check(lenient: true)
        Case("mail.smtp.auth=yes", .value, "true or false").check(lenient: true)
    }

    @Test("Every property of SMTP has a twin under mail.smtps, which is TLS besides")
    func twins() throws {
        for fixture in Self.single where fixture.given.hasPrefix("mail.smtp.") {
            let twin = Case(fixture.given.replacing("mail.smtp.", with: "mail.smtps."), [])
            let plain = Result { try PropertyRegistry.translate(fixture.properties) }
            let secure = Result { try PropertyRegistry.translate(twin.properties) }
            guard case .success(let first) = plain, fixture.given != "mail.smtp.ehlo=false",
                !fixture.given.contains("host=smtp"), !fixture.given.hasSuffix(".user=")
            else { continue }
            let second = try secure.get()
            #expect(second.value(of: "encryption") == "implicit_tls", "\(fixture.given)")
            #expect(
                second.assignments.filter { $0.field != "encryption" }.map(\.value)
                    == first.assignments.map(\.value))
        }
    }

    @Test("One name under both prefixes must have one value")
    func bothPrefixes() {
        Case(
            "mail.smtp.port=465\nmail.smtps.port=465", ["port=465", "encryption=implicit_tls"]
        ).check()
        Case("mail.smtp.port=465\nmail.smtps.port=466", .conflict, "different values").check()
    }

    @Test("A name that does not print is told without what does not")
    func printable() {
        Case("mail.\u{1b}[31m\u{202e}x=1", .unknown, "mail.?[31m?x:").check()
        let found = try? PropertyRegistry.translate(["a\u{7}b": "1"], lenient: true)
        #expect(found?.warnings.map(\.property) == ["a?b"])
    }

    @Test("Too many properties and too long ones are refused")
    func bounds() {
        func properties(_ count: Int) -> [String: String] {
            Dictionary(uniqueKeysWithValues: (0..<count).map { ("mail.mime.x\($0)", "1") })
        }
        #expect(throws: Never.self) {
            try PropertyRegistry.translate(properties(VaultLimits.properties))
        }
        #expect(throws: PropertyError.self) {
            try PropertyRegistry.translate(properties(VaultLimits.properties + 1))
        }
        for (count, isTaken) in [(PropertyLimits.nameBytes, true), (256, false)] {
            let name = "mail.mime." + String(repeating: "x", count: count - 10)
            let found = try? PropertyRegistry.translate([name: "1"])
            #expect((found != nil) == isTaken)
        }
        for (count, isTaken) in [(VaultLimits.propertyBytes, true), (4097, false)] {
            let value = String(repeating: "x", count: count)
            let found = try? PropertyRegistry.translate(["header.X-Long": value])
            #expect((found != nil) == isTaken)
        }
    }
}
