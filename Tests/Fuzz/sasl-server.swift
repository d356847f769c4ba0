// Fuzzes the server's half of AUTH: any lines end in credentials or an error, never in a trap.
//
// The first byte chooses the mechanism (0x3f), whether the lines after it are still to be encoded
// (0x40) and whether the first of them comes with the command (0x80).
import SASL
import Sodium
import TLS

private let secret: SecretBytes = {
    do {
        try SodiumRuntime.start(allowSwap: true)
        return try SecretBytes(random: 16)
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count >= 1 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    _ = secret.count
    let mechanisms = SASLMechanism.allCases
    let mechanism = mechanisms[Int(input[0] & 0x3f) % mechanisms.count]
    let lines = input[1...].split(
        separator: UInt8(ascii: "\n"), maxSplits: 8, omittingEmptySubsequences: false
    ).map { input[0] & 0x40 == 0 ? Array($0) : Base64.encode(Array($0).span) }
    try? exchange(mechanism, lines, hasInitialResponse: input[0] & 0x80 != 0)
    return 0
}

private func exchange(
    _ mechanism: SASLMechanism, _ lines: [[UInt8]], hasInitialResponse: Bool
) throws {
    let bindings: [ChannelBinding: [UInt8]] =
        mechanism.needsChannelBinding ? [.tlsExporter: [1, 2, 3]] : [:]
    var server = try SASLServer(
        mechanism: mechanism, hostName: "fuzz.example", channelBindings: bindings,
        scramNonce: "123")
    var rest = lines[...]
    if hasInitialResponse {
        guard let first = rest.popFirst() else { return }
        let step = try server.start(initialResponse: first.span)
        guard try goesOn(step, &server) else { return }
    } else {
        let step = try server.start()
        guard try goesOn(step, &server) else { return }
    }
    while let line = rest.popFirst() {
        let step = try server.receive(base64: line.span)
        guard try goesOn(step, &server) else { return }
    }
}

/// Whether the exchange waits for another line; nobody knows the random password.
private func goesOn(
    _ step: consuming SASLServer.Step, _ server: inout SASLServer
) throws -> Bool {
    switch consume step {
    case .challenge: return true
    case .lookUp(let identity):
        precondition((1...SASLLimits.nameBytes).contains(identity.username.utf8.count))
        let record = try SCRAMRecord(
            decoyFor: server.mechanism, salt: [1, 2, 3], iterations: 4_096)
        let next = try server.provide(record)
        return try goesOn(next, &server)
    case .verify(let credentials):
        precondition(!credentials.matches(password: secret), "nobody knows the password")
        precondition(credentials.username.utf8.count <= SASLLimits.nameBytes)
        return server.rejection() != nil
    case .authenticated: preconditionFailure("no password fits a decoy")
    case .certificate(let authorizationID):
        precondition(authorizationID.utf8.count <= SASLLimits.nameBytes)
        return false
    case .refuse: return false
    }
}
