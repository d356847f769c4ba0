import SASL
import Sodium
import TLS
import Testing

@Suite("SCRAM's client")
struct SCRAMClientTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("SCRAM says what published exchanges say", arguments: SCRAMVector.all)
    func vectors(_ vector: SCRAMVector) throws {
        let client = try vector.makeClient()
        #expect(try client.initialResponse() == base64(vector.clientFirst))
        #expect(client.holdsPassword)
        #expect(client.isServerProofMissing)
        let derivation = try #require(try client.derivation(base64(vector.serverFirst)))
        #expect(derivation.iterations == vector.iterations)
        // The password goes with what is to be derived.
        #expect(!client.holdsPassword)
        #expect(try client.resume(try derivation.run()) == base64(vector.clientFinal))
        #expect(!client.isFinished)
        #expect(client.isServerProofMissing)
        #expect(try client.respond(base64(vector.serverFinal)) == "")
        #expect(client.isFinished)
        #expect(client.hasVerifiedServer)
        #expect(!client.isServerProofMissing)
        #expect(throws: SASLError.unexpected(vector.mechanism)) { try client.respond("") }
    }

    @Test("The first message goes out on an empty challenge as well, and on no other")
    func withoutInitialResponse() throws {
        let vector = SCRAMVector.rfc5802
        #expect(try vector.makeClient().respond("") == base64(vector.clientFirst))
        let client = try vector.makeClient()
        #expect(throws: SASLError.malformed(.scramSHA1)) { try client.respond("QQ==") }
        #expect(!client.holdsPassword)
    }

    @Test("No part of the server's first message is taken for the whole")
    func firstPrefixes() throws {
        for vector in SCRAMVector.all {
            for count in 0..<vector.serverFirst.utf8.count
            where vector.iterations == 4_096 || !vector.serverFirst.prefix(count).hasSuffix("i=1") {
                let client = try vector.makeClient()
                _ = try client.initialResponse()
                #expect(throws: SASLError.self) {
                    try client.derivation(base64(String(vector.serverFirst.prefix(count))))
                }
                #expect(!client.holdsPassword)
            }
        }
    }

    @Test(
        "A first message of the server that breaks a rule ends the exchange",
        arguments: [
            ("r=abcDEF123,s=AQI=,i=4095", SASLError.tooFewIterations(4_095, minimum: 4_096)),
            ("r=abcDEF123,s=AQI=,i=1", .tooFewIterations(1, minimum: 4_096)),
            ("r=abcDEF123,s=AQI=,i=1000001", .tooManyIterations(maximum: 1_000_000)),
            (
                "r=abcDEF123,s=AQI=,i=99999999999999999999999999",
                .tooManyIterations(maximum: 1_000_000)
            ),
            ("r=abcDEF123,s=AQI=,i=04096", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=0", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=-4096", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=4096 ", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=", .malformed(.scramSHA256)),
            ("r=abcDEF,s=AQI=,i=4096", .nonceMismatch),
            ("r=abcDEG123,s=AQI=,i=4096", .nonceMismatch),
            ("r=123abcDEF,s=AQI=,i=4096", .nonceMismatch),
            ("r=abcDEF1 3,s=AQI=,i=4096", .malformed(.scramSHA256)),
            ("r=abcDEF12\u{7f},s=AQI=,i=4096", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=,i=4096", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI,i=4096", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=A\0I=,i=4096", .malformed(.scramSHA256)),
            ("s=AQI=,r=abcDEF123,i=4096", .malformed(.scramSHA256)),
            ("r=abcDEF123,i=4096", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=4096,", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=4096,i=5000", .malformed(.scramSHA256)),
            ("r=abcDEF123,s=AQI=,i=4096,1=x", .malformed(.scramSHA256)),
            ("m=x,r=abcDEF123,s=AQI=,i=4096", .mandatoryExtension),
            ("r=abcDEF123,s=AQI=,i=4096,m=x", .mandatoryExtension),
            ("e=unknown-user", .malformed(.scramSHA256)), ("", .malformed(.scramSHA256)),
            ("v=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679m0=", .malformed(.scramSHA256)),
        ])
    func firstRefusals(_ message: String, _ error: SASLError) throws {
        let client = try SCRAMVector.notOffered.makeClient()
        _ = try client.initialResponse()
        #expect(throws: error) { try client.derivation(base64(message)) }
        #expect(!client.holdsPassword)
        #expect(throws: SASLError.unexpected(.scramSHA256)) {
            try client.respond(base64(SCRAMVector.notOffered.serverFirst))
        }
    }

    @Test("The counts at the bounds are taken, and extensions that nobody must know passed over")
    func bounds() throws {
        for (count, rest) in [(4_096, ""), (1_000_000, ""), (4_096, ",x=1,y=2=3")] {
            let client = try SCRAMVector.notOffered.makeClient()
            _ = try client.initialResponse()
            let challenge = base64("r=abcDEF123,s=AQI=,i=\(count)\(rest)")
            #expect(try client.derivation(challenge)?.iterations == count)
        }
        let letters = "bcdfghjklnopqtuvwxyz"
        for (count, isTaken) in [
            (SASLLimits.attributes - 3, true), (SASLLimits.attributes - 2, false),
        ] {
            let client = try SCRAMVector.notOffered.makeClient()
            _ = try client.initialResponse()
            let extensions = letters.prefix(count).map { ",\($0)=1" }.joined()
            let derivation = try? client.derivation(
                base64("r=abcDEF123,s=AQI=,i=4096\(extensions)"))
            #expect((derivation != nil) == isTaken)
        }
    }

    @Test(
        "The longest nonce and salt are taken, longer ones are not",
        arguments: [(1_024, 1_024, true), (1_025, 16, false), (16, 1_025, false)])
    func lengths(_ nonce: Int, _ salt: Int, _ isTaken: Bool) throws {
        let client = try SCRAMVector.notOffered.makeClient()
        _ = try client.initialResponse()
        let nonceText = "abcDEF" + String(repeating: "x", count: nonce - 6)
        let saltText = base64(String(repeating: "s", count: salt))
        let derivation = try? client.derivation(base64("r=\(nonceText),s=\(saltText),i=4096"))
        #expect((derivation != nil) == isTaken)
    }

    @Test(
        "A server that does not prove that it knows the password is not believed",
        arguments: [
            ("v=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679m1=", SASLError.malformed(.scramSHA256)),
            ("v=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679mw=", .serverNotProven),
            ("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", .serverNotProven),
            ("v=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679g==", .serverNotProven),
            ("v=", .malformed(.scramSHA256)), ("", .malformed(.scramSHA256)),
            ("x=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679m0=", .malformed(.scramSHA256)),
            ("e=invalid-proof", .refusedByServer(.invalidProof)),
            ("e=channel-bindings-dont-match", .refusedByServer(.channelBindingsDontMatch)),
            ("e=<script>", .refusedByServer(.otherError)),
            ("m=x,v=QEf674RNQ7BJFu5TkB6w1LVIXwVhiKLzsc8ziv679m0=", .mandatoryExtension),
        ])
    func finalRefusals(_ message: String, _ error: SASLError) throws {
        let vector = SCRAMVector.notOffered
        let client = try vector.makeClient()
        _ = try client.initialResponse()
        _ = try client.respond(base64(vector.serverFirst))
        #expect(throws: error) { try client.respond(base64(message)) }
        #expect(client.isServerProofMissing)
        #expect(throws: SASLError.unexpected(.scramSHA256)) {
            try client.respond(base64(vector.serverFinal))
        }
        #expect(client.isServerProofMissing)
    }

    @Test("No part and no one-bit change of the server's last message proves anything")
    func finalChanges() throws {
        let vector = SCRAMVector.rfc5802
        let original = bytes(vector.serverFinal)
        var changes = (0..<original.count).map { Array(original[..<$0]) }
        for bit in 0..<original.count * 8 {
            var changed = original
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            changes.append(changed)
        }
        let template = try vector.makeClient()
        _ = try template.initialResponse()
        let keys = try #require(try template.derivation(base64(vector.serverFirst))).run()
        for change in changes {
            let client = try vector.makeClient()
            _ = try client.initialResponse()
            _ = try client.derivation(base64(vector.serverFirst))
            _ = try client.resume(keys)
            let line = String(decoding: Base64.encode(change.span), as: UTF8.self)
            #expect(throws: SASLError.self) { try client.respond(line) }
            #expect(client.isServerProofMissing)
        }
    }

    @Test("A signature is for one exchange alone: the same nonce of the server changes nothing")
    func replay() throws {
        let vector = SCRAMVector.rfc7677
        let client = try ClientBox(.scramSHA256, "user", "pencil", nonce: "anotherNonce")
        _ = try client.initialResponse()
        #expect(throws: SASLError.nonceMismatch) {
            try client.derivation(base64(vector.serverFirst))
        }
        let next = try ClientBox(.scramSHA256, "user", "pencil", nonce: "anotherNonce")
        _ = try next.initialResponse()
        _ = try next.respond(base64("r=anotherNonce\(vector.serverNonce),s=AQI=,i=4096"))
        #expect(throws: SASLError.serverNotProven) {
            try next.respond(base64(vector.serverFinal))
        }
    }

    @Test("Nonces do not repeat")
    func nonces() throws {
        var seen: Set<String> = []
        for _ in 0..<1_000 {
            let response = try ClientBox(.scramSHA256, "u", "p").initialResponse()
            seen.insert(try #require(response))
        }
        #expect(seen.count == 1_000)
    }

    @Test("-PLUS needs data of the session, and the others must not have any")
    func binding() throws {
        let bound = SASLChannelBinding.bound(.tlsExporter, data: sampleBinding)
        for (mechanism, binding) in [
            (SASLMechanism.scramSHA256Plus, SASLChannelBinding.unsupported),
            (.scramSHA256Plus, .notOffered), (.scramSHA256, bound),
            (.scramSHA1Plus, .bound(.tlsExporter, data: [])),
        ] {
            #expect(throws: SASLError.channelBindingMissing(mechanism)) {
                _ = try ClientBox(mechanism, "u", "p", channelBinding: binding)
            }
        }
    }

    @Test("A derivation is asked for once, and its keys fit one hash function")
    func derivations() throws {
        let vector = SCRAMVector.rfc7677
        let foreign = try SCRAMDerivation(
            .scramSHA1, password: try secret("pencil"), salt: [1], iterations: 4_096
        ).run()
        let client = try vector.makeClient()
        _ = try client.initialResponse()
        #expect(throws: SASLError.unexpected(.scramSHA256)) { try client.resume(foreign) }
        let other = try vector.makeClient()
        _ = try other.initialResponse()
        _ = try other.derivation(base64(vector.serverFirst))
        #expect(throws: SASLError.malformed(.scramSHA256)) { try other.resume(foreign) }
        let impatient = try vector.makeClient()
        _ = try impatient.initialResponse()
        _ = try impatient.derivation(base64(vector.serverFirst))
        #expect(throws: SASLError.unexpected(.scramSHA256)) {
            try impatient.respond(base64(vector.serverFinal))
        }
    }

    @Test(
        "A derivation has bounds of its own",
        arguments: [
            (SASLMechanism.scramSHA1, 4_095, 1, SASLError.tooFewIterations(4_095, minimum: 4_096)),
            (.scramSHA1, 1_000_001, 1, .tooManyIterations(maximum: 1_000_000)),
            (.scramSHA1, 4_096, 0, .malformed(.scramSHA1)),
            (.scramSHA1, 4_096, 1_025, .malformed(.scramSHA1)),
            (.plain, 4_096, 1, .malformed(.plain)),
        ])
    func derivationBounds(
        _ mechanism: SASLMechanism, _ iterations: Int, _ salt: Int, _ error: SASLError
    ) {
        #expect(throws: error) {
            _ = try SCRAMDerivation(
                mechanism, password: try secret("p"), salt: [UInt8](repeating: 1, count: salt),
                iterations: iterations)
        }
    }

    @Test("A password with a control character, and a name too long with its escapes, are refused")
    func preparation() {
        #expect(throws: SASLError.forbiddenCharacter(.password)) {
            _ = try ClientBox(.scramSHA256, "u", "a\tb")
        }
        #expect(throws: SASLError.tooLong(.username, limitBytes: 1_024)) {
            _ = try ClientBox(.scramSHA256, String(repeating: "=", count: 342), "p")
        }
        #expect(throws: Never.self) {
            _ = try ClientBox(.scramSHA256, String(repeating: "=", count: 341), "p")
        }
    }

    @Test("Keys and derivations print as their type's name alone")
    func redaction() throws {
        let derivation = try SCRAMDerivation(
            .scramSHA1, password: try secret("pencil"), salt: [1], iterations: 4_096)
        #expect("\(derivation)" == "SCRAMDerivation(redacted)")
        #expect("\(try derivation.run())" == "SCRAMKeys(redacted)")
    }

    @Test("Ten thousand random challenges end in an answer or an error, never in a trap or a proof")
    func randomChallenges() throws {
        for round in 0..<10_000 {
            let mechanism = SASLMechanism.allCases[round % SASLMechanism.allCases.count]
            let client = try ClientBox(mechanism, "tim", "secret", nonce: "abcDEF")
            if round.isMultiple(of: 3) { _ = try client.initialResponse() }
            for _ in 0..<3 {
                let random = Random.bytes(Int(Random.uniform(below: 60)))
                let line = round.isMultiple(of: 2) ? random : Base64.encode(random.span)
                _ = try? client.derivation(String(decoding: line, as: UTF8.self))
            }
            #expect(!client.hasVerifiedServer)
        }
    }
}
