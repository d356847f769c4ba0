package import Sodium
private import TLS

/// The client side of one exchange: challenges in, answers out, no socket.
///
/// Answers are Base64 without a line end, in the slab. The password is wiped as soon as the last
/// answer is made, and on every error; an error ends the exchange, which the caller then cancels
/// on the wire with `*` (RFC 4954 §4).
package struct SASLClient: ~Copyable, Sendable {
    private enum State {
        case ready
        /// LOGIN has told the name and waits for the second prompt.
        case nameSent
        case finished
    }

    /// The mechanism of this exchange.
    package let mechanism: SASLMechanism
    private let username: String
    private let authorizationID: String
    private var password: SecretBytes?
    private var state = State.ready

    /// Checks what will be sent, before anything is.
    ///
    /// - Parameters:
    ///   - username: Who authenticates; UTF-8, without control characters.
    ///   - authorizationID: As whom to act; for PLAIN alone, and empty for oneself.
    ///   - password: Octets other than NUL, sent as they are.
    /// - Throws: `.empty`, `.forbiddenCharacter`, `.tooLong`, `.authorizationUnsupported`.
    package init(
        mechanism: SASLMechanism, username: String, authorizationID: String = "",
        password: consuming SecretBytes
    ) throws(SASLError) {
        try SASLText.check(username, .username)
        try SASLText.check(authorizationID, .authorizationID, mayBeEmpty: true)
        guard authorizationID.isEmpty || mechanism == .plain else {
            throw .authorizationUnsupported(mechanism)
        }
        try password.withSpan { (span) throws(SASLError) in try SASLText.check(password: span) }
        self.mechanism = mechanism
        self.username = username
        self.authorizationID = authorizationID
        self.password = consume password
    }

    /// Whether `initialResponse` yields an answer to send with the command.
    package var supportsInitialResponse: Bool { mechanism.supportsInitialResponse }

    /// Whether the last answer is made; the server's verdict is what follows.
    package var isFinished: Bool { state == .finished }

    /// Whether the password is still in the slab.
    package var holdsPassword: Bool {
        switch password {
        case .some: true
        case .none: false
        }
    }

    /// The answer to send with the command, `nil` when the mechanism waits for a challenge.
    ///
    /// A caller may leave it out: the server's empty challenge then asks for the same answer.
    package mutating func initialResponse() throws(SASLError) -> SecretBytes? {
        guard state == .ready, supportsInitialResponse else { return nil }
        let none: [UInt8] = []
        return try respond(toBase64: none.span)
    }

    /// The answer to a challenge, given as it was on the wire after `334 `.
    ///
    /// - Throws: `.lineTooLong`, `.notBase64`, `.malformed`, `.unexpected` after the last answer,
    ///   `.secureMemory`.
    package mutating func respond(
        toBase64 challenge: Span<UInt8>
    ) throws(SASLError) -> SecretBytes {
        do {
            return try answer(to: challenge)
        } catch {
            finish()
            throw error
        }
    }

    private mutating func answer(to challenge: Span<UInt8>) throws(SASLError) -> SecretBytes {
        guard challenge.count <= SASLLimits.lineBytes else { throw .lineTooLong }
        switch (mechanism, state) {
        case (_, .finished):
            throw .unexpected(mechanism)
        case (.plain, _):
            return try plainAnswer()
        case (.login, .ready):
            // The prompts are not read: servers write all sorts, and the order is what counts.
            state = .nameSent
            return try SASLText.encode(Array(username.utf8).span)
        case (.login, .nameSent):
            return try lastAnswer { (password) throws(SASLError) in
                try password.withSpan { (password) throws(SASLError) in
                    try SASLText.encode(password)
                }
            }
        case (.cramMD5, _):
            return try cramMD5Answer(to: challenge)
        }
    }

    /// `message = [authzid] UTF8NUL authcid UTF8NUL passwd` (RFC 4616 §2).
    private mutating func plainAnswer() throws(SASLError) -> SecretBytes {
        let names = Array(authorizationID.utf8) + [0] + Array(username.utf8) + [0]
        return try lastAnswer { (password) throws(SASLError) in
            let message = try SASLText.inSlab { () throws(SodiumError) in
                try password.prepending(names.span)
            }
            return try message.withSpan { (message) throws(SASLError) in
                try SASLText.encode(message)
            }
        }
    }

    /// `user SP digest`, the digest HMAC-MD5 of the challenge in hexadecimal (RFC 2195 §2).
    private mutating func cramMD5Answer(
        to challenge: Span<UInt8>
    ) throws(SASLError) -> SecretBytes {
        let message = try SASLText.decode(challenge)
        guard message.count > 0 else { throw .malformed(mechanism) }
        let name = Array(username.utf8) + [UInt8(ascii: " ")]
        return try lastAnswer { (password) throws(SASLError) in
            let digest = password.withSpan { key in
                message.withSpan { HMAC.md5(key: key, message: $0) }
            }
            return try SASLText.encode((name + SASLText.hexadecimal(digest)).span)
        }
    }

    /// Makes the last answer out of the password, which it wipes.
    private mutating func lastAnswer(
        _ body: (borrowing SecretBytes) throws(SASLError) -> SecretBytes
    ) throws(SASLError) -> SecretBytes {
        guard let password = password.take() else { throw .unexpected(mechanism) }
        finish()
        return try body(password)
    }

    private mutating func finish() {
        state = .finished
        password = nil
    }
}
