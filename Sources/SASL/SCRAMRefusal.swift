/// Why a server ends SCRAM (`server-error-value`, RFC 5802 §7), by the RFC's word.
package enum SCRAMRefusal: String, Sendable, Hashable, CaseIterable {
    case invalidEncoding = "invalid-encoding"
    case extensionsNotSupported = "extensions-not-supported"
    case invalidProof = "invalid-proof"
    case channelBindingsDontMatch = "channel-bindings-dont-match"
    case serverDoesSupportChannelBinding = "server-does-support-channel-binding"
    case channelBindingNotSupported = "channel-binding-not-supported"
    case unsupportedChannelBindingType = "unsupported-channel-binding-type"
    case unknownUser = "unknown-user"
    case invalidUsernameEncoding = "invalid-username-encoding"
    case noResources = "no-resources"
    case otherError = "other-error"

    /// Reads the server's word; one that the RFC does not have is `otherError` (§5.1).
    init(_ word: [UInt8]) {
        self = Self.allCases.first { word.elementsEqual($0.rawValue.utf8) } ?? .otherError
    }
}
