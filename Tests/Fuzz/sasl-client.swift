// Fuzzes the client's half of AUTH: any challenges end in answers or an error, never in a trap,
// and never in a server that has proved something.
//
// The first byte chooses the mechanism (0x3f), whether the challenges after it are still to be
// encoded (0x40) and whether the first answer goes with the command (0x80).
import SASL
import Sodium
import TLS

/// Keys of a password that nobody knows, for each mechanism of SCRAM.
private let keys: [SASLMechanism: SCRAMKeys] = {
    do {
        try SodiumRuntime.start(allowSwap: true)
        var keys: [SASLMechanism: SCRAMKeys] = [:]
        for mechanism in SASLMechanism.allCases where mechanism.provesServer {
            let text = Base64.encode(Random.bytes(32).span)
            keys[mechanism] = try SCRAMDerivation(
                mechanism, password: SecretBytes(copying: text.span), salt: [1],
                iterations: SASLLimits.iterations.lowerBound
            ).run()
        }
        return keys
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count >= 1, !keys.isEmpty else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let mechanisms = SASLMechanism.allCases
    let mechanism = mechanisms[Int(input[0] & 0x3f) % mechanisms.count]
    let challenges = input[1...].split(
        separator: UInt8(ascii: "\n"), maxSplits: 8, omittingEmptySubsequences: false
    ).map { input[0] & 0x40 == 0 ? Array($0) : Base64.encode(Array($0).span) }
    do {
        var client = try makeClient(mechanism)
        try? exchange(&client, challenges, sendsInitialResponse: input[0] & 0x80 != 0)
        precondition(!client.hasVerifiedServer, "nobody knows the password")
        precondition(client.isServerProofMissing == mechanism.provesServer)
        if let status = client.status {
            precondition((1...SASLLimits.statusBytes).contains(status.utf8.count))
            precondition(status.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        }
    } catch {
        preconditionFailure("the client cannot be made: \(error)")
    }
    return 0
}

private func makeClient(_ mechanism: SASLMechanism) throws -> SASLClient {
    guard mechanism != .external else { return try SASLClient(externalAs: "") }
    let password = Array("secret".utf8)
    return try SASLClient(
        mechanism: mechanism, username: "u=s,r", password: SecretBytes(copying: password.span),
        host: "fuzz.example", port: 25,
        channelBinding: mechanism.needsChannelBinding
            ? .bound(.tlsExporter, data: [1, 2, 3]) : .notOffered,
        nonce: "abc")
}

private func exchange(
    _ client: inout SASLClient, _ challenges: [[UInt8]], sendsInitialResponse: Bool
) throws {
    if sendsInitialResponse { check(try client.initialResponse()) }
    for challenge in challenges {
        switch try client.respond(toBase64: challenge.span) {
        case .answer(let answer): check(answer)
        case .derive(let derivation):
            precondition(SASLLimits.iterations.contains(derivation.iterations))
            guard let keys = keys[client.mechanism] else { return }
            check(try client.resume(with: keys))
        }
    }
}

/// An answer fits a line.
private func check(_ answer: consuming SecretBytes?) {
    guard let answer else { return }
    precondition(answer.count <= SASLLimits.lineBytes)
}
