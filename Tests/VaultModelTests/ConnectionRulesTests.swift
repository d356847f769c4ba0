import Testing
import VaultModel

@Suite("Rules between the settings of connections")
struct ConnectionRulesTests {
    typealias Change = SettingsChange

    static let rules: [Change] = [
        Change("the defaults", true) { _ in },
        Change("defaults", true, in: .production) { _ in },
        Change("defaults", true, in: .test) { _ in },
        Change("login", true) { Change.login(&$0) },
        Change("login without a user", false) {
            Change.login(&$0)
            $0.auth.username = nil
        },
        Change("login without a secret", false) {
            Change.login(&$0)
            $0.auth.secretRef = nil
        },
        Change("user without login", false) { $0.auth.username = "u" },
        Change("secret without login", false) {
            $0.auth.secretRef = try? SecretReference(parsing: "s")
        },
        Change("line in the user", false) {
            Change.login(&$0)
            $0.auth.username = "u\r\nx"
        },
        Change("mechanisms", true) {
            Change.login(&$0)
            $0.auth.mechanisms = ["CRAM-MD5", "PLAIN", "LOGIN"]
        },
        Change("an unknown mechanism", false) { $0.auth.mechanisms = ["NTLM"] },
        Change("a mechanism in lower case", false) { $0.auth.mechanisms = ["plain"] },
        Change("opportunistic TLS with login", false) {
            Change.login(&$0)
            $0.encryption = .starttlsOpportunistic
        },
        Change("opportunistic TLS", true) { $0.encryption = .starttlsOpportunistic },
        Change("opportunistic TLS", false, in: .production) {
            $0.encryption = .starttlsOpportunistic
        },
        Change("no TLS", true) { $0.encryption = .none },
        Change("no TLS", false, in: .production) { $0.encryption = .none },
        Change("no TLS to this machine", true, in: .production) {
            $0.encryption = .none
            $0.host = "localhost"
        },
        Change("an authority without TLS", false) {
            $0.encryption = .none
            $0.tls.caRef = try? ResourceName("ca")
        },
        Change("a pin without TLS", false) {
            $0.encryption = .none
            $0.tls.fingerprintsSha256 = [String(repeating: "a", count: 64)]
        },
        Change("an authority to this machine, where TLS is off", false) {
            $0.host = "localhost"
            $0.tls.caRef = try? ResourceName("ca")
        },
        Change("a pin that is too short", false) { $0.tls.fingerprintsSha256 = ["ab"] },
        Change("a pin of SHA-1", false) {
            $0.tls.fingerprintsSha256 = [String(repeating: "a", count: 40)]
        },
        Change("a pin that is not hexadecimal", false) {
            $0.tls.fingerprintsSha256 = [String(repeating: "g", count: 64)]
        },
        Change("TLS 1.3", true) { $0.tls.minVersion = "1.3" },
        Change("TLS 1.1", false) { $0.tls.minVersion = "1.1" },
        Change("no TLS version", false) { $0.tls.minVersion = "" },
        Change("a sender without domain", false) { $0.from.address = "a" },
        Change("an empty sender", false) { $0.from.address = "" },
        Change("a sender with a line", false) { $0.from.address = "a@b.example\r\nX: y" },
        Change("a sender with a name", false) { $0.from.address = "A <a@b.example>" },
        Change("two senders", false) { $0.from.address = "a@b.example, c@d.example" },
        Change("a name with a line", false) { $0.from.name = "A\nB" },
        Change("a title with a line", false) { $0.title = "A\r\nB" },
        Change("a title with a control character", false) { $0.title = "A\u{7}" },
        Change("a title in Unicode", true) { $0.title = "Größe 🔑" },
        Change("an envelope", true) { $0.from.envelope = "bounce@example.org" },
        Change("an envelope that is none", false) { $0.from.envelope = "bounce" },
        Change("an answer address that is none", false) { $0.from.replyTo = "x y@z" },
        Change("a test address that is none", false) { $0.testAddress = "x" },
        Change("an address literal as local domain", true) { $0.localDomain = "[192.0.2.1]" },
        Change("an IPv6 literal as local domain", true) { $0.localDomain = "[IPv6:2001:db8::1]" },
        Change("a wrong literal as local domain", false) { $0.localDomain = "[x]" },
        Change("an empty literal as local domain", false) { $0.localDomain = "[]" },
        Change("half a literal as local domain", false) { $0.localDomain = "[192.0.2.1" },
    ]

    private static func popLogin(_ settings: inout ConnectionSettings) {
        Change.login(&settings)
        settings.auth.mode = .popBeforeSMTP
        settings.pop3.encryption = .starttls
    }

    /// Rules of login, POP3 and policy.
    static let loginRules: [Change] = [
        Change("EXTERNAL with a client certificate", true) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL"]
            $0.tls.clientCertRef = try? ResourceName("client")
        },
        Change("EXTERNAL without one", false) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL"]
        },
        Change("EXTERNAL without a user, and PLAIN", false) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL", "PLAIN"]
            $0.tls.clientCertRef = try? ResourceName("client")
        },
        Change("EXTERNAL where TLS may be missing", false) {
            $0.auth.mode = .smtp
            $0.auth.mechanisms = ["EXTERNAL"]
            $0.tls.clientCertRef = try? ResourceName("client")
            $0.encryption = .starttlsOpportunistic
        },
        Change("POP3 before SMTP", true, in: .production) { popLogin(&$0) },
        Change("POP3 before SMTP with an account of its own", true) {
            $0.auth.mode = .popBeforeSMTP
            $0.pop3.encryption = .implicitTLS
            $0.pop3.username = "v"
            $0.pop3.secretRef = try? SecretReference(parsing: "q")
        },
        Change("POP3 without a user", false) {
            popLogin(&$0)
            $0.auth.username = nil
        },
        Change("POP3 without a secret", false) {
            popLogin(&$0)
            $0.auth.secretRef = nil
        },
        Change("a POP3 host without POP3", false) { $0.pop3.host = "p.example" },
        Change("a POP3 interval with an SMTP login", false) {
            Change.login(&$0)
            $0.pop3.intervalMs = 6
        },
        Change("APOP in clear", true) {
            popLogin(&$0)
            $0.pop3.encryption = .none
        },
        Change("APOP in clear", false, in: .production) {
            popLogin(&$0)
            $0.pop3.encryption = .none
        },
        Change("APOP in clear, permitted", true, in: .production, under: .plaintextProduction) {
            popLogin(&$0)
            $0.pop3.encryption = .none
        },
        Change("USER and PASS in clear", false) {
            popLogin(&$0)
            $0.pop3.encryption = .none
            $0.pop3.apop = false
        },
        Change("USER and PASS in clear, permitted", false, under: .plaintextProduction) {
            popLogin(&$0)
            $0.pop3.encryption = .none
            $0.pop3.apop = false
        },
        Change("USER and PASS to this machine", true, in: .production) {
            popLogin(&$0)
            $0.pop3.encryption = .none
            $0.pop3.apop = false
            $0.pop3.host = "localhost"
        },
        Change("a POP3 host that is none", false) {
            popLogin(&$0)
            $0.pop3.host = "a b"
        },
        Change("HELO", false) { $0.transaction.greeting = .helo },
        Change("HELO without TLS", true) {
            $0.transaction.greeting = .helo
            $0.encryption = .none
        },
        Change("HELO with a login", false) {
            Change.login(&$0)
            $0.transaction.greeting = .helo
            $0.encryption = .none
        },
        Change("no TLS, permitted", true, in: .production, under: .plaintextProduction) {
            $0.encryption = .none
        },
        Change("opportunistic TLS, permitted", true, in: .production, under: .plaintextProduction) {
            $0.encryption = .starttlsOpportunistic
        },
        Change("no TLS with the wrong policy", false, in: .production, under: .unverifiedTLS) {
            $0.encryption = .none
        },
        Change("no verification", false) { $0.tls.verifyPeer = false },
        Change("no verification, permitted", true, under: .unverifiedTLS) {
            $0.tls.verifyPeer = false
        },
        Change("no verification, permitted", false, in: .production, under: .unverifiedTLS) {
            $0.tls.verifyPeer = false
        },
        Change("capture", true) { $0.capture = true },
        Change("capture", true, in: .test) { $0.capture = true },
        Change("capture", false, in: .production, under: .plaintextProduction) {
            $0.capture = true
        },
    ]

    /// Rules of the message and of the maps.
    static let messageRules: [Change] =
        [
            Change("TLS 1.2 to 1.3", true) { $0.tls.maxVersion = "1.3" },
            Change("TLS 1.2 alone", true) { $0.tls.maxVersion = "1.2" },
            Change("TLS 1.3 to 1.2", false) {
                $0.tls.minVersion = "1.3"
                $0.tls.maxVersion = "1.2"
            },
            Change("TLS up to 1.1", false) { $0.tls.maxVersion = "1.1" },
            Change("a client certificate without TLS", false) {
                $0.encryption = .none
                $0.tls.clientCertRef = try? ResourceName("client")
            },
            Change("REQUIRETLS", true) { $0.transaction.requireTls = true },
            Change("REQUIRETLS without TLS", false) {
                $0.encryption = .none
                $0.transaction.requireTls = true
            },
            Change("REQUIRETLS with TLS for POP3 alone", false) {
                popLogin(&$0)
                $0.encryption = .none
                $0.transaction.requireTls = true
            },
            Change("an authority for POP3 alone", true) {
                popLogin(&$0)
                $0.encryption = .none
                $0.tls.caRef = try? ResourceName("ca")
            },
            Change("a source address", true) { $0.sourceIp = "2001:db8::1" },
            Change("a source name", false) { $0.sourceIp = "here.example" },
            Change("an allowlist", true) { $0.fromAllowlist = ["@example.org", "a@b.example"] },
            Change("an allowlist with a name", false) { $0.fromAllowlist = ["example.org"] },
            Change("an allowlist with an empty domain", false) { $0.fromAllowlist = ["@"] },
            Change("AUTH= of MAIL", true) { $0.transaction.mailAuth = "s@example.org" },
            Change("AUTH= of MAIL with a parameter", false) {
                $0.transaction.mailAuth = "<> SIZE=1"
            },
            Change("no notices", true) { $0.transaction.dsnNotify = ["never"] },
            Change("three notices", true) {
                $0.transaction.dsnNotify = ["success", "failure", "delay"]
            },
            Change("no notices but one", false) {
                $0.transaction.dsnNotify = ["never", "delay"]
            },
            Change("one notice twice", false) { $0.transaction.dsnNotify = ["delay", "delay"] },
            Change("an unknown notice", false) { $0.transaction.dsnNotify = ["later"] },
            Change("debugging in the past", true) {
                $0.debug.until = Timestamp(milliseconds: 0)
            },
            Change("a header field", true) { $0.defaultHeaders = ["X-A": "ü"] },
            Change("a header field with a variable", true) { $0.defaultHeaders = ["X-A": "${a}"] },
            Change("a header field with half a variable", false) {
                $0.defaultHeaders = ["X-A": "${a"]
            },
            Change("a header field with a line", false) {
                $0.defaultHeaders = ["X-A": "a\r\nB: c"]
            },
            Change("a header field with a name of two", false) { $0.defaultHeaders = ["X A": "a"] },
            Change("a header field without a name", false) { $0.defaultHeaders = ["": "a"] },
            Change("the header field Bcc", false) { $0.defaultHeaders = ["bcc": "a@b.example"] },
            Change("the header field DKIM-Signature", false) {
                $0.defaultHeaders = ["DKIM-Signature": "v=1"]
            },
            Change("a property", true) { $0.properties = ["mail.smtp.timeout": "20000"] },
            Change("a property without a name", false) { $0.properties = ["": "a"] },
            Change("a property with a line", false) { $0.properties = ["a": "b\nc"] },
            Change("a property with a line in its name", false) { $0.properties = ["a\n": "b"] },
            Change("half a variable", false) { $0.title = "${a" },
            Change("a variable without a name", false) { $0.title = "${}" },
            Change("a variable in the host", true) { $0.host = "smtp.${region}.example" },
            Change("a variable in the sender", true) { $0.from.address = "${sender}" },
        ]
        + [
            ("UTF-8", true), ("utf-8", true), ("US-ASCII", true), ("ISO-8859-1", true),
            ("iso-8859-16", true), ("ISO-8859-12", false), ("ISO-8859-17", false),
            ("ISO-8859-0", false), ("windows-1250", true), ("windows-1258", true),
            ("windows-1249", false), ("windows-1259", false), ("UTF-16", false), ("", false),
        ].map { name, isValid in Change("charset \(name)", isValid) { $0.charset = name } }
        + [
            ("smtp2", true), ("b.example", true), ("b.example:587", true), ("192.0.2.1", true),
            ("[2001:db8::1]", true), ("[2001:db8::1]:25", true), ("localhost:25", true),
            ("b.example:0", false), ("b.example:65536", false), ("b.example:", false),
            ("b..example", false), ("a/b.example", false), ("-x", false),
            ("https://b.example", false),
        ].map { target, isValid in
            Change("failover to \(target)", isValid) { $0.failover.targets = [target] }
        }
        + [
            ("title", true), ("from.name", true), ("host", true), ("fromName", false),
            ("auth.secret_ref", false), ("proxy", false), ("source_ip", false),
            ("tls.verify_peer", false), ("dynamic", false), ("nonsense", false),
        ].map { name, isValid in
            Change("the dynamic field \(name)", isValid) { $0.dynamicFields = [name] }
        }

    @Test("Settings are held to the rules between them", arguments: rules)
    func ruled(change: Change) { change.check() }

    @Test("The login is held to its rules", arguments: loginRules)
    func loginRuled(change: Change) { change.check() }

    @Test("Messages and maps are held to their rules", arguments: messageRules)
    func messageRuled(change: Change) { change.check() }
}
