import Access
import Delivery
import EventLoop
import Glibc
import JSONCoding
import Operations
import Sandbox
import Sealing
import Sodium
import Testing
import VaultModel
import VaultStore

/// A folder of its own for a test, removed with everything in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        let parent = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/signet-ops-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("mkdtemp failed") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// The path of a file in the folder.
    func file(_ name: String) -> String { path + "/" + name }

    private static func remove(_ path: String) {
        if let stream = unsafe opendir(path) {
            while let entry = unsafe readdir(stream) {
                let bytes = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe Array(bytes.prefix { $0 != 0 })
                }
                let name = String(decoding: bytes, as: UTF8.self)
                guard name != ".", name != ".." else { continue }
                if unsafe unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
            }
            _ = unsafe closedir(stream)
        }
        _ = unsafe rmdir(path)
    }
}

/// Puts a file in place at once, so that a reader sees the old content or the new.
func write(_ text: String, to path: String) {
    let bytes = Array(text.utf8)
    let file = unsafe open(path + ".new", O_CREAT | O_TRUNC | O_WRONLY, 0o600)
    defer { close(file) }
    precondition(unsafe write(file, bytes, bytes.count) == bytes.count, "cannot write \(path)")
    precondition(unsafe rename(path + ".new", path) == 0, "cannot rename \(path)")
}

/// A real SMTP server that takes mail from one user alone.
final class LiveServer: Sendable {
    let store: SandboxStore
    let port: UInt16
    /// Where POP3 is served.
    let pop3: UInt16
    /// The certificate that its own is signed by.
    let authorityPath: String
    private let server: SandboxServer
    /// The file of its one user, as `NAME:PASSWORD`.
    let users: String

    /// Starts a server on a loopback address.
    init(_ folder: TemporaryFolder, name: String = "live", ip: String = "127.0.0.1") async throws {
        users = folder.file(name + ".users")
        write("user:right\n", to: users)
        store = try SandboxStore(path: folder.file(name + ".db"))
        let configuration = SandboxConfiguration(
            smtp: SocketAddress(ip: ip, port: 0), pop3: SocketAddress(ip: ip, port: 0),
            hostName: "live.example.org",
            authentication: .file(path: users), requiresAuth: true)
        server = SandboxServer(
            store: store, configuration: configuration, certificates: folder.file(name + "-tls"))
        let addresses = try await server.start()
        port = try #require(addresses.smtp).port
        pop3 = try #require(addresses.pop3).port
        authorityPath = try #require(addresses.authorityPath)
    }

    /// Changes the one user's password.
    func setPassword(_ password: String) { write("user:\(password)\n", to: users) }

    /// What arrived, newest first.
    func messages() async throws -> [SandboxMessageSummary] {
        try await store.list(in: ResourceName("default"))
    }

    /// Who logged in for the newest message.
    func lastIdentity() async throws -> String? {
        try await store.message(.latest, in: ResourceName("default")).session.auth?.identity
    }

    func stop() async {
        await server.stop()
        await store.close()
    }
}

/// The text of a file.
func read(_ path: String) throws -> String {
    let file = unsafe open(path, O_RDONLY)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = unsafe read(file, &bytes, bytes.count)
    try #require(count >= 0)
    return String(decoding: bytes[..<count], as: UTF8.self)
}

/// A token as its owner keeps it.
struct TestToken: Sendable {
    let text: String
    let accessor: String
}

/// An open vault in a folder of its own, beside a live server.
struct TestVault: Sendable {
    let folder: TemporaryFolder
    let home: VaultHome
    let service: VaultService
    let live: LiveServer
    let recoveryCode: SecretParcel?
    /// The token that makes its first owner, in a vault that was made for the test.
    var bootstrapToken: TestToken?

    /// Lets connections go to this machine, which no server's own policy would.
    static let settings = DeliverySettings(
        egress: (try? EgressPolicy(allow: "127.0.0.0/8", ports: "any")) ?? .standard)

    /// Makes a vault and a live server, lends them to `body`, and ends both.
    static func with(
        _ settings: DeliverySettings = settings, _ body: (TestVault) async throws -> Void
    ) async throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        let folder = TemporaryFolder()
        let home = VaultHome(path: folder.file("home"))
        let live = try await LiveServer(folder)
        let created = try await VaultService.create(
            home: home, keyFile: nil, withRecoveryCode: true, settings: settings)
        let bootstrap = try text(of: created.bootstrapToken)
        let vault = TestVault(
            folder: folder, home: home, service: created.service, live: live,
            recoveryCode: created.recoveryCode,
            bootstrapToken: TestToken(
                text: bootstrap, accessor: String(bootstrap.split(separator: "_")[1])))
        do {
            try await body(vault)
        } catch {
            Issue.record("\(error)")
        }
        await vault.service.close()
        await live.stop()
    }

    // MARK: Asking

    /// Performs a request as the operator, or with a token.
    @discardableResult
    func ask<Request: OperationRequest>(
        _ request: Request, with token: TestToken? = nil, secret: String? = nil,
        from source: RequestSource = .local(user: geteuid())
    ) async throws -> Request.Response {
        let caller: Caller =
            try token.map { .token(try parcel($0.text), from: source) } ?? .local(user: geteuid())
        return try await service.perform(
            request, from: caller, secret: try secret.map { try parcel($0) }
        ).response
    }

    /// The error that a request ends with.
    func refusal<Request: OperationRequest>(
        of request: Request, with token: TestToken? = nil, secret: String? = nil,
        from source: RequestSource = .local(user: geteuid())
    ) async -> VaultError? {
        do {
            try await ask(request, with: token, secret: secret, from: source)
            return nil
        } catch {
            return VaultError(wrapping: error)
        }
    }

    /// The entries of the audit log, oldest first.
    func audit() async throws -> [AuditEntry] {
        try await ask(ListAudit(filter: AuditFilter(limit: 10_000)))
    }

    // MARK: Things to begin with

    /// Stores the live server's password and makes a connection `alerts` to it.
    @discardableResult
    func addAlerts(
        _ environment: DeploymentEnvironment = .production, password: String = "right"
    ) async throws -> ConnectionSummary {
        try await ask(SetSecret(name: ResourceName("smtp-pass")), secret: password)
        return try await ask(
            CreateConnection(
                name: ResourceName("alerts"), environment: environment,
                settings: settings(secret: "smtp-pass")))
    }

    /// Settings for the live server.
    func settings(secret: String?) throws -> ConnectionSettings {
        var settings = ConnectionSettings(host: "127.0.0.1", from: "alerts@example.org")
        settings.port = Int(live.port)
        if let secret {
            settings.auth.mode = .smtp
            settings.auth.username = "user"
            settings.auth.secretRef = try SecretReference(parsing: secret)
        }
        return settings
    }

    /// A message through `alerts`.
    func message(
        _ environment: DeploymentEnvironment = .production,
        _ change: (inout SendMessage) -> Void = { _ in }
    ) throws -> SendMessage {
        var message = SendMessage(name: try ResourceName("alerts"), environment: environment)
        message.to = ["ops@example.net"]
        message.subject = "Disk full"
        message.text = "The disk is full."
        change(&message)
        return message
    }

    /// Makes a token as the operator does.
    func token(_ scopes: String...) async throws -> TestToken {
        try await token(scopes)
    }

    /// The tokens of the tenant `default`, but for the one that comes with every vault.
    func issuedTokens() async throws -> [TokenSummary] {
        try await ask(ListTokens()).filter { $0.kind != .bootstrap }
    }

    /// Makes a token that is narrowed.
    func token(
        _ scopes: [String], seconds: Int64? = nil,
        _ change: (inout TokenConditions) throws -> Void = { _ in }
    ) async throws -> TestToken {
        var conditions = TokenConditions()
        try change(&conditions)
        return try await make(
            CreateToken(
                scopes: scopes.map { try TokenScope(parsing: $0) }, seconds: seconds,
                label: "test", conditions: conditions))
    }

    /// Makes a token of another, as its bearer does or, without `bearer`, the operator.
    func narrowed(
        _ parent: TestToken, by bearer: TestToken? = nil, scopes: [String] = [],
        seconds: Int64? = nil, _ change: (inout TokenConditions) throws -> Void = { _ in }
    ) async throws -> TestToken {
        var conditions = TokenConditions()
        try change(&conditions)
        return try await make(
            AttenuateToken(
                parent: parent.accessor, scopes: scopes.map { try TokenScope(parsing: $0) },
                seconds: seconds, label: "", conditions: conditions),
            with: bearer)
    }

    private func make<Request: OperationRequest>(
        _ request: Request, with bearer: TestToken? = nil
    ) async throws -> TestToken where Request.Response == TokenSummary {
        let user = geteuid()
        let caller: Caller =
            try bearer.map { .token(try parcel($0.text), from: .local(user: user)) }
            ?? .local(user: user)
        let reply = try await service.perform(request, from: caller)
        let secret = try #require(reply.secret)
        return TestToken(text: try text(of: secret), accessor: reply.response.accessor)
    }

    /// Puts a token into the store that no request would make.
    func plantToken(scopes: [TokenScope], expires: Timestamp?) async throws -> TestToken {
        let secret = try TokenText.create()
        guard let accessor = TokenText.accessor(of: secret) else {
            throw VaultError(.failed, "test", "a new token has no accessor", "")
        }
        let pepper = try service.store.keys.keys(for: .system).tokenPepper()
        let hash = try TokenText.hash(secret, accessor: accessor, pepper: pepper)
        let store = service.store
        try await store.transaction { transaction in
            guard let tenant = try transaction.tenant(named: ResourceName("default")) else {
                throw StoreError.tampered(what: "the tenant")
            }
            try transaction.insert(
                TokenRecord(
                    tenant: tenant.id, accessor: accessor, hash: hash, expires: expires,
                    content: TokenRecord.Content(scopes: scopes, label: "", issuer: "test")))
        }
        return TestToken(text: try text(of: SecretParcel(secret)), accessor: accessor)
    }
}

/// Looks until `isTrue` is, for a minute at most: for what another thread does in its own time.
func eventually(_ isTrue: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
        if try await isTrue() { return true }
        usleep(2_000)
    }
    return false
}

/// A secret on its way, made of a text.
func parcel(_ text: String) throws -> SecretParcel {
    let bytes = Array(text.utf8)
    return SecretParcel(try SecretBytes(copying: bytes.span))
}

/// What a parcel holds; it is empty afterwards.
func text(of parcel: SecretParcel) throws -> String {
    let secret = parcel.take()
    guard let secret else { throw VaultError(.failed, "test", "the parcel is empty", "") }
    return secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
    }
}

/// A value as the command line would print it.
func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONCoding.encode(value), as: UTF8.self)
}

/// A name that the test knows to be one.
func name(_ text: String) throws -> ResourceName { try ResourceName(text) }

/// A reference that the test knows to be one.
func reference(_ text: String) throws -> ConnectionReference {
    try ConnectionReference(parsing: text)
}

extension TestVault {
    /// A token of the right form with an accessor of one's choice and a secret of its own.
    func forge(accessor: String) async throws -> TestToken {
        let secret = try TokenText.create()
        let fresh = Array(try text(of: SecretParcel(secret)))
        let body = "sgt_\(accessor)_" + String(fresh[17..<60])
        return TestToken(text: body + "_" + Self.checksum(body), accessor: accessor)
    }

    /// CRC-32 in six characters of base 62.
    private static func checksum(_ text: String) -> String {
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        var sum: UInt32 = .max
        for byte in text.utf8 {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1 }
        }
        var value = Int(~sum)
        var result = ""
        for _ in 0..<6 {
            result = String(digits[value % 62]) + result
            value /= 62
        }
        return result
    }
}
