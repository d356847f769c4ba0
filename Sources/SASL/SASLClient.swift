package import Sodium

/// The client side of one exchange: challenges in, answers out, no socket.
///
/// Answers are Base64 without a line end, in the slab. The secret is wiped as soon as the last
/// answer is made, and on every error; an error ends the exchange, which the caller then cancels
/// on the wire with `*` (RFC 4954 §4). When the server says that all went well,
/// `isServerProofMissing` tells whether it may be believed.
package struct SASLClient: ~Copyable, Sendable {
    /// What the caller does next.
    package enum Step: ~Copyable, Sendable {
        /// Send this line, which may be empty.
        case answer(SecretBytes)
        /// Run this where it may block, and go on with `resume`.
        case derive(SCRAMDerivation)
    }

    private enum State {
        case ready
        /// LOGIN has told the name and waits for the second prompt.
        case nameSent
        /// SCRAM waits for the server's nonce, salt and count.
        case firstSent
        /// SCRAM waits for `resume`.
        case deriving
        /// SCRAM waits for the server's signature.
        case proofSent
        /// A token is sent: a challenge now is a refusal.
        case tokenSent
        case finished
    }

    /// The mechanism of this exchange.
    package let mechanism: SASLMechanism
    private let username: String
    private let authorizationID: String
    private let host: String
    private let port: Int
    private var secret: SecretBytes?
    private var scram: SCRAMClient?
    private var state = State.ready
    /// Whether the server has proved that it knows the password: SCRAM's signature was right.
    package private(set) var hasVerifiedServer = false
    /// The server's word for why it takes no token, `nil` unless it sent one: `SASLLimits.statusBytes`
    /// letters, digits, `_`, `-` and `.` at most.
    package private(set) var status: String?

    /// Checks what will be sent, before anything is.
    ///
    /// - Parameters:
    ///   - mechanism: Any but EXTERNAL, which has an initialiser of its own.
    ///   - username: Who authenticates; UTF-8, without control characters.
    ///   - authorizationID: As whom to act, empty for oneself; for PLAIN, SCRAM and OAUTHBEARER.
    ///   - password: Octets other than NUL, sent as they are; for SCRAM without any control
    ///     character of ASCII; for `takesToken` an access token, printable ASCII.
    ///   - host: The server's name, which OAUTHBEARER repeats if it is not empty.
    ///   - port: The server's port, which OAUTHBEARER repeats if it is not 0.
    ///   - channelBinding: What SCRAM says of the TLS session; `.bound` for -PLUS and no other.
    ///   - nonce: SCRAM's, random unless a test says otherwise.
    /// - Throws: `.empty`, `.forbiddenCharacter`, `.tooLong`, `.authorizationUnsupported`,
    ///   `.channelBindingMissing`; `.unexpected` for EXTERNAL.
    package init(
        mechanism: SASLMechanism, username: String, authorizationID: String = "",
        password: consuming SecretBytes, host: String = "", port: Int = 0,
        channelBinding: SASLChannelBinding = .unsupported, nonce: String? = nil
    ) throws(SASLError) {
        guard mechanism != .external else { throw .unexpected(.external) }
        try SASLText.check(username, .username)
        try SASLText.check(authorizationID, .authorizationID, mayBeEmpty: true)
        guard authorizationID.isEmpty || mechanism.carriesAuthorizationID else {
            throw .authorizationUnsupported(mechanism)
        }
        if !host.isEmpty { try SASLText.check(hostName: host) }
        try password.withSpan { (span) throws(SASLError) in
            if mechanism.takesToken {
                try SASLText.check(token: span)
            } else {
                try SASLText.check(password: span, mayHoldControls: !mechanism.provesServer)
            }
        }
        if mechanism.provesServer {
            scram = try SCRAMClient(
                mechanism, username: username, authorizationID: authorizationID,
                channelBinding: channelBinding, nonce: nonce)
        }
        self.mechanism = mechanism
        self.username = username
        self.authorizationID = authorizationID
        self.host = host
        self.port = port
        secret = consume password
    }

    /// EXTERNAL: the client's certificate has said who it is (RFC 4422 appendix A).
    ///
    /// - Parameter authorizationID: As whom to act; empty for whom the certificate names.
    /// - Throws: `.forbiddenCharacter`, `.tooLong`.
    package init(externalAs authorizationID: String) throws(SASLError) {
        try SASLText.check(authorizationID, .authorizationID, mayBeEmpty: true)
        mechanism = .external
        username = ""
        self.authorizationID = authorizationID
        host = ""
        port = 0
    }

    /// Whether `initialResponse` yields an answer to send with the command.
    package var supportsInitialResponse: Bool { mechanism.supportsInitialResponse }

    /// Whether no further challenge belongs to an exchange that succeeds; the server's verdict is
    /// what follows.
    package var isFinished: Bool { state == .finished || state == .tokenSent }

    /// Whether a server that says "authenticated" must not be believed: it has not shown that it
    /// knows the password (RFC 5802 §5), which an impostor cannot.
    package var isServerProofMissing: Bool { mechanism.provesServer && !hasVerifiedServer }

    /// Whether the password or token is still in the slab and with this exchange.
    package var holdsPassword: Bool {
        switch secret {
        case .some: true
        case .none: false
        }
    }

    /// The answer to send with the command, `=` when it is empty (RFC 4954 §4); `nil` when the
    /// mechanism waits for a challenge.
    ///
    /// A caller may leave it out: the server's empty challenge then asks for the same answer.
    package mutating func initialResponse() throws(SASLError) -> SecretBytes? {
        guard state == .ready, supportsInitialResponse else { return nil }
        let none: [UInt8] = []
        switch try respond(toBase64: none.span) {
        case .derive: throw .unexpected(mechanism)
        case .answer(let answer):
            guard answer.count == 0 else { return answer }
            let sign = [UInt8(ascii: "=")]
            return try SASLText.inSlab { () throws(SodiumError) in
                try SecretBytes(copying: sign.span)
            }
        }
    }

    /// What follows a challenge, given as it was on the wire after `334 `.
    ///
    /// - Throws: `.lineTooLong`, `.notBase64`, `.malformed`, `.unexpected` after the last answer,
    ///   `.secureMemory`; of SCRAM also `.nonceMismatch`, `.tooFewIterations`,
    ///   `.tooManyIterations`, `.mandatoryExtension`, `.refusedByServer`, `.serverNotProven`.
    package mutating func respond(toBase64 challenge: Span<UInt8>) throws(SASLError) -> Step {
        do {
            return try step(after: challenge)
        } catch {
            finish()
            throw error
        }
    }

    /// The answer that follows a derivation.
    ///
    /// - Throws: `.unexpected` when none was asked for, `.malformed` for keys of another mechanism,
    ///   `.secureMemory`.
    package mutating func resume(with keys: SCRAMKeys) throws(SASLError) -> SecretBytes {
        do {
            return try proof(with: keys)
        } catch {
            finish()
            throw error
        }
    }

    private mutating func step(after challenge: Span<UInt8>) throws(SASLError) -> Step {
        guard challenge.count <= SASLLimits.lineBytes else { throw .lineTooLong }
        switch state {
        case .ready:
            return .answer(try firstAnswer(to: challenge))
        case .nameSent:
            return .answer(
                try lastAnswer { (password) throws(SASLError) in try SASLText.encode(password) })
        case .firstSent:
            return .derive(try derivation(for: challenge))
        case .proofSent:
            try scram?.receiveFinal(try SASLText.decodeOpenly(challenge))
            hasVerifiedServer = true
            finish()
            return .answer(try SASLText.emptyAnswer())
        case .tokenSent:
            // Only the verdict that follows the answer ends the command; what the text says is
            // for people.
            status = (try? SASLText.decodeOpenly(challenge)).flatMap(TokenRefusal.status)
            finish()
            let answer: [UInt8] = mechanism == .oauthBearer ? [0x01] : []
            return .answer(try SASLText.encode(answer.span))
        case .deriving, .finished:
            throw .unexpected(mechanism)
        }
    }

    private mutating func firstAnswer(
        to challenge: Span<UInt8>
    ) throws(SASLError) -> SecretBytes {
        switch mechanism {
        case .plain:
            return try plainAnswer()
        case .login:
            // The prompts are not read: servers write all sorts, and the order is what counts.
            state = .nameSent
            return try SASLText.encode(Array(username.utf8).span)
        case .cramMD5:
            return try cramMD5Answer(to: challenge)
        case .xoauth2, .oauthBearer:
            return try tokenAnswer()
        case .external:
            finish()
            return try SASLText.encode(Array(authorizationID.utf8).span)
        case .scramSHA1, .scramSHA1Plus, .scramSHA256, .scramSHA256Plus, .scramSHA512,
            .scramSHA512Plus:
            // The client speaks first: a server that says something has begun something else.
            guard challenge.isEmpty, let first = scram?.first else {
                throw .malformed(mechanism)
            }
            state = .firstSent
            return try SASLText.encode(first.span)
        }
    }

    /// `user SP digest` for a challenge that is not empty.
    private mutating func cramMD5Answer(
        to challenge: Span<UInt8>
    ) throws(SASLError) -> SecretBytes {
        let message = try SASLText.decodeOpenly(challenge)
        guard !message.isEmpty else { throw .malformed(mechanism) }
        let username = username
        return try lastAnswer { (password) throws(SASLError) in
            let answer = PasswordMessage.cramMD5(
                username: username, challenge: message, password: password)
            return try SASLText.encode(answer.span)
        }
    }

    private mutating func plainAnswer() throws(SASLError) -> SecretBytes {
        let (username, authorizationID) = (username, authorizationID)
        return try lastAnswer { (password) throws(SASLError) in
            try SASLText.encode(
                PasswordMessage.plain(
                    username: username, authorizationID: authorizationID, password: password))
        }
    }

    /// The whole of XOAUTH2 and OAUTHBEARER.
    private mutating func tokenAnswer() throws(SASLError) -> SecretBytes {
        let (mechanism, username, host, port) = (mechanism, username, host, port)
        let target = authorizationID.isEmpty ? username : authorizationID
        let answer = try lastAnswer { (token) throws(SASLError) in
            try SASLText.encode(
                mechanism == .xoauth2
                    ? TokenMessage.xoauth2(username: username, token: token)
                    : TokenMessage.oauthBearer(as: target, host: host, port: port, token: token))
        }
        state = .tokenSent
        return answer
    }

    /// Takes SCRAM's first challenge; the password goes along with what is to be derived.
    private mutating func derivation(
        for challenge: Span<UInt8>
    ) throws(SASLError) -> SCRAMDerivation {
        let text = try SASLText.decodeOpenly(challenge)
        guard let terms = try scram?.receiveFirst(text), let password = secret.take() else {
            throw .unexpected(mechanism)
        }
        state = .deriving
        return try SCRAMDerivation(
            mechanism, password: password, salt: terms.salt, iterations: terms.iterations)
    }

    private mutating func proof(with keys: SCRAMKeys) throws(SASLError) -> SecretBytes {
        guard state == .deriving, let answer = try scram?.final(with: keys) else {
            throw .unexpected(mechanism)
        }
        state = .proofSent
        return try SASLText.encode(answer.span)
    }

    /// Makes the last answer out of the secret, which it wipes.
    private mutating func lastAnswer(
        _ body: (borrowing SecretBytes) throws(SASLError) -> SecretBytes
    ) throws(SASLError) -> SecretBytes {
        guard let secret = secret.take() else { throw .unexpected(mechanism) }
        finish()
        return try body(secret)
    }

    private mutating func finish() {
        state = .finished
        secret = nil
        scram = nil
    }
}
