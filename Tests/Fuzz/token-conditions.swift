// Fuzzes conditions of tokens: what decodes says the same again, and a child that passes for narrower
// may do nothing that its parent may not.
import JSONCoding
import SMTPCore
import VaultModel

/// Runs one input, two conditions as JSON with a NUL between; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    let decoded = parts.compactMap { part in
        try? JSONCoding.decode(TokenConditions.self, from: Array(part))
    }
    for conditions in decoded { checkText(of: conditions) }
    for part in parts { checkParsers(String(decoding: part, as: UTF8.self)) }
    if decoded.count == 2 { compare(parent: decoded[0], child: decoded[1]) }
    return 0
}

private func checkText(of conditions: TokenConditions) {
    guard let text = try? JSONCoding.encode(conditions),
        let again = try? JSONCoding.decode(TokenConditions.self, from: text)
    else { preconditionFailure("conditions do not read back") }
    precondition(again == conditions, "conditions keep their meaning")
    _ = try? conditions.validate()
    var meter = TokenMeter()
    for moment in [0, 1, 1_763_026_200_000, 5] as [Int64] where (try? conditions.validate()) != nil
    {
        _ = meter.count(under: conditions, at: Timestamp(milliseconds: moment))
    }
}

private func checkParsers(_ text: String) {
    if let rate = try? TokenRate(parsing: text) {
        precondition((try? TokenRate(parsing: rate.description)) == rate)
        precondition(rate.contains(rate))
    }
    if let sender = try? SenderPattern(parsing: text) {
        precondition((try? SenderPattern(parsing: sender.description)) == sender)
        precondition(sender.contains(sender))
    }
    if let domain = try? RecipientDomain(parsing: text) {
        precondition((try? RecipientDomain(parsing: domain.text)) == domain)
    }
    if let network = try? IPNetwork(parsing: text) {
        precondition((try? IPNetwork(parsing: network.description)) == network)
        precondition(network.contains(network))
    }
}

private func compare(parent: TokenConditions, child: TokenConditions) {
    guard parent.dimension(exceededBy: child) == nil else { return }
    for name in ["a", "alerts", "B-1"] {
        guard let name = try? ResourceName(name) else { continue }
        for environment in DeploymentEnvironment.allCases {
            let object = AccessObject.connection(name, environment)
            precondition(!child.permit(.send, on: object) || parent.permit(.send, on: object))
        }
    }
    for text in ["a@example.org", "b@example.net"] {
        guard let address = try? SMTPAddress(parsing: text) else { continue }
        precondition(
            child.refusal(ofAuthor: address) != nil || parent.refusal(ofAuthor: address) == nil)
        precondition(
            child.refusal(ofRecipient: address) != nil
                || parent.refusal(ofRecipient: address) == nil)
    }
    for text in ["127.0.0.1", "10.1.2.3", "::1"] {
        guard let address = IPAddress(text) else { continue }
        precondition(!child.permit(bearerAt: [address]) || parent.permit(bearerAt: [address]))
    }
}
