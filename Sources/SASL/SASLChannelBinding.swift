package import TLS

/// What a client says of the TLS session below (`gs2-cbind-flag`, RFC 5801 §4 and RFC 5802 §6).
package enum SASLChannelBinding: Sendable, Hashable {
    /// `n`: the client does not bind.
    case unsupported
    /// `y`: the client would bind, and sees no server that does; a server that offers -PLUS knows
    /// then that somebody has taken the offer away.
    case notOffered
    /// `p=`: bound to the session by this data, for -PLUS alone.
    case bound(ChannelBinding, data: [UInt8])

    /// What a client says who uses `mechanism`.
    ///
    /// - Parameters:
    ///   - available: What the TLS session yields, `nil` without TLS.
    ///   - offered: The names of all mechanisms that the server offers, after TLS.
    package static func choose(
        for mechanism: SASLMechanism, available: (kind: ChannelBinding, data: [UInt8])?,
        offered: [String]
    ) -> SASLChannelBinding {
        guard mechanism.provesServer, let available else { return .unsupported }
        if mechanism.needsChannelBinding { return .bound(available.kind, data: available.data) }
        let isOffered = offered.contains {
            SASLMechanism(name: $0)?.needsChannelBinding ?? $0.uppercased().hasSuffix("-PLUS")
        }
        return isOffered ? .unsupported : .notOffered
    }

    /// The flag as it is on the wire.
    var flag: [UInt8] {
        switch self {
        case .unsupported: Array("n".utf8)
        case .notOffered: Array("y".utf8)
        case .bound(let kind, _): Array("p=\(kind.rawValue)".utf8)
        }
    }

    /// What follows the header in `c=`; empty without binding.
    var data: [UInt8] {
        switch self {
        case .unsupported, .notOffered: []
        case .bound(_, let data): data
        }
    }
}
