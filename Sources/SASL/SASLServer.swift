private import Sodium
package import TLS

/// The server side of one exchange: answers in, challenges out, no socket.
///
/// What the client sends is decoded into the slab. An error ends the exchange: the caller answers
/// 501 (or 535), and 501 to `.cancelled` (RFC 4954 §4).
package struct SASLServer: ~Copyable, Sendable {
    /// What the caller does next.
    package enum Step: ~Copyable, Sendable {
        /// Send `334 ` and this Base64 text.
        case challenge([UInt8])
        /// Decide on these credentials; a refusal may begin with `rejection`.
        case verify(SASLCredentials)
        /// SCRAM: find the record of this user, or a decoy, and go on with `provide`.
        case lookUp(SASLIdentity)
        /// SCRAM: this client has proved to be who it says; the exchange is over.
        case authenticated(SASLIdentity)
        /// EXTERNAL: decide whether the client's certificate may act as this identity, empty for
        /// its own; the exchange is over.
        case certificate(authorizationID: String)
        /// Refuse the client; the exchange is over.
        case refuse
    }

    private enum State {
        case ready
        /// The one message of PLAIN, XOAUTH2, OAUTHBEARER or EXTERNAL, or the first of SCRAM.
        case messageAwaited
        case nameAwaited
        case passwordAwaited(username: String)
        case digestAwaited(challenge: [UInt8])
        case recordAwaited(SASLIdentity)
        case proofAwaited(SASLIdentity)
        /// The client has seen our proof and has nothing more to say.
        case consentAwaited(SASLIdentity)
        /// A token went to be verified.
        case tokenJudged
        /// The client has seen why its token is refused and has nothing more to say.
        case resignationAwaited
        case finished
    }

    /// The mechanism of this exchange.
    package let mechanism: SASLMechanism
    private let challenge: String
    private var scram: SCRAMServer?
    private var state = State.ready

    /// Makes the server of one exchange.
    ///
    /// - Parameters:
    ///   - hostName: Who challenges; it becomes part of CRAM-MD5's challenge.
    ///   - channelBindings: What this TLS session yields; when there is any, -PLUS is offered.
    ///   - nonce: Makes each challenge of CRAM-MD5 unlike any other; random unless a test says
    ///     otherwise.
    ///   - scramNonce: SCRAM's, random unless a test says otherwise.
    /// - Throws: `.empty`, `.tooLong` or `.forbiddenCharacter` of the host name,
    ///   `.channelBindingMissing` for -PLUS without bindings.
    package init(
        mechanism: SASLMechanism, hostName: String,
        channelBindings: [ChannelBinding: [UInt8]] = [:], nonce: (UInt64, UInt64)? = nil,
        scramNonce: String? = nil
    ) throws(SASLError) {
        try SASLText.check(hostName: hostName)
        if mechanism.provesServer {
            scram = try SCRAMServer(mechanism, bindings: channelBindings, nonce: scramNonce)
        }
        let nonce = nonce ?? (Self.randomNumber(), Self.randomNumber())
        self.mechanism = mechanism
        challenge = "<\(nonce.0).\(nonce.1)@\(hostName)>"
    }

    /// Starts the exchange of a client that sent no initial response.
    package mutating func start() throws(SASLError) -> Step {
        guard case .ready = state else { return try refuse(.unexpected(mechanism)) }
        switch mechanism {
        case .login:
            state = .nameAwaited
            return .challenge(Base64.encode(Array("Username:".utf8).span))
        case .cramMD5:
            let challenge = Array(challenge.utf8)
            state = .digestAwaited(challenge: challenge)
            return .challenge(Base64.encode(challenge.span))
        default:
            state = .messageAwaited
            return .challenge([])
        }
    }

    /// Starts the exchange with an initial response, where `=` stands for an empty one.
    ///
    /// - Throws: `.unexpected` for CRAM-MD5, where the server speaks first, and as `receive`.
    package mutating func start(
        initialResponse response: Span<UInt8>
    ) throws(SASLError) -> Step {
        guard case .ready = state else { return try refuse(.unexpected(mechanism)) }
        switch mechanism {
        case .login: state = .nameAwaited
        case .cramMD5: return try refuse(.unexpected(mechanism))
        default: state = .messageAwaited
        }
        guard response.count == 1, response[0] == UInt8(ascii: "=") else {
            return try receive(base64: response)
        }
        let none: [UInt8] = []
        return try receive(base64: none.span)
    }

    /// Takes the client's answer, given as it was on the wire without its line end.
    ///
    /// - Throws: `.cancelled` for `*`, `.lineTooLong`, `.notBase64`, `.malformed`, `.unexpected`,
    ///   `.empty`, `.tooLong`, `.forbiddenCharacter`, `.secureMemory`; of SCRAM also
    ///   `.mandatoryExtension`, `.nonceMismatch`, `.channelBindingRefused`.
    package mutating func receive(base64 line: Span<UInt8>) throws(SASLError) -> Step {
        let state = state
        self.state = .finished
        if line.count == 1, line[0] == UInt8(ascii: "*") { throw .cancelled }
        switch state {
        case .proofAwaited(let identity):
            return try judge(try SASLText.decodeOpenly(line), of: identity)
        case .consentAwaited(let identity):
            guard line.isEmpty else { throw .malformed(mechanism) }
            return .authenticated(identity)
        case .resignationAwaited:
            // Clients say nothing, or what stands for it (RFC 7628 §3.2.3: ^A).
            return .refuse
        case .ready, .recordAwaited, .tokenJudged, .finished:
            throw .unexpected(mechanism)
        default: break
        }
        let answer = try SASLText.decode(line)
        switch state {
        case .nameAwaited:
            let username = try answer.withSpan { (span) throws(SASLError) in
                try SASLText.name(span, .username, of: .login)
            }
            self.state = .passwordAwaited(username: username)
            return .challenge(Base64.encode(Array("Password:".utf8).span))
        case .passwordAwaited(let username):
            try answer.withSpan { (span) throws(SASLError) in try SASLText.check(password: span) }
            return .verify(
                SASLCredentials(
                    mechanism: .login, username: username, authorizationID: "",
                    proof: .password(answer)))
        case .digestAwaited(let challenge):
            return .verify(try PasswordMessage.readCRAMMD5(answer, challenge: challenge))
        case .messageAwaited:
            return try take(answer)
        default:
            throw .unexpected(mechanism)
        }
    }

    /// Goes on with the record of the user that `lookUp` named.
    ///
    /// - Throws: `.unexpected` when none was asked for, `.malformed` for another mechanism's.
    package mutating func provide(_ record: SCRAMRecord) throws(SASLError) -> Step {
        guard case .recordAwaited(let identity) = state else {
            return try refuse(.unexpected(mechanism))
        }
        state = .finished
        guard let first = try scram?.first(record) else { throw .unexpected(mechanism) }
        state = .proofAwaited(identity)
        return .challenge(Base64.encode(first.span))
    }

    /// The challenge with which a token is refused, `nil` where a refusal has none; when the
    /// client has answered it, `receive` says `refuse`.
    package mutating func rejection() -> [UInt8]? {
        guard case .tokenJudged = state else { return nil }
        state = .resignationAwaited
        return Base64.encode(TokenRefusal.text(of: mechanism).span)
    }

    /// Reads a mechanism's one message, or SCRAM's first.
    private mutating func take(_ answer: borrowing SecretBytes) throws(SASLError) -> Step {
        switch mechanism {
        case .plain:
            return .verify(try PasswordMessage.readPlain(answer))
        case .xoauth2, .oauthBearer:
            let credentials = try TokenMessage.read(answer, of: mechanism)
            state = .tokenJudged
            return .verify(credentials)
        case .external:
            return .certificate(
                authorizationID: try answer.withSpan { (span) throws(SASLError) in
                    try SASLText.name(span, .authorizationID, of: .external, mayBeEmpty: true)
                })
        case .login, .cramMD5:
            throw .unexpected(mechanism)
        case .scramSHA1, .scramSHA1Plus, .scramSHA256, .scramSHA256Plus, .scramSHA512,
            .scramSHA512Plus:
            let message = answer.withSpan { span in span.indices.map { span[$0] } }
            guard let identity = try scram?.receiveFirst(message) else {
                throw .unexpected(mechanism)
            }
            state = .recordAwaited(identity)
            return .lookUp(identity)
        }
    }

    private mutating func judge(
        _ message: [UInt8], of identity: SASLIdentity
    ) throws(SASLError) -> Step {
        guard let proof = try scram?.receiveFinal(message) else { return .refuse }
        state = .consentAwaited(identity)
        return .challenge(Base64.encode(proof.span))
    }

    private mutating func refuse(_ error: SASLError) throws(SASLError) -> Step {
        state = .finished
        throw error
    }

    private static func randomNumber() -> UInt64 {
        Random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
