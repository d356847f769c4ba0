import Access
import Glibc
import Operations
import SQLite
import Sandbox
import Sodium
import VaultModel

@testable import VaultStore

/// Who asks in a tenant.
enum TenantCaller: Sendable {
    /// The local operator, who names the tenant.
    case `operator`(String)
    /// The holder of a token.
    case token(TestToken)
}

extension TestVault {
    /// Performs a request as the operator in a tenant, or with a token.
    @discardableResult
    func ask<Request: OperationRequest>(
        _ request: Request, as caller: TenantCaller, secret: String? = nil
    ) async throws -> Request.Response {
        let known: Caller =
            switch caller {
            case .operator(let tenant): .local(user: geteuid(), tenant: tenant)
            case .token(let token): .token(try parcel(token.text), from: .local(user: geteuid()))
            }
        return try await service.perform(
            request, from: known, secret: try secret.map { try parcel($0) }
        ).response
    }

    /// The error that such a request ends with.
    func refusal<Request: OperationRequest>(
        of request: Request, as caller: TenantCaller, secret: String? = nil
    ) async -> VaultError? {
        do {
            try await ask(request, as: caller, secret: secret)
            return nil
        } catch {
            return VaultError(wrapping: error)
        }
    }

    /// A token of a tenant with every permission that a token can have.
    func mightyToken(in tenant: String) async throws -> TestToken {
        let scopes =
            try Permission.allCases.filter(\.isForTokens).map { permission in
                try TokenScope(
                    parsing: permission == .send ? "send:*@production" : permission.rawValue)
            } + [TokenScope(parsing: "send:*@test")]
        return try await token(of: tenant, scopes: scopes)
    }

    /// A token that the operator makes in a tenant.
    func token(of tenant: String, scopes: [TokenScope]) async throws -> TestToken {
        let reply = try await service.perform(
            CreateToken(scopes: scopes, seconds: nil, label: "", conditions: TokenConditions()),
            from: .local(user: geteuid(), tenant: tenant))
        guard let parcel = reply.secret else {
            throw VaultError(.failed, "test", "no token came back", "")
        }
        return TestToken(text: try text(of: parcel), accessor: reply.response.accessor)
    }

    /// What the sandbox holds in an inbox, as a caller sees it.
    func inbox(_ text: String, as caller: TenantCaller) async throws -> [String] {
        try await ask(ListSandboxMessages(inbox: name(text), limit: 100), as: caller)
            .map(\.subject)
    }
}

extension StoreTransaction {
    /// Every record of a tenant, of whatever table, with its plain columns.
    func storedRows(of tenant: TenantID) throws -> [String] {
        try Schema.records.flatMap { try rows($0, of: tenant) }
    }

    private func rows<R: Record>(_ type: R.Type, of tenant: TenantID) throws -> [String] {
        try select(R.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)]).map {
            "\(R.table.name) \($0.id) \($0.revision) \($0.plain) \($0.content)"
        }
    }
}
