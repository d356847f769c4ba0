internal import Sodium

/// The client's half of SCRAM (RFC 5802 §5), between Base64 and the slow derivation.
struct SCRAMClient: Sendable {
    /// What the server asks to be derived.
    struct Terms: Sendable {
        let salt: [UInt8]
        let iterations: Int
    }

    private let mechanism: SASLMechanism
    private let header: [UInt8]
    private let bindingData: [UInt8]
    private let nonce: [UInt8]
    private let bare: [UInt8]
    private var withoutProof: [UInt8] = []
    /// What both signatures sign.
    private var message: [UInt8] = []
    private var expectedSignature: [UInt8] = []

    /// Prepares the first message.
    ///
    /// - Throws: `.channelBindingMissing` when -PLUS comes without `.bound`, or `.bound` without
    ///   -PLUS; `.tooLong`; `.malformed` for a nonce that cannot be sent.
    init(
        _ mechanism: SASLMechanism, username: String, authorizationID: String,
        channelBinding: SASLChannelBinding, nonce: String?
    ) throws(SASLError) {
        let isBound =
            switch channelBinding {
            case .bound(_, let data): !data.isEmpty
            case .unsupported, .notOffered: false
            }
        guard isBound == mechanism.needsChannelBinding else {
            throw .channelBindingMissing(mechanism)
        }
        self.mechanism = mechanism
        self.nonce = nonce.map { Array($0.utf8) } ?? Base64.encode(Random.bytes(24).span)
        guard SCRAMAttributes.isNonce(self.nonce) else { throw .malformed(mechanism) }
        header = try SASLName.header(
            flag: channelBinding.flag, authorizationID: authorizationID)
        bindingData = channelBinding.data
        bare =
            Array("n=".utf8) + (try SASLName.escaped(username, .username)) + Array(",r=".utf8)
            + self.nonce
    }

    /// `client-first-message`.
    var first: [UInt8] { header + bare }

    /// Takes `server-first-message`: `r=` our nonce and the server's, `s=` salt, `i=` iterations.
    mutating func receiveFirst(_ text: [UInt8]) throws(SASLError) -> Terms {
        var attributes = try SCRAMAttributes(text, of: mechanism)
        let bothNonces = try attributes.takeNonce()
        guard bothNonces.count > nonce.count, bothNonces.starts(with: nonce) else {
            throw .nonceMismatch
        }
        let salt = try attributes.takeBase64("s", atMost: SASLLimits.saltBytes)
        let iterations = try Self.count(try attributes.take("i"), mechanism)
        let binding = header + bindingData
        withoutProof =
            Array("c=".utf8) + Base64.encode(binding.span) + Array(",r=".utf8) + bothNonces
        message = bare + [UInt8(ascii: ",")] + text + [UInt8(ascii: ",")] + withoutProof
        return Terms(salt: salt, iterations: iterations)
    }

    /// `client-final-message`.
    mutating func final(with keys: SCRAMKeys) throws(SASLError) -> [UInt8] {
        guard keys.digest == mechanism.digest else { throw .malformed(mechanism) }
        expectedSignature = keys.serverSignature(of: message)
        do {
            let proof = try keys.clientProof(of: message)
            return withoutProof + Array(",p=".utf8) + Base64.encode(proof.span)
        } catch {
            throw .secureMemory(error)
        }
    }

    /// Takes `server-final-message`: `v=` the server's signature, or `e=` why there is none.
    func receiveFinal(_ text: [UInt8]) throws(SASLError) {
        var attributes = try SCRAMAttributes(text, of: mechanism)
        if let reason = attributes.takeIfPresent("e") {
            throw .refusedByServer(SCRAMRefusal(reason))
        }
        let signature = try attributes.takeBase64("v", atMost: expectedSignature.count)
        guard ConstantTime.equal(signature.span, expectedSignature.span) else {
            throw .serverNotProven
        }
    }

    /// `posit-number = %x31-39 *DIGIT`, within `SASLLimits.iterations`.
    private static func count(
        _ digits: [UInt8], _ mechanism: SASLMechanism
    ) throws(SASLError) -> Int {
        let bounds = SASLLimits.iterations
        var count = 0
        guard digits.first != UInt8(ascii: "0") else { throw .malformed(mechanism) }
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else {
                throw .malformed(mechanism)
            }
            // Held at one more than the bound, so that no number of digits overflows.
            count = min(count * 10 + Int(digit - UInt8(ascii: "0")), bounds.upperBound + 1)
        }
        guard count >= bounds.lowerBound else {
            throw .tooFewIterations(count, minimum: bounds.lowerBound)
        }
        guard count <= bounds.upperBound else {
            throw .tooManyIterations(maximum: bounds.upperBound)
        }
        return count
    }
}
