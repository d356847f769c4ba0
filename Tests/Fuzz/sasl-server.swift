// Fuzzes the server's half of AUTH: any lines end in credentials or an error, never in a trap.
import SASL
import Sodium

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
    let mechanism = SASLMechanism.allCases[Int(input[0]) % SASLMechanism.allCases.count]
    let lines = input[1...].split(
        separator: UInt8(ascii: "\n"), maxSplits: 8, omittingEmptySubsequences: false
    ).map { Array($0) }
    try? exchange(mechanism, lines, hasInitialResponse: input[0] & 0x80 != 0)
    return 0
}

private func exchange(
    _ mechanism: SASLMechanism, _ lines: [[UInt8]], hasInitialResponse: Bool
) throws {
    var server = try SASLServer(mechanism: mechanism, hostName: "fuzz.example")
    var rest = lines[...]
    if hasInitialResponse {
        guard let first = rest.popFirst() else { return }
        guard !isVerified(try server.start(initialResponse: first.span)) else { return }
    } else {
        guard !isVerified(try server.start()) else { return }
    }
    while let line = rest.popFirst() {
        if isVerified(try server.receive(base64: line.span)) { return }
    }
}

/// Whether the exchange has come to credentials; nobody knows the random password.
private func isVerified(_ step: consuming SASLServer.Step) -> Bool {
    switch consume step {
    case .challenge: return false
    case .verify(let credentials):
        precondition(!credentials.matches(password: secret), "nobody knows the password")
        precondition(credentials.username.utf8.count <= SASLLimits.nameBytes)
        return true
    }
}
