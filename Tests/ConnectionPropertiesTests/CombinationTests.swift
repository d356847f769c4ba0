import ConnectionProperties
import Testing
import VaultModel

/// Properties that are judged together.
@Suite("Properties together")
struct CombinationTests {
    typealias Case = TranslationFixture

    private static let factory = "mail.smtp.socketFactory.class=javax.net.ssl.SSLSocketFactory"

    static let encryption: [Case] = [
        Case("mail.smtp.ssl.enable=true", ["encryption=implicit_tls"]),
        Case("mail.smtp.ssl.enable=false"),
        Case(
            "mail.smtp.starttls.enable=true", ["encryption=starttls"],
            warns: ["upgraded_from_opportunistic"]),
        Case("mail.smtp.starttls.enable=false"),
        Case("mail.smtp.starttls.required=true", ["encryption=starttls"]),
        Case(
            "mail.smtp.starttls.required=true\nmail.smtp.starttls.enable=false",
            ["encryption=starttls"]),
        Case(
            "mail.smtp.starttls.required=true\nmail.smtp.starttls.enable=true",
            ["encryption=starttls"]),
        Case("mail.smtp.starttls.required=false"),
        Case(
            "mail.smtp.ssl.enable=true\nmail.smtp.starttls.enable=true",
            ["encryption=implicit_tls"], warns: ["starttls_not_needed"]),
        Case(
            "mail.smtp.ssl.enable=false\nmail.smtp.starttls.enable=false", ["encryption=none"],
            warns: ["no_tls"]),
        Case(
            "mail.smtp.ssl.enable=false\nmail.smtp.starttls.enable=true", ["encryption=starttls"],
            warns: ["upgraded_from_opportunistic"]),
        Case("mail.transport.protocol=smtp"),
        Case("mail.transport.protocol=smtps", ["encryption=implicit_tls"]),
        Case("mail.transport.protocol.rfc822=smtps", ["encryption=implicit_tls"]),
        Case("mail.transport.protocol=imap", .value, "smtp or smtps"),
        Case("mail.transport.protocol=aws", .value, "smtp or smtps"),
        Case(
            "mail.transport.protocol=smtp\nmail.transport.protocol.rfc822=smtps", .conflict,
            "different values"),
        Case("mail.transport.protocol=smtp\nmail.smtps.timeout=20000", .conflict, "smtps"),
        Case("mail.transport.protocol=smtps\nmail.smtp.ssl.enable=false", .conflict, "TLS"),
        Case("mail.smtps.ssl.enable=false", .conflict, "TLS"),
        Case(
            "mail.smtps.starttls.enable=true", ["encryption=implicit_tls"],
            warns: ["starttls_not_needed"]),
        Case(
            "\(factory)\nmail.smtp.socketFactory.port=465\nmail.smtp.socketFactory.fallback=false",
            ["port=465", "encryption=implicit_tls"]),
        Case(
            "\(factory)\nmail.smtp.socketFactory.port=465\nmail.smtp.port=587",
            ["port=465", "encryption=implicit_tls"], warns: ["port_not_used"]),
        Case(
            "\(factory)\nmail.smtp.socketFactory.port=465\nmail.smtp.port=465",
            ["port=465", "encryption=implicit_tls"]),
        Case("\(factory)\nmail.smtp.socketFactory.fallback=true", .refused, "in clear"),
        Case("mail.smtp.socketFactory.fallback=true"),
        Case("mail.smtp.socketFactory.class=com.example.TrustAll", .refused, "refused"),
        Case(
            "mail.smtp.socketFactory.port=465\nmail.smtp.port=25", ["port=25"],
            warns: ["port_not_used"]),
        Case(
            "mail.smtp.ssl.enable=true\nmail.smtp.ssl.socketFactory.port=8465",
            ["port=8465", "encryption=implicit_tls"]),
        Case("mail.smtp.ssl.socketFactory.port=8465", warns: ["port_not_used"]),
        Case("mail.smtp.socketFactory=x", .refused, "Java object"),
        Case("mail.smtp.ssl.socketFactory=x", .refused, "Java object"),
        Case("mail.smtp.ssl.socketFactory.class=x", .refused, "Java class"),
        Case("mail.smtp.ssl.hostnameverifier=x", .refused, "tls.server_name"),
        Case("mail.smtp.ssl.hostnameverifier.class=legacy", .refused, "tls.server_name"),
        Case("mail.smtp.ssl.trust=*", .refused, "tls.ca_ref"),
        Case("mail.smtp.ssl.trust=mail.example.org", .refused, "tls.fingerprints_sha256"),
        Case("mail.smtp.ssl.checkserveridentity=true", ["tls.verify_peer=true"]),
        Case("mail.smtp.ssl.checkserveridentity=false", ["tls.verify_peer=false"]),
        Case(
            "mail.smtp.ssl.protocols=TLSv1.2", ["tls.min_version=1.2", "tls.max_version=1.2"]),
        Case(
            "mail.smtp.ssl.protocols=TLSv1.3 TLSv1.2",
            ["tls.min_version=1.2", "tls.max_version=1.3"]),
        Case("mail.smtp.ssl.protocols=TLSv1.1 TLSv1.2", .value, "'TLSv1.1'"),
        Case("mail.smtp.ssl.protocols=SSLv3", .value, "TLSv1.2"),
        Case("mail.smtp.ssl.ciphersuites=TLS_X", warns: ["fixed_behaviour"]),
    ]

    static let login: [Case] = [
        Case("mail.smtp.auth=true", ["auth.mode=smtp"]),
        Case("mail.smtp.auth=false", ["auth.mode=none"]),
        Case("mail.smtp.auth=true\nmail.smtp.user=u", ["auth.mode=smtp", "auth.username=u"]),
        Case("mail.smtp.auth=false\nmail.smtp.user=u", ["auth.mode=none"], warns: ["no_login"]),
        Case(
            "mail.smtp.auth.mechanisms=XOAUTH2 plain",
            ["auth.mechanism=XOAUTH2,PLAIN"]),
        Case(
            "mail.smtp.auth.mechanisms=LOGIN PLAIN DIGEST-MD5 NTLM", ["auth.mechanism=LOGIN,PLAIN"],
            warns: ["mechanism_not_supported", "mechanism_not_supported"]),
        Case("mail.smtp.auth.mechanisms=DIGEST-MD5,NTLM", .value, "leaves no mechanism"),
        Case("mail.smtp.auth.mechanisms=GSSAPI", .value, "'GSSAPI'"),
        Case(
            "mail.smtp.auth.mechanisms=LOGIN PLAIN\nmail.smtp.auth.login.disable=true",
            ["auth.mechanism=PLAIN"]),
        Case(
            "mail.smtp.auth.mechanisms=PLAIN\nmail.smtp.auth.plain.disable=true", .value,
            "leaves no mechanism"),
        Case(
            "mail.smtp.auth.login.disable=true",
            [
                "auth.mechanism=SCRAM-SHA-512-PLUS,SCRAM-SHA-512,SCRAM-SHA-256-PLUS,"
                    + "SCRAM-SHA-256,SCRAM-SHA-1-PLUS,SCRAM-SHA-1,PLAIN,CRAM-MD5"
            ]),
        Case("mail.smtp.auth.login.disable=false\nmail.smtp.auth.plain.disable=false"),
        Case("mail.smtp.auth.xoauth2.disable=true"),
        Case("mail.smtp.auth.xoauth2.disable=false"),
        Case(
            "mail.smtp.auth.mechanisms=PLAIN XOAUTH2\nmail.smtp.auth.xoauth2.disable=true",
            ["auth.mechanism=PLAIN"]),
        Case(
            "mail.smtp.auth.xoauth2.two.line.authentication.format=true",
            warns: ["fixed_behaviour"]),
        Case("mail.smtp.auth.digest-md5.disable=true", warns: ["mechanism_not_supported"]),
        Case("mail.smtp.auth.digest-md5.disable=false", .refused, "DIGEST-MD5"),
        Case("mail.smtp.auth.ntlm.disable=true", warns: ["mechanism_not_supported"]),
        Case("mail.smtp.auth.ntlm.disable=false", .refused, "NTLM"),
        Case("mail.smtp.auth.ntlm.domain=CORP", .refused, "NTLM"),
        Case(
            "mail.smtp.auth.ntlm.domain=CORP\nmail.smtp.auth.ntlm.disable=true",
            warns: ["mechanism_not_supported", "mechanism_not_supported"]),
        Case("mail.smtp.auth.ntlm.flags=1", .refused, "NTLM"),
        Case("mail.smtp.auth.ntlm.v2=true", .refused, "NTLM"),
        Case("mail.smtp.auth.ntlm.unicode=true", .refused, "NTLM"),
        Case("mail.smtp.auth.ntlm.lmcompat=3", .refused, "NTLM"),
        Case("mail.smtp.sasl.enable=true"),
        Case("mail.smtp.sasl.mechanisms=SCRAM-SHA-256", warns: ["sasl_not_enabled"]),
        Case(
            "mail.smtp.sasl.mechanisms=SCRAM-SHA-256,PLAIN\nmail.smtp.sasl.enable=true\n"
                + "mail.smtp.auth.mechanisms=LOGIN PLAIN",
            ["auth.mechanism=SCRAM-SHA-256,PLAIN,LOGIN"]),
        Case("mail.smtp.sasl.authorizationid=boss", ["auth.authorization_id=boss"]),
        Case("mail.smtp.sasl.realm=example.org", warns: ["mechanism_not_supported"]),
        Case("mail.smtp.saslrealm=example.org", warns: ["mechanism_not_supported"]),
        Case("mail.smtp.sasl.usecanonicalhostname=false"),
        Case("mail.smtp.sasl.usecanonicalhostname=true", .refused, "reverse DNS"),
        Case("mail.smtp.password=secret://smtp-pass", ["auth.secret_ref=secret://smtp-pass"]),
        Case("mail.password=secret://smtp-pass#2", ["auth.secret_ref=secret://smtp-pass#2"]),
        Case("mail.smtp.password=hunter2", .secret, "vault secret set"),
        Case("mail.smtp.password=secret://a b", .secret, "discarded"),
        Case("mail.smtp.password=${password}", .secret, "discarded"),
        Case("mail.smtp.user=secret://name", .secret, "takes no secret reference"),
        Case("mail.smtp.host=secret://name", .secret, "takes no secret reference"),
        Case("mail.smtp.proxy.host=corp", ["proxy=corp"]),
        Case("mail.smtp.socks.host=corp", ["proxy=corp"]),
        Case("mail.smtp.socks.host=corp\nmail.smtp.proxy.host=other", .conflict, "proxy"),
        Case("mail.smtp.proxy.host=proxy.example.org", .refused, "operator"),
        Case("mail.smtp.socks.host=192.0.2.1", .refused, "operator"),
        Case("mail.smtp.proxy.port=80", .refused, "operator"),
        Case("mail.smtp.proxy.user=u", .refused, "operator"),
        Case("mail.smtp.proxy.password=hunter2", .refused, "operator"),
        Case("mail.smtp.socks.port=1080", .refused, "operator"),
    ]

    static let pop3: [Case] = [
        Case(
            "mail.pop3.host=pop.example.org\nmail.pop3.user=u\nmail.pop3.port=110",
            ["pop3.host=pop.example.org", "pop3.port=110", "pop3.username=u"]),
        Case("mail.pop3.ssl.enable=true", ["pop3.encryption=implicit_tls"]),
        Case("mail.pop3.ssl.enable=false"),
        Case("mail.pop3s.port=995", ["pop3.port=995", "pop3.encryption=implicit_tls"]),
        Case("mail.pop3s.ssl.enable=false", .conflict, "TLS"),
        Case(
            "mail.pop3.starttls.enable=true", ["pop3.encryption=starttls"],
            warns: ["upgraded_from_opportunistic"]),
        Case("mail.pop3.starttls.required=true", ["pop3.encryption=starttls"]),
        Case("mail.pop3.apop.enable=true", ["pop3.apop=true"]),
        Case("mail.pop3.apop.enable=false", ["pop3.apop=false"]),
        Case("mail.pop3.password=secret://p", ["pop3.secret_ref=secret://p"]),
        Case("mail.pop3.password=hunter2", .secret, "discarded"),
        Case(
            "mail.pop3.socketFactory.class=javax.net.ssl.SSLSocketFactory\n"
                + "mail.pop3.socketFactory.port=995",
            ["pop3.port=995", "pop3.encryption=implicit_tls"]),
        Case("mail.pop3.socketFactory.class=x", .refused, "pop3.encryption"),
        Case("mail.pop3.connectiontimeout=6000", ["timeouts.connect_ms=6000"]),
        Case("mail.pop3.timeout=20000", ["timeouts.request_ms=20000"]),
        Case("mail.pop3.timeout=0", .value, "wait for ever"),
        Case(
            "mail.pop3.timeout=20000\nmail.smtp.timeout=30000", ["timeouts.request_ms=30000"],
            warns: ["shared_timeout"]),
        Case("mail.pop3.ssl.trust=*", .refused, "tls.ca_ref"),
        Case("mail.pop3.ssl.checkserveridentity=true"),
        Case("mail.pop3.ssl.checkserveridentity=false", .refused, "tls.verify_peer"),
        Case("mail.pop3.disabletop=true", warns: ["mailbox_only"]),
        Case("mail.pop3.filecache.dir=/tmp", warns: ["mailbox_only"]),
        Case("mail.pop3.writetimeout=1", warns: ["pop3_fixed"]),
        Case(
            "mail.smtp.auth=true\nmail.pop3.host=pop.example.org\nmail.pop3.starttls.enable=true",
            ["auth.mode=smtp"], warns: ["pop3_not_used", "pop3_not_used"]),
    ]

    static let symfony: [Case] = [
        Case("verify_peer=true", ["tls.verify_peer=true"]),
        Case("verify_peer=0", ["tls.verify_peer=false"]),
        Case("verify_peer=no", .value, "true or false"),
        Case(
            "peer_fingerprint=" + String(repeating: "AB", count: 32),
            ["tls.fingerprints_sha256=" + String(repeating: "ab", count: 32)]),
        Case("peer_fingerprint=" + String(repeating: "ab", count: 20), .refused, "-sha256"),
        Case("peer_fingerprint=" + String(repeating: "ab", count: 16), .refused, "MD5"),
        Case("local_domain=here.example.org", ["local_domain=here.example.org"]),
        Case("local_domain=127.0.0.1", ["local_domain=[127.0.0.1]"]),
        Case("local_domain=::1", ["local_domain=[IPv6:::1]"]),
        Case("local_domain=[127.0.0.1]", ["local_domain=[127.0.0.1]"]),
        Case(
            "restart_threshold=10\nrestart_threshold_sleep=2",
            ["restart_threshold=10", "restart_threshold_sleep_s=2"],
            warns: ["not_heeded_yet", "not_heeded_yet"]),
        Case("restart_threshold=100", ["restart_threshold=100"]),
        Case("restart_threshold=0", ["restart_threshold=0"], warns: ["not_heeded_yet"]),
        Case("restart_threshold=-1", .value, "0 to 100000"),
        Case("restart_threshold_sleep=61", .value, "0 to 60"),
        Case("ping_threshold=5", ["ping_threshold_s=5"], warns: ["not_heeded_yet"]),
        Case("ping_threshold=3601", .value, "0 to 3600"),
        Case("max_per_second=0", ["rate.max_per_second=0"]),
        Case("max_per_second=0.5", ["rate.max_per_second=0.5"], warns: ["not_heeded_yet"]),
        Case("max_per_second=-1", .value, "0 to 100000"),
        Case("max_per_second=nan", .value, "0 to 100000"),
        Case("source_ip=192.0.2.1", ["source_ip=192.0.2.1"]),
        Case("source_ip=[2001:db8::1]", ["source_ip=2001:db8::1"]),
        Case("auto_tls=true"),
        Case("auto_tls=false", ["encryption=none"], warns: ["no_tls"]),
        Case("require_tls=true", ["encryption=starttls"]),
        Case("require_tls=true\nauto_tls=true", ["encryption=starttls"]),
        Case("require_tls=true\nauto_tls=false", .conflict, "auto_tls"),
        Case("require_tls=false"),
        Case("retry_period=15", ["failover.retry_period_s=15"], warns: ["not_heeded_yet"]),
        Case("retry_period=0", .value, "1 to 86400"),
        Case("command=/usr/sbin/sendmail -bs", .refused, "no program"),
    ]

    static let sourceNames: [Case] = [
        Case(
            "dsn=smtps://u:secret%3A%2F%2Fp@mail.example.org",
            [
                "host=mail.example.org", "port=465", "encryption=implicit_tls", "auth.mode=smtp",
                "auth.username=u", "auth.secret_ref=secret://p",
            ]),
        Case(
            "dsn=smtp://mail.example.org:587", ["host=mail.example.org", "port=587"],
            warns: ["upgraded_from_opportunistic"]),
        Case(
            "dsn=smtp://mail.example.org:587?require_tls=1",
            ["host=mail.example.org", "port=587", "encryption=starttls"]),
        Case(
            "dsn=smtp://mail.example.org:25?auto_tls=0",
            ["host=mail.example.org", "port=25", "encryption=none"], warns: ["no_tls"]),
        Case(
            "dsn=smtp://mail.example.org",
            ["host=mail.example.org", "port=465", "encryption=implicit_tls"]),
        Case(
            "dsn=smtp://mail.example.org:0/",
            ["host=mail.example.org", "port=465", "encryption=implicit_tls"]),
        Case("dsn=smtp://localhost", ["host=localhost"]),
        Case("dsn=smtp://[::1]:1025", ["host=::1", "port=1025"]),
        Case(
            "dsn=smtps://a%40b@mail.example.org:8465?ping_threshold=5&verify_peer=0",
            [
                "host=mail.example.org", "port=8465", "encryption=implicit_tls",
                "tls.verify_peer=false", "auth.mode=smtp", "auth.username=a@b",
                "ping_threshold_s=5",
            ], warns: ["not_heeded_yet"]),
        Case("dsn=smtps://mail.example.org?frob=1", .unknown, "frob"),
        Case(
            "dsn=failover(smtps://a.example.org smtps://b.example.org:8465)?retry_period=15",
            [
                "host=a.example.org", "port=465", "encryption=implicit_tls",
                "failover.targets=b.example.org:8465", "failover.retry_period_s=15",
            ], warns: ["not_heeded_yet", "not_heeded_yet"]),
        Case(
            "dsn=roundrobin(smtps://a.example.org smtps://b.example.org)",
            [
                "host=a.example.org", "port=465", "encryption=implicit_tls",
                "failover.targets=b.example.org:465",
            ], warns: ["not_heeded_yet", "roundrobin_ordered"]),
        Case(
            "dsn=failover(smtps://u@a.example.org smtps://v@b.example.org)", .conflict, "account"),
        Case("dsn=failover(smtps://a.example.org smtp://b.example.org)", .conflict, "scheme"),
        Case("dsn=failover(null://a smtp://b)", .refused, "null://"),
        Case("dsn=other(smtp://a smtp://b)", .value, "no data source name"),
        Case("dsn=failover()", .value, "no data source name"),
        Case("dsn=failover(smtp://a", .value, "no data source name"),
        Case("dsn=null://null", .refused, "capture=true"),
        Case("dsn=native://default", .refused, "php.ini"),
        Case("dsn=sendmail://default?command=x", .refused, "no program"),
        Case("dsn=ses+api://K:S@default", .refused, "SMTP alone"),
        Case("dsn=mailgun+https://K:S@default", .refused, "SMTP alone"),
        Case("dsn=gmail+smtp://u:p@default", .refused, "--preset"),
        Case("dsn=gopher://x", .value, "no data source name"),
        Case("dsn=smtp://u:hunter2@mail.example.org", .secret, "discarded"),
        Case("dsn=smtp://", .value, "no data source name"),
        Case("dsn=smtp://a:b:c", .value, "no data source name"),
        Case("dsn=smtp://a:99999", .value, "no data source name"),
        Case("dsn=smtp://a%zz", .value, "no data source name"),
        Case("dsn=smtp://a%f", .value, "no data source name"),
        Case("dsn=smtp://%ff", .value, "no data source name"),
    ]

    static let own: [Case] = [
        Case("failover=smtp2", ["failover.targets=smtp2"], warns: ["not_heeded_yet"]),
        Case(
            "failover=smtp2, b.example.org:587",
            ["failover.targets=smtp2,b.example.org:587"], warns: ["not_heeded_yet"]),
        Case("failover=a,b,c,d,e", ["failover.targets=a,b,c,d,e"], warns: ["not_heeded_yet"]),
        Case("failover=a,b,c,d,e,f", .limit, "at most 5"),
        Case("failover=-x", .value, "name of a connection"),
        Case("header.X-Mailer=Signet ${version}", ["default_headers.X-Mailer=Signet ${version}"]),
        Case("header.X-A=a\r\nBcc: b@c.example", .value, "line break"),
        Case("header.=x", .unknown, "docs/properties.md"),
        Case("pool.max=3", ["pool.max=3"], warns: ["not_heeded_yet"]),
        Case("timeouts.data_done_ms=130000", ["timeouts.data_done_ms=130000"]),
        Case("pool.max=many", .value, "digits"),
        Case("auth.secret_ref=hunter2", .secret, "discarded"),
        Case("auth.secret_ref=secret://p", ["auth.secret_ref=secret://p"]),
        Case("host=a.example\nmail.smtp.host=b.example", .conflict, "either it or"),
    ]

    @Test("TLS follows from all properties together", arguments: encryption)
    func decidesEncryption(fixture: Case) { fixture.check() }

    @Test("The login follows from all properties together", arguments: login)
    func decidesLogin(fixture: Case) { fixture.check() }

    @Test("POP3 properties are for the login before SMTP", arguments: pop3)
    func decidesPOP3(fixture: Case) { fixture.check() }

    @Test("Options of Symfony Mailer are taken", arguments: symfony)
    func takesOptions(fixture: Case) { fixture.check() }

    @Test("A data source name is taken apart", arguments: sourceNames)
    func sourceName(fixture: Case) { fixture.check() }

    @Test("Signet has properties of its own", arguments: own)
    func takesOwn(fixture: Case) { fixture.check() }

    @Test("No error tells anything of a password")
    func discards() {
        let secrets = [
            "mail.smtp.password=hunter2", "mail.password=hunter2", "mail.pop3.password=hunter2",
            "mail.smtp.proxy.password=hunter2", "dsn=smtp://u:hunter2@a.example",
            "dsn=gopher://u:hunter2@a.example", "dsn=smtp://u:hunter2@", "auth.secret_ref=hunter2",
            "mail.smtp.pasword=hunter2", "spring.mail.password=hunter2",
            "mail.smtp.mailextension=hunter2",
        ]
        for text in secrets {
            let fixture = Case(text)
            do {
                _ = try PropertyRegistry.translate(fixture.properties)
                Issue.record("\(text) is taken")
            } catch {
                #expect(!"\(error)".contains("hunter2"))
                #expect(!"\(error.modelError)".contains("hunter2"))
            }
        }
    }
}
