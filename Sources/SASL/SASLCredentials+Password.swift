package import Sodium

extension SASLCredentials {
    /// What a protocol that sends name and password without SASL claims, as PLAIN would.
    ///
    /// - Precondition: The name is not empty and has no control characters.
    package init(username: String, password: consuming SecretBytes) {
        self.init(
            mechanism: .plain, username: username, authorizationID: "", proof: .password(password))
    }
}
