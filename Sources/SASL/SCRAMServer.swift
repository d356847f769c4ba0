internal import Sodium
internal import TLS

/// The server's half of SCRAM (RFC 5802 §5), between Base64 and whoever knows the users.
struct SCRAMServer: Sendable {
    private let mechanism: SASLMechanism
    private let serverNonce: [UInt8]
    /// What this TLS session yields; when there is any, -PLUS is offered.
    private let bindings: [ChannelBinding: [UInt8]]
    /// What `c=` must hold.
    private var expectedBinding: [UInt8] = []
    private var bare: [UInt8] = []
    private var nonce: [UInt8] = []
    private var first: [UInt8] = []
    private var keys: SCRAMKeys?

    init(
        _ mechanism: SASLMechanism, bindings: [ChannelBinding: [UInt8]], nonce: String?
    ) throws(SASLError) {
        self.mechanism = mechanism
        self.bindings = bindings
        serverNonce = nonce.map { Array($0.utf8) } ?? Base64.encode(Random.bytes(24).span)
        guard SCRAMAttributes.isNonce(serverNonce) else { throw .malformed(mechanism) }
        guard !mechanism.needsChannelBinding || !bindings.isEmpty else {
            throw .channelBindingMissing(mechanism)
        }
    }

    /// Takes `client-first-message`.
    ///
    /// - Throws: `.malformed`, `.mandatoryExtension`, and `.channelBindingRefused` when the flag
    ///   does not fit what was offered (RFC 5802 §6).
    mutating func receiveFirst(_ message: [UInt8]) throws(SASLError) -> SASLIdentity {
        var rest = message[...]
        let (flag, authorizationID) = try SASLName.takeHeader(of: &rest, mechanism)
        expectedBinding = message[..<rest.startIndex] + (try bindingData(flag))
        bare = Array(rest)
        var attributes = try SCRAMAttributes(bare, of: mechanism)
        let username = try SASLName.unescaped(
            try attributes.take("n"), .username, of: mechanism)
        nonce = try attributes.takeNonce() + serverNonce
        guard nonce.count <= SASLLimits.nonceBytes else { throw .malformed(mechanism) }
        return SASLIdentity(username: username, authorizationID: authorizationID)
    }

    /// What `c=` holds beside the header for a client with this flag.
    private func bindingData(_ flag: [UInt8]) throws(SASLError) -> [UInt8] {
        switch String(decoding: flag, as: UTF8.self) {
        case "n" where !mechanism.needsChannelBinding: return []
        case "y" where bindings.isEmpty: return []
        case let flag where flag.hasPrefix("p=") && mechanism.needsChannelBinding:
            guard let kind = ChannelBinding(rawValue: String(flag.dropFirst(2))),
                let data = bindings[kind]
            else { throw .channelBindingRefused(mechanism) }
            return data
        case "n", "y": throw .channelBindingRefused(mechanism)
        case let flag where flag.hasPrefix("p="): throw .channelBindingRefused(mechanism)
        default: throw .malformed(mechanism)
        }
    }

    /// `server-first-message`, with the salt and the count of the user's record.
    mutating func first(_ record: SCRAMRecord) throws(SASLError) -> [UInt8] {
        guard record.keys.digest == mechanism.digest else { throw .malformed(mechanism) }
        keys = record.keys
        first =
            Array("r=".utf8) + nonce + Array(",s=".utf8) + Base64.encode(record.salt.span)
            + Array(",i=\(record.iterations)".utf8)
        return first
    }

    /// Takes `client-final-message`; `server-final-message`, or `nil` when the proof is wrong.
    func receiveFinal(_ message: [UInt8]) throws(SASLError) -> [UInt8]? {
        guard let keys, let digest = mechanism.digest else { throw .unexpected(mechanism) }
        var attributes = try SCRAMAttributes(message, of: mechanism)
        let binding = try attributes.takeBase64("c", atMost: SASLLimits.lineBytes)
        let bothNonces = try attributes.takeNonce()
        guard let comma = message.lastIndex(of: UInt8(ascii: ",")) else {
            throw .malformed(mechanism)
        }
        // The proof comes last, after any extension.
        var last = try SCRAMAttributes(message[(comma + 1)...], of: mechanism)
        let proof = try last.takeBase64("p", atMost: digest.byteCount)
        guard ConstantTime.equal(bothNonces.span, nonce.span) else { throw .nonceMismatch }
        guard ConstantTime.equal(binding.span, expectedBinding.span) else {
            throw .channelBindingRefused(mechanism)
        }
        let separator = [UInt8(ascii: ",")]
        let signed = bare + separator + first + separator + message[..<comma]
        let expectedProof: [UInt8]
        do {
            expectedProof = try keys.clientProof(of: signed)
        } catch {
            throw .secureMemory(error)
        }
        guard ConstantTime.equal(proof.span, expectedProof.span) else { return nil }
        let signature = keys.serverSignature(of: signed)
        return Array("v=".utf8) + Base64.encode(signature.span)
    }
}
