import SASL
import Sodium

extension ScriptedServer {
    /// Runs an exchange with `script.secret`; says whether the client is who it says.
    func exchange(_ peer: Peer, _ words: [String]) async throws -> Bool {
        let mechanism = try require(SASLMechanism(name: words[1]))
        if let parameters = script.scramParameters, words.count > 2 {
            let response = Array(words[2].utf8)
            let first = String(decoding: try Base64.decode(response.span), as: UTF8.self)
            let nonce = try require(first.split(separator: ",").last?.dropFirst(2))
            try await peer.send("334 " + base64("r=\(nonce)x,\(parameters)") + "\r\n")
            _ = try await peer.line()
            return false
        }
        var server = try SASLServer(
            mechanism: mechanism, hostName: "mail.example",
            channelBindings: offersBinding ? try peer.channelBindings : [:])
        var step: SASLServer.Step
        if words.count > 2 {
            let response = Array(words[2].utf8)
            step = try server.start(initialResponse: response.span)
        } else {
            step = try server.start()
        }
        while true {
            switch consume step {
            case .challenge(let text): try await peer.send([51, 51, 52, 32] + text + [13, 10])
            case .lookUp:
                step = try server.provide(try record(for: mechanism))
                continue
            case .authenticated: return true
            case .certificate: return true
            case .refuse: return false
            case .verify(let credentials):
                let secret = Array(script.secret.utf8)
                if credentials.matches(password: try SecretBytes(copying: secret.span)) {
                    return true
                }
                guard let rejection = server.rejection() else { return false }
                try await peer.send([51, 51, 52, 32] + rejection + [13, 10])
            }
            guard let line = try await peer.line() else { throw Peer.Gone() }
            let answer = Array(line.utf8)
            step = try server.receive(base64: answer.span)
        }
    }

    private var offersBinding: Bool {
        script.secureCapabilities.contains { $0.contains("-PLUS") }
    }

    private func record(for mechanism: SASLMechanism) throws -> SCRAMRecord {
        let salt: [UInt8] = Array(1...16)
        let secret = Array(script.secret.utf8)
        let derivation = try SCRAMDerivation(
            mechanism, password: try SecretBytes(copying: secret.span), salt: salt,
            iterations: 4096)
        return SCRAMRecord(salt: salt, iterations: 4096, keys: try derivation.run())
    }

    private func require<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Peer.Gone() }
        return value
    }
}
