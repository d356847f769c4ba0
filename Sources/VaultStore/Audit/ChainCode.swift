internal import Sealing
internal import Sodium

/// Computes the hash of each entry and the code of the chain up to it, in buffers that are used
/// again.
struct ChainCode {
    /// The code before the first entry.
    static let start = [UInt8](repeating: 0, count: 32)

    /// `hash[i]` of the entry that was taken last.
    private(set) var hash = [UInt8](repeating: 0, count: 32)
    /// `mac[i]` of that entry.
    private(set) var mac: [UInt8]
    private var encoded: [UInt8] = []
    private var link: [UInt8] = []

    /// Goes on behind the entry whose code is `mac`.
    init(after mac: [UInt8] = Self.start) { self.mac = mac }

    /// What the tree has of that entry: `hash[i] ‖ mac[i]`.
    var leaf: [UInt8] { hash + mac }

    /// Hashes an entry: `BLAKE2b-256(PAE(sequence, time, tenant, epoch, sealed))`.
    mutating func take(
        _ sequence: Int64, _ time: Int64, _ tenant: Span<UInt8>, _ epoch: Int64,
        _ sealed: Span<UInt8>
    ) {
        encoded.removeAll(keepingCapacity: true)
        append(number: 5)
        for number in [sequence, time] {
            append(number: 8)
            append(number: number)
        }
        append(number: Int64(tenant.count))
        encoded.append(copying: tenant)
        append(number: 8)
        append(number: epoch)
        append(number: Int64(sealed.count))
        encoded.append(copying: sealed)
        Self.hash(encoded, nil, into: &hash)
    }

    /// Advances the code over the entry that was taken last.
    mutating func advance(with key: SecretKey) {
        link.removeAll(keepingCapacity: true)
        link += mac
        link += hash
        Self.hash(link, key, into: &mac)
    }

    /// Goes on behind the entry that was taken last as if its code were `stored`.
    mutating func skip(to stored: Span<UInt8>) {
        mac.removeAll(keepingCapacity: true)
        mac.append(copying: stored)
    }

    private static func hash(_ input: [UInt8], _ key: SecretKey?, into output: inout [UInt8]) {
        Blake2b.hash(input.span, key: key, into: &output)
    }

    private mutating func append(number: Int64) {
        var rest = UInt64(bitPattern: number)
        for _ in 0..<8 {
            encoded.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }
}
