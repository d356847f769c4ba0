/// How a provider treats two passwords of one account.
package enum RotationStrategy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Several are valid at a time: app passwords, API keys.
    case multi
    /// Two accounts take turns: each rotation changes the one that is not in use.
    case alternating
    /// The new one replaces the old one at once.
    case single
    /// The password is computed from an IAM secret access key, of which two are valid at a time.
    case derive

    /// The strategy for a secret whose connections lead to `providers`; `nil` is one unknown.
    ///
    /// A provider of which nothing is known is taken to overwrite at once, which costs a login more
    /// where it does not.
    package static func standard(for providers: [ProviderName?]) -> RotationStrategy {
        let all = !providers.isEmpty && providers.allSatisfy { $0?.keepsSeveralPasswords ?? false }
        return all ? .multi : .single
    }
}

extension ProviderName {
    /// Whether the provider lets an account have several passwords at a time.
    package var keepsSeveralPasswords: Bool {
        switch self {
        // App passwords; two access keys of an IAM user; any number of API keys or tokens.
        case .gmail, .ses, .mailgun, .sendgrid, .postmark: true
        case .office365, .custom: false
        }
    }
}
