/// A name that a member of a document may have besides those of the fields.
struct DocumentName: Sendable {
    /// What a member of such a name says.
    enum Meaning: Sendable, Hashable {
        /// The value of a field.
        case field(String)
        /// The value of a field in milliseconds, given in seconds.
        case seconds(String)
        /// A password: a reference for a field, or refused.
        case password(String)
        /// Whether TLS begins with STARTTLS.
        case starttls
        /// Whether TLS begins with the first byte.
        case implicitTLS
        /// The encryption by the words of other products.
        case encryption
        /// How sessions log in: a flag or a word.
        case login
        /// The connection's own name.
        case name
        case environment
        /// Whether the connection can be used: a flag, or `RUN` and `STOP`.
        case enabled
        /// Properties: an object, or lines `NAME=VALUE`.
        case properties
        /// Header fields of every message.
        case headers
    }

    /// Which products call it so; the kinds are told apart in `docs/connection.md`.
    enum Source: String, Sendable {
        case signet
        /// An integration platform's mail connection.
        case integration
        /// A gateway manager's SMTP settings, with Symfony's options.
        case gateway
        /// A connector that is set up by JavaMail properties.
        case connector
        /// A flow designer's SMTP connection with POP before SMTP.
        case designer
        /// A workflow platform's SMTP connector.
        case workflow
    }

    let name: String
    let meaning: Meaning
    let source: Source

    init(_ name: String, _ meaning: Meaning, _ source: Source) {
        self.name = name
        self.meaning = meaning
        self.source = source
    }

    /// Every such name; they are told apart by case.
    static let all: [DocumentName] = own + integration + gateway + connector + designer + workflow

    private static let own = [
        DocumentName("name", .name, .signet),
        DocumentName("environment", .environment, .signet),
        DocumentName("enabled", .enabled, .signet),
        DocumentName("properties", .properties, .signet),
        DocumentName("default_headers", .headers, .signet),
        DocumentName("auth", .login, .signet),
        DocumentName("auth.password", .password("auth.secret_ref"), .signet),
        DocumentName("auth.secret", .password("auth.secret_ref"), .signet),
        DocumentName("pop3.password", .password("pop3.secret_ref"), .signet),
        DocumentName("secret", .password("auth.secret_ref"), .signet),
        DocumentName("password", .password("auth.secret_ref"), .signet),
        DocumentName("env", .environment, .signet),
    ]

    private static let integration = [
        DocumentName("connectionName", .name, .integration),
        DocumentName("enableStartTls", .starttls, .integration),
        DocumentName("useSsl", .implicitTLS, .integration),
        DocumentName("useAuthentication", .login, .integration),
        DocumentName("authentication", .login, .integration),
        DocumentName("certificateSelection", .field("tls.ca_ref"), .integration),
        DocumentName("addressToTest", .field("test_address"), .integration),
        DocumentName("deployToWorker", .field("deploy_to_worker"), .integration),
        DocumentName("connectionTimeout", .field("timeouts.connect_ms"), .integration),
        DocumentName("requestTimeout", .field("timeouts.request_ms"), .integration),
        DocumentName("timeout", .field("timeouts.request_ms"), .integration),
        DocumentName("writeTimeout", .field("timeouts.write_ms"), .integration),
        DocumentName("retryInterval", .field("retry.interval_ms"), .integration),
        DocumentName("poolSize", .field("pool.max"), .integration),
        DocumentName("additionalProperties", .properties, .integration),
    ]

    private static let gateway = [
        DocumentName("tls", .encryption, .gateway),
        DocumentName("user", .field("auth.username"), .gateway),
        DocumentName("pass", .password("auth.secret_ref"), .gateway),
        DocumentName("options", .properties, .gateway),
    ]

    private static let connector = [
        DocumentName("enableStatus", .enabled, .connector),
        DocumentName("status", .enabled, .connector),
        DocumentName("javaMailProperties", .properties, .connector),
    ]

    private static let designer = [
        DocumentName("Timeout", .seconds("timeouts.request_ms"), .designer),
        DocumentName("ssl", .implicitTLS, .designer),
        DocumentName("startTls", .starttls, .designer),
        DocumentName("STARTTLS", .starttls, .designer),
        DocumentName("SSL", .implicitTLS, .designer),
        DocumentName("authenticationType", .login, .designer),
        DocumentName("popHost", .field("pop3.host"), .designer),
        DocumentName("popPort", .field("pop3.port"), .designer),
        DocumentName("popUser", .field("pop3.username"), .designer),
        DocumentName("popPassword", .password("pop3.secret_ref"), .designer),
        DocumentName("apop", .field("pop3.apop"), .designer),
        DocumentName("popInterval", .field("pop3.interval_ms"), .designer),
    ]

    private static let workflow = [
        DocumentName("smtpServer", .field("host"), .workflow),
        DocumentName("smtpPassword", .password("auth.secret_ref"), .workflow),
        DocumentName("fromEmail", .field("from.address"), .workflow),
        DocumentName("headers", .headers, .workflow),
    ]

    private static let byName: [String: Meaning] = Dictionary(
        all.map { ($0.name, $0.meaning) }, uniquingKeysWith: { first, _ in first })

    /// What a name means, if it is one of these.
    static func meaning(of name: String) -> Meaning? { byName[name] }

    /// What `vault connection show --json` tells beside the settings, and a document does not set.
    static let readOnly: Set<String> = [
        "version", "transport", "secret_bound", "undeployed", "created", "updated", "warnings",
        "id",
        "revision", "deployed", "deployed_revision", "draft", "owner", "author", "reason",
        "last_test", "used_by", "tenant", "missing",
    ]
}
