// Fuzzes addresses, networks and egress policies: special addresses stay closed unless named.
import VaultModel

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    checkBytes(Array(input.prefix(4)))
    checkBytes(Array(input.prefix(16)))
    let text = String(decoding: input, as: UTF8.self)
    if let address = IPAddress(text) {
        precondition(IPAddress(address.description) == address, "an address keeps its value")
    }
    if let network = try? IPNetwork(parsing: text) {
        let address = text.split(separator: "/").first.flatMap { IPAddress(String($0)) }
        precondition(address.map(network.contains) ?? false, "a network holds its own address")
    }
    let parts = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
    if let policy = try? EgressPolicy(
        allow: String(parts[0]), ports: parts.count == 2 ? String(parts[1]) : nil)
    {
        if let ports = policy.ports {
            precondition(ports.allSatisfy { VaultLimits.ports.contains($0) })
        }
        if policy.allowed.isEmpty { checkClosed(policy) }
    }
    return 0
}

/// The addresses that a policy without exceptions must refuse, however they are written.
private func checkClosed(_ policy: EgressPolicy) {
    let closed = [
        "127.0.0.1", "169.254.169.254", "10.1.2.3", "192.168.0.1", "0.0.0.0", "::1", "::",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fd00:ec2::254",
        "64:ff9b::7f00:1", "2002:7f00:1::",
    ]
    for text in closed {
        guard let address = IPAddress(text) else { preconditionFailure("\(text) is an address") }
        precondition(!policy.permits(address, port: 587), "\(text) is closed")
    }
}

private func checkBytes(_ bytes: [UInt8]) {
    guard let address = IPAddress(bytes: bytes) else { return }
    precondition(IPAddress(address.description) == address, "an address keeps its value")
    let isPermitted = EgressPolicy.standard.permits(address, port: 587)
    if let embedded = address.embeddedV4, isPermitted {
        precondition(EgressPolicy.standard.permits(embedded, port: 587), "both addresses count")
    }
    precondition(!EgressPolicy.standard.permits(address, port: 22), "other ports are closed")
}
