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
    private var link: [UInt8] = []

    /// Goes on behind the entry whose code is `mac`.
    init(after mac: [UInt8] = Self.start) { self.mac = mac }

    /// What the tree has of that entry: `hash[i] ‖ mac[i]`.
    var leaf: [UInt8] { hash + mac }

    /// Appends what the tree has of that entry to `leaves`.
    func appendLeaf(to leaves: inout [UInt8]) {
        leaves += hash
        leaves += mac
    }

    /// Hashes an entry as ``append(_:_:_:_:_:to:)`` encodes it: `BLAKE2b-256`.
    mutating func take(_ encoded: Span<UInt8>) {
        Blake2b.hash(encoded, key: nil, into: &hash)
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

    private static func hash(_ input: [UInt8], _ key: SecretKey, into output: inout [UInt8]) {
        Blake2b.hash(input.span, key: key, into: &output)
    }

    // MARK: Encoding

    /// Appends what is hashed of an entry: `PAE(sequence, time, tenant, epoch, sealed)`.
    static func append(
        _ sequence: Int64, _ time: Int64, _ tenant: Span<UInt8>, _ epoch: Int64,
        _ sealed: Span<UInt8>, to encoded: inout [UInt8]
    ) {
        append(5, to: &encoded)
        append(8, to: &encoded)
        append(sequence, to: &encoded)
        append(8, to: &encoded)
        append(time, to: &encoded)
        append(Int64(tenant.count), to: &encoded)
        encoded.append(copying: tenant)
        append(8, to: &encoded)
        append(epoch, to: &encoded)
        append(Int64(sealed.count), to: &encoded)
        encoded.append(copying: sealed)
    }

    private static func append(_ number: Int64, to encoded: inout [UInt8]) {
        unsafe withUnsafeBytes(of: number.littleEndian) {
            unsafe encoded.append(contentsOf: $0)
        }
    }
}
