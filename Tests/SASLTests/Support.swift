import SASL
import Sodium

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

/// A secret of a text.
func secret(_ text: String) throws(SodiumError) -> SecretBytes {
    try SecretBytes(copying: bytes(text).span)
}

/// What a step of the server says, for comparison.
enum Outcome: Hashable {
    case challenge(String)
    case verify(username: String, authorizationID: String, password: String?)

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
        }
    }
}

/// A server in the middle of an exchange, as a reference that tests can hand around.
final class ServerBox {
    private var server: SASLServer

    init(_ mechanism: SASLMechanism, nonce: (UInt64, UInt64) = (1, 2)) throws(SASLError) {
        server = try SASLServer(mechanism: mechanism, hostName: "mail.example.com", nonce: nonce)
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
}

/// A client in the middle of an exchange, as a reference that tests can hand around.
final class ClientBox {
    private var client: SASLClient

    init(
        _ mechanism: SASLMechanism, _ username: String, _ password: String,
        authorizationID: String = ""
    ) throws {
        client = try SASLClient(
            mechanism: mechanism, username: username, authorizationID: authorizationID,
            password: secret(password))
    }

    var holdsPassword: Bool { client.holdsPassword }
    var isFinished: Bool { client.isFinished }

    func initialResponse() throws(SASLError) -> String? {
        guard let response = try client.initialResponse() else { return nil }
        return text(response)
    }

    func respond(_ challenge: String) throws(SASLError) -> String {
        text(try client.respond(toBase64: bytes(challenge).span))
    }
}
