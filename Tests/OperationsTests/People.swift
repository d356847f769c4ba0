import Access
import Glibc
import Operations
import Sealing
import Sodium
import VaultModel
import VaultStore

// People and services of a test, without the second that hashing a real password takes.
extension TestVault {
    /// Makes a person and gives it a role, as the operator does.
    @discardableResult
    func person(
        _ text: String, _ role: String? = nil, environments: [DeploymentEnvironment] = [],
        connections: [String] = []
    ) async throws -> ResourceName {
        let person = try name(text)
        try await ask(CreatePrincipal(name: person))
        if let role {
            try await bind(role, to: person, environments: environments, connections: connections)
        }
        return person
    }

    /// Gives somebody a role, as the operator does.
    func bind(
        _ role: String, to person: ResourceName, environments: [DeploymentEnvironment] = [],
        connections: [String] = []
    ) async throws {
        let isTimeBoxed = RoleTable.role(named: role)?.isTimeBoxed ?? false
        try await ask(
            BindRole(
                role: try name(role), principal: person, environments: environments,
                connections: connections, seconds: isTimeBoxed ? 3_600 : nil,
                reason: isTimeBoxed ? "a test" : ""))
    }

    /// The token of a session of somebody, as a login would give it.
    func session(of person: ResourceName) async throws -> TestToken {
        let secret = try TokenText.create()
        guard let accessor = TokenText.accessor(of: secret) else {
            throw VaultError(.failed, "test", "a new token has no accessor", "")
        }
        let pepper = try service.store.keys.keys(for: .system).tokenPepper()
        let hash = try TokenText.hash(secret, accessor: accessor, pepper: pepper)
        try await service.store.transaction { transaction in
            let tenant = try transaction.tenant(named: ResourceName("default"))
            guard let tenant, let record = try transaction.principal(named: person, in: tenant.id)
            else { throw StoreError.tampered(what: "the principal") }
            try transaction.insert(
                TokenRecord(
                    tenant: tenant.id, accessor: accessor, hash: hash,
                    expires: Timestamp.now.adding(seconds: 3_600), kind: .session,
                    principal: record.id,
                    content: TokenRecord.Content(scopes: [], label: "session", issuer: "test")))
        }
        return TestToken(text: try text(of: SecretParcel(secret)), accessor: accessor)
    }

    /// Gives a person a password whose hash costs next to nothing.
    func plantPassword(_ password: String, of person: ResourceName) async throws {
        let value = Array(password.utf8)
        let secret = try SecretBytes(copying: value.span)
        let hash = try PasswordHash(
            of: secret, cost: Argon2id.Cost(operations: 1, memoryBytes: 8_192))
        try await service.store.transaction { transaction in
            let tenant = try transaction.tenant(named: ResourceName("default"))
            guard let tenant,
                var record = try transaction.principal(named: person, in: tenant.id)
            else { throw StoreError.tampered(what: "the principal") }
            record.content.password = hash
            try transaction.update(record)
        }
    }

    /// Logs in as a person would; the token, or the error.
    func logIn(
        _ person: String, _ password: String, code: String? = nil
    ) async -> Result<TestToken, VaultError> {
        do {
            let secret = try parcel(password + (code.map { "\n" + $0 } ?? ""))
            let reply = try await service.perform(
                OpenSession(name: person), from: .local(user: geteuid()), secret: secret)
            guard let token = reply.secret else {
                throw VaultError(.failed, "test", "a login gave no token", "")
            }
            return .success(
                TestToken(text: try text(of: token), accessor: reply.response.accessor))
        } catch {
            return .failure(VaultError(wrapping: error))
        }
    }

    /// Makes a token with the token of a session, or as the operator.
    func createToken(_ scopes: String..., with token: TestToken?) async throws -> TestToken {
        let caller: Caller =
            try token.map { .token(try parcel($0.text), from: .local(user: geteuid())) }
            ?? .local(user: geteuid())
        let reply = try await service.perform(
            CreateToken(
                scopes: scopes.map { try TokenScope(parsing: $0) }, seconds: nil, label: "test"),
            from: caller)
        guard let secret = reply.secret else {
            throw VaultError(.failed, "test", "no token came", "")
        }
        return TestToken(text: try text(of: secret), accessor: reply.response.accessor)
    }
}
