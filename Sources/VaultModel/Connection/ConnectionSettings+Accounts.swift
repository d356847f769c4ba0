// The accounts that a connection logs in as, which not everybody may see who may see the rest.
extension ConnectionField {
    /// The fields that name an account.
    package static let accounts: Set<String> = [
        "auth.username", "auth.authorization_id", "pop3.username",
    ]
}

extension ConnectionSettings {
    /// The accounts' names.
    package var accounts: [String] {
        [auth.username, auth.authorizationId, pop3.username].compactMap(\.self)
            .filter { !$0.isEmpty }
    }

    /// Puts `mark` in the place of every account's name.
    package mutating func maskAccounts(with mark: String) {
        auth.username = auth.username.map { _ in mark }
        auth.authorizationId = auth.authorizationId.map { _ in mark }
        pop3.username = pop3.username.map { _ in mark }
    }
}
