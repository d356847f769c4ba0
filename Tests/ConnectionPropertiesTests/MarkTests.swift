import ConnectionProperties
import Testing

/// What becomes of every property, written down apart from the table itself.
@Suite("Marks of properties")
struct MarkTests {
    /// The names of the SMTP package's documentation, then those that its source knows alone.
    static let smtp: [(PropertyRule.Mark, String)] = [
        (
            .supported,
            """
            user host port connectiontimeout timeout writetimeout from localhost localaddress auth \
            auth.mechanisms auth.login.disable auth.plain.disable auth.xoauth2.disable submitter \
            dsn.notify dsn.ret allow8bitmime sendpartial sasl.enable sasl.mechanisms \
            sasl.authorizationid socketFactory.class socketFactory.fallback socketFactory.port \
            ssl.enable ssl.socketFactory.port ssl.protocols starttls.enable starttls.required \
            proxy.host socks.host mailextension userset chunksize password
            """
        ),
        (
            .fixed,
            "ehlo quitwait quitonsessionreject reportsuccess ssl.checkserveridentity noop.strict"
        ),
        (
            .warned,
            """
            auth.digest-md5.disable auth.ntlm.disable auth.ntlm.domain auth.ntlm.flags auth.ntlm.v2 \
            auth.ntlm.unicode auth.ntlm.lmcompat sasl.realm saslrealm ssl.ciphersuites \
            usesocketchannels class auth.xoauth2.two.line.authentication.format
            """
        ),
        (
            .refused,
            """
            executor.writetimeout localport sasl.usecanonicalhostname socketFactory ssl.hostnameverifier \
            ssl.hostnameverifier.class ssl.trust ssl.socketFactory ssl.socketFactory.class proxy.port \
            proxy.user proxy.password socks.port
            """
        ),
    ]

    static let pop3: [(PropertyRule.Mark, String)] = [
        (
            .supported,
            """
            user host port connectiontimeout timeout apop.enable socketFactory.class \
            socketFactory.fallback socketFactory.port ssl.enable ssl.socketFactory.port \
            starttls.enable starttls.required proxy.host socks.host password
            """
        ),
        (.fixed, "ssl.checkserveridentity"),
        (
            .warned,
            """
            writetimeout rsetbeforequit message.class localaddress localport auth.mechanisms \
            auth.login.disable auth.plain.disable auth.digest-md5.disable auth.ntlm.disable \
            auth.ntlm.domain auth.ntlm.flags auth.ntlm.unicode auth.ntlm.lmcompat \
            auth.xoauth2.disable auth.xoauth2.two.line.authentication.format ssl.protocols \
            ssl.ciphersuites disabletop disablecapa forgettopheaders filecache.enable filecache.dir \
            cachewriteto keepmessagecontent finalizecleanclose pipelining class usesocketchannels
            """
        ),
        (
            .refused,
            """
            executor.writetimeout socketFactory ssl.hostnameverifier ssl.hostnameverifier.class \
            ssl.trust ssl.socketFactory ssl.socketFactory.class proxy.port proxy.user proxy.password \
            socks.port
            """
        ),
    ]

    static let session: [(PropertyRule.Mark, String)] = [
        (
            .supported,
            """
            mail.host mail.user mail.password mail.transport.protocol mail.transport.protocol.rfc822 \
            mail.debug mail.mime.charset mail.mime.allowutf8
            """
        ),
        (.fixed, "mail.mime.address.strict"),
        (
            .warned,
            """
            mail.from mail.debug.quote mail.socket.debug mail.store.protocol mail.store.* mail.imap.* \
            mail.imaps.* mail.event.scope mail.event.executor mail.event.* mail.replyallcc \
            mail.alternates mail.mime.* mail.mime.address.usecanonicalhostname \
            mail.mime.address.ignorebogusgroupname mail.mime.allowencodedmessages \
            mail.mime.applefilenames mail.mime.base64.ignoreerrors mail.mime.cachemultipart \
            mail.mime.contentdisposition.strict mail.mime.contenttypehandler \
            mail.mime.decodefilename mail.mime.decodeparameters mail.mime.decodetext.strict \
            mail.mime.encodeeol.strict mail.mime.encodefilename mail.mime.encodeparameters \
            mail.mime.foldtext mail.mime.foldencodedwords mail.mime.ignoremultipartencoding \
            mail.mime.ignoreunknownencoding mail.mime.ignorewhitespacelines \
            mail.mime.multipart.allowempty mail.mime.multipart.bmparse \
            mail.mime.multipart.ignoreexistingboundaryparameter \
            mail.mime.multipart.ignoremissingboundaryparameter \
            mail.mime.multipart.ignoremissingendboundary mail.mime.parameters.strict \
            mail.mime.setcontenttypefilename mail.mime.setdefaulttextcharset \
            mail.mime.uudecode.ignoreerrors mail.mime.uudecode.ignoremissingbeginend \
            mail.mime.windowsfilenames
            """
        ),
        (.refused, "mail.debug.auth mail.debug.auth.username mail.debug.auth.password"),
    ]

    static let others: [(PropertyRule.Mark, String)] = [
        (
            .supported,
            """
            dsn verify_peer peer_fingerprint local_domain restart_threshold restart_threshold_sleep \
            ping_threshold max_per_second source_ip auto_tls require_tls retry_period failover header.*
            """
        ),
        (
            .refused,
            """
            command null:// native:// sendmail:// PROVIDER+smtp:// PROVIDER+api:// PROVIDER+https://
            """
        ),
    ]

    private static func names(
        _ groups: [(PropertyRule.Mark, String)], _ prefix: String
    ) -> [(String, PropertyRule.Mark)] {
        groups.flatMap { mark, names in
            names.split(separator: " ").map { (prefix + $0, mark) }
        }
    }

    static let expected =
        names(smtp, "mail.smtp.") + names(smtp, "mail.smtps.") + names(pop3, "mail.pop3.")
        + names(pop3, "mail.pop3s.") + names(session, "") + names(others, "")

    @Test("Every property has the mark that the reference gives it", arguments: expected)
    func marked(name: String, mark: PropertyRule.Mark) throws {
        let rule = try #require(PropertyRegistry.all.first { $0.name == name })
        #expect(rule.mark == mark)
        #expect(!rule.reason.isEmpty)
        #expect(mark != .refused || !rule.instead.isEmpty || rule.name.hasPrefix("mail.debug"))
    }

    @Test("The table holds these properties and no others, each once")
    func complete() {
        #expect(PropertyRegistry.all.map(\.name).sorted() == Self.expected.map(\.0).sorted())
        #expect(Set(Self.expected.map(\.0)).count == Self.expected.count)
    }

    @Test("The documentation of the SMTP package names 61 properties, and all are here")
    func documented() {
        let sourceOnly = [
            "chunksize", "saslrealm", "auth.ntlm.v2", "usesocketchannels", "class",
            "auth.xoauth2.two.line.authentication.format",
            "password",
        ]
        let names = Self.names(Self.smtp, "").map(\.0)
        #expect(names.filter { !sourceOnly.contains($0) }.count == 61)
        #expect(Set(sourceOnly).isSubset(of: names))
    }
}
