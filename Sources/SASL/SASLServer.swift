private import Sodium

/// The server side of one exchange: answers in, challenges out, no socket.
///
/// What the client sends is decoded into the slab. An error ends the exchange: the caller answers
/// 501 (or 535), and 501 to `.cancelled` (RFC 4954 §4).
package struct SASLServer: ~Copyable, Sendable {
    /// What the caller does next.
    package enum Step: ~Copyable, Sendable {
        /// Send `334 ` and this Base64 text.
        case challenge([UInt8])
        /// Decide on these credentials; the exchange is over.
        case verify(SASLCredentials)
    }

    private enum State {
        case ready
        /// PLAIN waits for its one message.
        case messageAwaited
        case nameAwaited
        case passwordAwaited(username: String)
        case digestAwaited(challenge: [UInt8])
        case finished
    }

    /// The mechanism of this exchange.
    package let mechanism: SASLMechanism
    private let challenge: String
    private var state = State.ready

    /// Makes the server of one exchange.
    ///
    /// - Parameters:
    ///   - hostName: Who challenges; it becomes part of CRAM-MD5's challenge.
    ///   - nonce: Makes each challenge unlike any other; random unless a test says otherwise.
    /// - Throws: `.empty`, `.tooLong` or `.forbiddenCharacter` of the host name.
    package init(
        mechanism: SASLMechanism, hostName: String, nonce: (UInt64, UInt64)? = nil
    ) throws(SASLError) {
        try SASLText.check(hostName: hostName)
        let nonce = nonce ?? (Self.randomNumber(), Self.randomNumber())
        self.mechanism = mechanism
        challenge = "<\(nonce.0).\(nonce.1)@\(hostName)>"
    }

    /// Starts the exchange of a client that sent no initial response.
    package mutating func start() throws(SASLError) -> Step {
        guard case .ready = state else { return try refuse(.unexpected(mechanism)) }
        switch mechanism {
        case .plain:
            state = .messageAwaited
            return .challenge([])
        case .login:
            state = .nameAwaited
            return .challenge(Base64.encode(Array("Username:".utf8).span))
        case .cramMD5:
            let challenge = Array(challenge.utf8)
            state = .digestAwaited(challenge: challenge)
            return .challenge(Base64.encode(challenge.span))
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
        case .plain: state = .messageAwaited
        case .login: state = .nameAwaited
        case .cramMD5: return try refuse(.unexpected(mechanism))
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
    ///   `.empty`, `.tooLong`, `.forbiddenCharacter`, `.secureMemory`.
    package mutating func receive(base64 line: Span<UInt8>) throws(SASLError) -> Step {
        let state = state
        self.state = .finished
        if line.count == 1, line[0] == UInt8(ascii: "*") { throw .cancelled }
        let answer = try SASLText.decode(line)
        switch state {
        case .ready, .finished:
            throw .unexpected(mechanism)
        case .messageAwaited:
            return .verify(try plainCredentials(answer))
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
            return .verify(try cramMD5Credentials(answer, challenge: challenge))
        }
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2).
    private func plainCredentials(
        _ message: borrowing SecretBytes
    ) throws(SASLError) -> SASLCredentials {
        try message.withSpan { (message) throws(SASLError) in
            guard let first = Self.firstIndex(of: 0, in: message, from: 0),
                let second = Self.firstIndex(of: 0, in: message, from: first + 1)
            else { throw .malformed(.plain) }
            let password = message.extracting((second + 1)...)
            try SASLText.check(password: password)
            let authorizationID = try SASLText.name(
                message.extracting(..<first), .authorizationID, of: .plain, mayBeEmpty: true)
            let username = try SASLText.name(
                message.extracting((first + 1)..<second), .username, of: .plain)
            let secret = try SASLText.inSlab { () throws(SodiumError) in
                try SecretBytes(copying: password)
            }
            return SASLCredentials(
                mechanism: .plain, username: username, authorizationID: authorizationID,
                proof: .password(secret))
        }
    }

    /// `user SP digest`; the name may hold spaces, the digest cannot (RFC 2195 §2).
    private func cramMD5Credentials(
        _ answer: borrowing SecretBytes, challenge: [UInt8]
    ) throws(SASLError) -> SASLCredentials {
        let digestDigits = 32
        return try answer.withSpan { (answer) throws(SASLError) in
            let space = answer.count - digestDigits - 1
            guard space > 0, answer[space] == UInt8(ascii: " "),
                let digest = SASLText.bytes(hexadecimal: answer.extracting((space + 1)...))
            else { throw .malformed(.cramMD5) }
            return SASLCredentials(
                mechanism: .cramMD5,
                username: try SASLText.name(answer.extracting(..<space), .username, of: .cramMD5),
                authorizationID: "", proof: .cramMD5(challenge: challenge, digest: digest))
        }
    }

    private mutating func refuse(_ error: SASLError) throws(SASLError) -> Step {
        state = .finished
        throw error
    }

    private static func firstIndex(
        of byte: UInt8, in span: Span<UInt8>, from start: Int
    ) -> Int? {
        for index in start..<span.count where span[index] == byte { return index }
        return nil
    }

    private static func randomNumber() -> UInt64 {
        Random.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
