// Fuzzes answers of name servers: bounded texts, an error, or somebody else's.
import DNS

private let question = TextQuestion("_dmarc.example.org", id: 0x1234)

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, let question else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    check(input, question)
    // The same with the right number, response bit and question in front.
    var header: [UInt8] = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, input.first ?? 0, 0, 0, 0, 0]
    header += question.message(withEDNS: false)[12...]
    check(header + input.dropFirst(), question)
    if let other = TextQuestion(String(decoding: input, as: UTF8.self), id: 1) {
        precondition(other.message(withEDNS: true).count <= 12 + 255 + 4 + 11)
    }
    return 0
}

private func check(_ message: [UInt8], _ question: TextQuestion) {
    guard case .texts(let texts)? = try? TextAnswer(message, to: question) else { return }
    precondition(texts.count <= DNSLimits.texts)
    for text in texts { precondition(text.count <= min(DNSLimits.text, message.count)) }
}
