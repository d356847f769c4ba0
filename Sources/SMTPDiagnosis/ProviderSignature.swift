internal import SMTPCore
internal import VaultModel

/// Whose replies they are: a provider's have meanings of their own.
enum ProviderSignature {
    /// The provider that the connection names, that its host belongs to, or that signs its replies.
    static func provider(
        named name: ProviderName?, host: String, reply: SMTPReply?
    ) -> ProviderName? {
        if let name, name != .custom { return name }
        if let name = ProviderPreset.recognised(by: host), name != .custom { return name }
        guard let line = reply?.lines.last else { return nil }
        // Google ends its replies with "gsmtp", Exchange Online with its own host.
        if line.hasSuffix("gsmtp") { return .gmail }
        return line.lowercased().hasSuffix(".outlook.com]") ? .office365 : nil
    }
}
