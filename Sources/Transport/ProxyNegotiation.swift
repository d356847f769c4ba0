internal import Sodium

/// What the driver of a negotiation with a proxy does next.
enum ProxyStep: Equatable {
    /// Read, then call `receive`.
    case wait
    /// Write these bytes, which hold no secret, then read.
    case send([UInt8])
    /// Write what `credentials` makes, then read.
    case sendCredentials
    /// The proxy has connected; these bytes already belong to the session.
    case established(rest: [UInt8])
}

/// Why a negotiation ended.
enum ProxyRefusal: Error, Equatable {
    /// The proxy cannot reach the address; another one may do.
    case address(String)
    /// The proxy does not help at all.
    case proxy(String)
    /// The time allowed is over.
    case timedOut
}

/// One request to a proxy, without socket or clock; input may be split anywhere.
protocol ProxyNegotiation {
    /// The first step.
    mutating func begin() -> ProxyStep
    /// Takes what the proxy sent.
    mutating func receive(_ bytes: [UInt8]) throws(ProxyRefusal) -> ProxyStep
    /// The message that holds the password.
    func credentials(
        _ username: String, _ password: borrowing SecretBytes
    ) throws(SodiumError) -> SecretBytes
}
