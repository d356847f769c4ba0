package import Access
package import Sealing

/// A secret by which a person unseals.
package enum UnsealSecret: Sendable {
    /// What Argon2id makes a key of.
    case passphrase(SecretParcel)
    /// What stands on paper: the recovery code, or shares, each on a line of its own.
    case paper(SecretParcel)
}

/// Where the key of a vault may come from.
package struct UnsealSources: Sendable {
    /// Asks for what a vault with slots of these kinds can be unsealed with; `nil` when nobody is
    /// there to ask.
    package typealias Ask = @Sendable (Set<SlotKind>) throws -> UnsealSecret?

    /// The key file, when it is not in the vault's folder.
    package var keyFile: String?
    /// Where systemd puts the credentials of this service (`$CREDENTIALS_DIRECTORY`).
    package var credentialsDirectory: String?
    /// What a person brought; then nothing else is tried.
    package var given: UnsealSecret?
    /// Asked when nothing that this machine holds opens the vault.
    package var ask: Ask?

    /// Sources from their parts.
    package init(
        keyFile: String? = nil, credentialsDirectory: String? = nil, given: UnsealSecret? = nil,
        ask: Ask? = nil
    ) {
        self.keyFile = keyFile
        self.credentialsDirectory = credentialsDirectory
        self.given = given
        self.ask = ask
    }

    /// The same without what a person brings or is asked for.
    var withoutPeople: UnsealSources {
        UnsealSources(keyFile: keyFile, credentialsDirectory: credentialsDirectory)
    }
}
