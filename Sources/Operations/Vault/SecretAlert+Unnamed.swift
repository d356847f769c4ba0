internal import VaultModel

extension SecretAlert {
    /// The same for whoever may not see secrets: that there is one, and what is the matter.
    var unnamed: SecretAlert {
        get throws {
            SecretAlert(
                secret: try ResourceName("hidden"), health: health, since: nil,
                action: "ask somebody with the permission secret:stat")
        }
    }
}
