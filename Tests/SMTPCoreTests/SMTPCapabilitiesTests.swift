import SMTPCore
import Testing

@Suite("SMTP capabilities")
struct SMTPCapabilitiesTests {
    private func capabilities(_ wire: String) throws -> SMTPCapabilities {
        var parser = SMTPReplyParser()
        let lines = bytes(wire.split(separator: "\n").map { $0 + "\r\n" }.joined())
        parser.append(lines.span)
        let reply = try #require(try parser.next())
        return SMTPCapabilities(reply)
    }

    @Test("Postfix is understood")
    func postfix() throws {
        let found = try capabilities(
            """
            250-mail.example.org
            250-PIPELINING
            250-SIZE 10240000
            250-VRFY
            250-ETRN
            250-STARTTLS
            250-AUTH PLAIN LOGIN
            250-AUTH=PLAIN LOGIN
            250-ENHANCEDSTATUSCODES
            250-8BITMIME
            250-DSN
            250-SMTPUTF8
            250 CHUNKING
            """)
        #expect(found.serverName == "mail.example.org")
        #expect(found.maximumSize == 10_240_000)
        #expect(found.mechanisms == ["PLAIN", "LOGIN"])
        #expect(found.pipelining && found.startTLS && found.enhancedStatusCodes)
        #expect(found.eightBitMIME && found.dsn && found.smtpUTF8 && found.chunking)
        #expect(found.lines.count == 12)
    }

    @Test("Exim is understood")
    func exim() throws {
        let found = try capabilities(
            """
            250-exim.example.org Hello client.example [192.0.2.7]
            250-SIZE 52428800
            250-8BITMIME
            250-PIPELINING
            250-PIPECONNECT
            250-AUTH PLAIN CRAM-MD5
            250-STARTTLS
            250-PRDR
            250 HELP
            """)
        #expect(found.serverName == "exim.example.org")
        #expect(found.maximumSize == 52_428_800)
        #expect(found.mechanisms == ["PLAIN", "CRAM-MD5"])
        #expect(!found.dsn && !found.smtpUTF8 && !found.chunking && !found.enhancedStatusCodes)
    }

    @Test("Gmail is understood")
    func gmail() throws {
        let found = try capabilities(
            """
            250-smtp.gmail.com at your service, [192.0.2.7]
            250-SIZE 35882577
            250-8BITMIME
            250-AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH
            250-ENHANCEDSTATUSCODES
            250-PIPELINING
            250-CHUNKING
            250 SMTPUTF8
            """)
        #expect(found.maximumSize == 35_882_577)
        #expect(found.offers(mechanism: "XOAUTH2") && found.offers(mechanism: "OAUTHBEARER"))
        #expect(found.mechanisms.count == 6)
        #expect(!found.startTLS)
    }

    @Test("Office 365 is understood before and after TLS")
    func office365() throws {
        let clear = try capabilities(
            """
            250-FR0P281CA0123.outlook.office365.com Hello [192.0.2.7]
            250-SIZE 157286400
            250-PIPELINING
            250-DSN
            250-ENHANCEDSTATUSCODES
            250-STARTTLS
            250-8BITMIME
            250-BINARYMIME
            250-CHUNKING
            250 SMTPUTF8
            """)
        #expect(clear.startTLS && clear.mechanisms.isEmpty && clear.dsn)
        let secure = try capabilities(
            """
            250-FR0P281CA0123.outlook.office365.com Hello [192.0.2.7]
            250-SIZE 157286400
            250-AUTH LOGIN XOAUTH2
            250 SMTPUTF8
            """)
        #expect(!secure.startTLS && secure.mechanisms == ["LOGIN", "XOAUTH2"])
    }

    @Test("Odd answers mean what they can mean and no more")
    func odd() throws {
        #expect(try capabilities("250 OK") == capabilities("250 OK"))
        #expect(try capabilities("250-x\n250 SIZE").maximumSize == nil)
        #expect(try capabilities("250-x\n250 SIZE").offersSize)
        #expect(try capabilities("250-x\n250 SIZE 0").maximumSize == nil)
        #expect(try capabilities("250-x\n250 SIZE -1").maximumSize == nil)
        #expect(try capabilities("250-x\n250 SIZE 99999999999999999999999").maximumSize == nil)
        #expect(try capabilities("250-x\n250 starttls").startTLS)
        #expect(try !capabilities("250-x\n250 XSTARTTLS").startTLS)
        #expect(try !capabilities("250 STARTTLS").startTLS)
        #expect(try capabilities("250-x\n250 AUTH").mechanisms.isEmpty)
        #expect(try capabilities("250-x\n250 auth=login plain").mechanisms == ["LOGIN", "PLAIN"])
        #expect(try capabilities("250-x\n250 AUTH a\"b PLAIN \u{FFFD}").mechanisms == ["PLAIN"])
        let many = (0..<200).map { "M\($0)" }.joined(separator: " ")
        #expect(try capabilities("250-x\n250 AUTH \(many)").mechanisms.count == 64)
    }
}
