import SASL
import Sodium
import TLS

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// The Base64 of a text.
func base64(_ text: String) -> String {
    String(decoding: Base64.encode(bytes(text).span), as: UTF8.self)
}

/// The text of a Base64.
func plain(_ base64: String) throws -> String {
    String(decoding: try Base64.decode(bytes(base64).span), as: UTF8.self)
}

/// A secret of a text.
func secret(_ text: String) throws(SodiumError) -> SecretBytes {
    try SecretBytes(copying: bytes(text).span)
}

/// Data of a TLS session that was never there.
let sampleBinding = [UInt8](0..<32)

/// What a step of the server says, for comparison.
enum Outcome: Hashable {
    case challenge(String)
    case verify(username: String, authorizationID: String, password: String?)
    case lookUp(SASLIdentity)
    case authenticated(SASLIdentity)
    case certificate(String)
    case refuse

    init(_ step: consuming SASLServer.Step) {
        switch step {
        case .challenge(let text):
            self = .challenge(String(decoding: text, as: UTF8.self))
        case .verify(let credentials):
            self = .verify(
                username: credentials.username, authorizationID: credentials.authorizationID,
                password: credentials.withPassword { span in
                    String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
                })
        case .lookUp(let identity): self = .lookUp(identity)
        case .authenticated(let identity): self = .authenticated(identity)
        case .certificate(let authorizationID): self = .certificate(authorizationID)
        case .refuse: self = .refuse
        }
    }
}

/// A server in the middle of an exchange, as a reference that tests can hand around.
final class ServerBox {
    private var server: SASLServer

    init(
        _ mechanism: SASLMechanism, nonce: (UInt64, UInt64) = (1, 2), scramNonce: String? = nil,
        bindings: [ChannelBinding: [UInt8]]? = nil
    ) throws(SASLError) {
        let usual: [ChannelBinding: [UInt8]] =
            mechanism.needsChannelBinding ? [.tlsExporter: sampleBinding] : [:]
        server = try SASLServer(
            mechanism: mechanism, hostName: "mail.example.com",
            channelBindings: bindings ?? usual, nonce: nonce, scramNonce: scramNonce)
    }

    func start() throws(SASLError) -> Outcome { Outcome(try server.start()) }

    func start(_ response: String) throws(SASLError) -> Outcome {
        Outcome(try server.start(initialResponse: bytes(response).span))
    }

    func receive(_ line: String) throws(SASLError) -> Outcome {
        Outcome(try server.receive(base64: bytes(line).span))
    }

    func receive(_ line: [UInt8]) throws(SASLError) -> Outcome {
        Outcome(try server.receive(base64: line.span))
    }

    /// Gives the server what it needs to know of a user with this password.
    func provide(
        _ password: String, salt: [UInt8] = [1, 2, 3, 4], iterations: Int = 4_096
    ) throws -> Outcome {
        let keys = try SCRAMDerivation(
            server.mechanism, password: try secret(password), salt: salt, iterations: iterations
        ).run()
        return try provide(SCRAMRecord(salt: salt, iterations: iterations, keys: keys))
    }

    func provide(_ record: SCRAMRecord) throws(SASLError) -> Outcome {
        Outcome(try server.provide(record))
    }

    func rejection() -> String? { server.rejection().map { String(decoding: $0, as: UTF8.self) } }
}

/// A client in the middle of an exchange, as a reference that tests can hand around.
final class ClientBox {
    private var client: SASLClient

    init(
        _ mechanism: SASLMechanism, _ username: String, _ password: String,
        authorizationID: String = "", host: String = "", port: Int = 0,
        channelBinding: SASLChannelBinding? = nil, nonce: String? = nil
    ) throws {
        guard mechanism != .external else {
            client = try SASLClient(externalAs: authorizationID)
            return
        }
        let usual: SASLChannelBinding =
            mechanism.needsChannelBinding
            ? .bound(.tlsExporter, data: sampleBinding) : .unsupported
        client = try SASLClient(
            mechanism: mechanism, username: username, authorizationID: authorizationID,
            password: secret(password), host: host, port: port,
            channelBinding: channelBinding ?? usual, nonce: nonce)
    }

    var holdsPassword: Bool { client.holdsPassword }
    var isFinished: Bool { client.isFinished }
    var hasVerifiedServer: Bool { client.hasVerifiedServer }
    var isServerProofMissing: Bool { client.isServerProofMissing }
    var status: String? { client.status }

    func initialResponse() throws(SASLError) -> String? {
        guard let response = try client.initialResponse() else { return nil }
        return text(response)
    }

    /// The answer to a challenge; what is to be derived is derived at once.
    func respond(_ challenge: String) throws(SASLError) -> String {
        switch try client.respond(toBase64: bytes(challenge).span) {
        case .answer(let answer): text(answer)
        case .derive(let derivation): text(try client.resume(with: try derivation.run()))
        }
    }

    /// What a challenge asks to be derived, `nil` when it asks for nothing.
    func derivation(_ challenge: String) throws(SASLError) -> SCRAMDerivation? {
        switch try client.respond(toBase64: bytes(challenge).span) {
        case .answer: nil
        case .derive(let derivation): derivation
        }
    }

    func resume(_ keys: SCRAMKeys) throws(SASLError) -> String {
        text(try client.resume(with: keys))
    }
}

/// Lets a client and a server talk until the server has come to a verdict.
///
/// - Parameter known: The password that the server knows.
/// - Returns: Whether the client was let in, and whether the client believes the server.
func talk(
    _ client: ClientBox, _ server: ServerBox, known: String, sendsInitialResponse: Bool = true
) throws -> (isAdmitted: Bool, isBelieved: Bool) {
    var outcome: Outcome
    if sendsInitialResponse, let response = try client.initialResponse() {
        outcome = try server.start(response)
    } else {
        outcome = try server.start()
    }
    while true {
        switch outcome {
        case .challenge(let challenge):
            outcome = try server.receive(try client.respond(challenge))
        case .lookUp:
            outcome = try server.provide(known)
        case .verify(_, _, let password):
            if password == known { return (true, !client.isServerProofMissing) }
            guard let reason = server.rejection() else { return (false, false) }
            outcome = .challenge(reason)
        case .authenticated, .certificate:
            return (true, !client.isServerProofMissing)
        case .refuse:
            return (false, !client.isServerProofMissing)
        }
    }
}
