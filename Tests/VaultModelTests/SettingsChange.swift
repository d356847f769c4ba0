import Testing
import VaultModel

/// A change of settings, with a name for people and whether it is acceptable.
struct SettingsChange: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let isValid: Bool
    let environment: DeploymentEnvironment
    let policy: TransportPolicy
    let apply: @Sendable (inout ConnectionSettings) -> Void

    init(
        _ name: String, _ isValid: Bool, in environment: DeploymentEnvironment = .development,
        under policy: TransportPolicy = [],
        _ apply: @escaping @Sendable (inout ConnectionSettings) -> Void
    ) {
        testDescription = "\(name) in \(environment.rawValue)"
        self.isValid = isValid
        self.environment = environment
        self.policy = policy
        self.apply = apply
    }

    /// Expects that the settings are taken after the change, or refused with what is accepted.
    func check() {
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        apply(&settings)
        do {
            try settings.validate(in: environment, under: policy)
            #expect(isValid)
        } catch {
            #expect(!isValid, "\(error)")
            #expect(!error.field.isEmpty && !error.accepted.isEmpty)
        }
    }

    // MARK: Changes that others begin with

    static func login(_ settings: inout ConnectionSettings) {
        settings.auth.mode = .smtp
        settings.auth.username = "u"
        settings.auth.secretRef = try? SecretReference(parsing: "s")
    }
}
