extension SASLMechanism {
    /// The mechanisms that fit what is at hand, best first; EXTERNAL is for those who name it.
    ///
    /// Binding comes before no binding, proof before telling; CRAM-MD5, whose answers can be tried
    /// against a dictionary fast, is last where TLS hides them, and before PLAIN where nothing
    /// hides the password.
    ///
    /// - Parameters:
    ///   - hasToken: Whether there is an access token.
    ///   - hasPassword: Whether there is a password.
    ///   - isProtected: Whether TLS is up.
    ///   - channelBindingAvailable: Whether the TLS session yields a `ChannelBinding`.
    package static func preferred(
        hasToken: Bool, hasPassword: Bool = true, isProtected: Bool, channelBindingAvailable: Bool
    ) -> [SASLMechanism] {
        let bound: [SASLMechanism] = [.scramSHA512Plus, .scramSHA256Plus, .scramSHA1Plus]
        let proving: [SASLMechanism] = [.scramSHA512, .scramSHA256, .scramSHA1]
        let tokens: [SASLMechanism] = [.xoauth2, .oauthBearer]
        let telling: [SASLMechanism] = [.plain, .login]
        let order =
            (isProtected && channelBindingAvailable ? bound : []) + proving
            + (isProtected ? tokens + telling + [.cramMD5] : [.cramMD5] + tokens + telling)
        return order.filter { $0.takesToken ? hasToken : hasPassword }
    }
}
