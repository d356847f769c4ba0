import Access
import Operations
import Sodium
import VaultModel

/// Answers about what another tenant has, and about what nobody has.
enum ForeignAnswers {
    /// Makes two tenants, one with things, and asks for them in the other.
    static func comparisons(in vault: VaultService, as user: UInt32) async throws -> [Comparison] {
        for tenant in ["acme", "bravo"] {
            _ = try await vault.perform(
                CreateTenant(name: ResourceName(tenant)), from: .local(user: user))
        }
        let (there, missing) = (try ResourceName("thing-one"), try ResourceName("thing-two"))
        let value: [UInt8] = Array("a password".utf8)
        _ = try await vault.perform(
            SetSecret(name: there), from: .local(user: user, tenant: "acme"),
            secret: SecretParcel(try SecretBytes(copying: value.span)))
        _ = try await vault.perform(
            CreateConnection(
                name: there, environment: .production,
                settings: ConnectionSettings(host: "mail.example.org", from: "a@example.org")),
            from: .local(user: user, tenant: "acme"))
        let token = try await vault.perform(
            CreateToken(
                scopes: [TokenScope(parsing: "audit:read")], seconds: nil, label: ""),
            from: .local(user: user, tenant: "acme")
        ).response.accessor
        guard let stranger = TokenText.accessor(of: try TokenText.create()) else {
            preconditionFailure("a new token has an accessor")
        }
        func compare<Request: OperationRequest>(
            _ title: String, _ foreign: Request, _ missing: Request
        ) -> Comparison {
            Comparison(
                title: title,
                kinds: [
                    kind("another tenant has it", foreign, in: vault, as: user),
                    kind("nobody has it", missing, in: vault, as: user),
                ])
        }
        return [
            compare(
                "connection show",
                ShowConnection(
                    reference: ConnectionReference(name: there, environment: .production)),
                ShowConnection(
                    reference: ConnectionReference(name: missing, environment: .production))),
            compare("secret show", ShowSecret(name: there), ShowSecret(name: missing)),
            compare("token show", ShowToken(accessor: token), ShowToken(accessor: stranger)),
        ]
    }

    private static func kind<Request: OperationRequest>(
        _ name: String, _ request: Request, in vault: VaultService, as user: UInt32
    ) -> Comparison.Kind {
        Comparison.Kind(name: name) { _ in
            do {
                _ = try await vault.perform(request, from: .local(user: user, tenant: "bravo"))
                preconditionFailure("a tenant sees what another one has")
            } catch {
                let failure = VaultError(wrapping: error)
                guard failure.exit == .notFound else { throw failure }
            }
        }
    }
}
