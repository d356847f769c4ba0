// Fuzzes the reply parser and the client machine of POP3: bytes of a hostile server in any pieces.
import POP3Core

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count >= 2 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let piece = Int(input[0] % 32) + 1
    let body = Array(input[2...])
    for isMultiLine in [false, true] { parse(body, piece, isMultiLine) }
    drive(body, piece, choice: input[1])
    return 0
}

/// A split may change nothing that the parser says.
private func parse(_ input: [UInt8], _ piece: Int, _ isMultiLine: Bool) {
    var whole = POP3ReplyParser()
    whole.append(input.span)
    var expected: [POP3ReplyParser.Answer] = []
    while let answer = try? whole.next(isMultiLine: isMultiLine) { expected.append(answer) }
    var pieces = POP3ReplyParser()
    var found: [POP3ReplyParser.Answer] = []
    for start in stride(from: 0, to: input.count, by: piece) {
        let chunk = Array(input[start..<min(start + piece, input.count)])
        pieces.append(chunk.span)
        while let answer = try? pieces.next(isMultiLine: isMultiLine) { found.append(answer) }
    }
    precondition(expected == found, "a split changed the answers")
    for answer in found {
        precondition(answer.lines.count <= POP3Limits.replyLines, "an answer is too long")
        precondition(POP3Capabilities(answer.lines).lines.count <= POP3Limits.capabilities)
        check(answer.reply.text)
    }
}

/// A timestamp that is taken is short printable ASCII with one `@` between two angle brackets.
private func check(_ greeting: String) {
    guard let timestamp = try? APOPTimestamp(greeting: greeting) else { return }
    let bytes = Array(timestamp.text.utf8)
    precondition(bytes.count <= POP3Limits.timestamp, "a timestamp is too long")
    precondition(bytes.allSatisfy { (0x21...0x7E).contains($0) }, "a timestamp is not printable")
    precondition(bytes.count { $0 == UInt8(ascii: "@") } == 1, "a timestamp has not one @")
    precondition(bytes.first == UInt8(ascii: "<") && bytes.last == UInt8(ascii: ">"))
    precondition(greeting.contains(timestamp.text), "a timestamp is not the server's")
}

private func drive(_ input: [UInt8], _ piece: Int, choice: UInt8) {
    let encryptions: [POP3ClientConfiguration.Encryption] = [.none, .stls, .implicit, .stls]
    let encryption = encryptions[Int(choice % 4)]
    let usesAPOP = choice & 4 != 0
    var machine = POP3ClientMachine(
        configuration: POP3ClientConfiguration(
            userName: "alice", encryption: encryption, method: usesAPOP ? .apop : .password,
            inClear: choice & 8 == 0 ? .never : .any))
    machine.connected()
    var position = 0
    var isProven = false
    for _ in 0..<10_000 {
        switch machine.next() {
        case .send(let bytes):
            precondition(bytes.suffix(2) == [13, 10], "what is sent are whole lines")
        case .receive:
            let end = min(position + piece, input.count)
            guard position < end else {
                machine.closed()
                continue
            }
            machine.receive(Array(input[position..<end]))
            position = end
        case .startTLS:
            precondition(encryption == .stls && !machine.isEncrypted, "TLS begins once")
            machine.tlsEstablished()
        case .authenticate(_, let proof):
            precondition(machine.isEncrypted || choice & 8 != 0, "nothing goes in clear")
            precondition((proof != .password) == usesAPOP, "APOP is never replaced")
            isProven = true
            machine.proofWritten()
        case .authenticated: precondition(isProven, "who has not proved anything is not let in")
        case .failed(let failure): precondition(!failure.explanation.cause.isEmpty)
        case .close: return
        }
    }
    preconditionFailure("the session does not end")
}
