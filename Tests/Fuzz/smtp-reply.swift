// Fuzzes the reply parser and the client machine: bytes of a hostile server in pieces of any size.
import SMTPCore

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count >= 2 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let piece = Int(input[0] % 32) + 1
    parse(Array(input[2...]), piece)
    drive(Array(input[2...]), piece, choice: input[1])
    return 0
}

/// A split may change nothing that the parser says.
private func parse(_ input: [UInt8], _ piece: Int) {
    var whole = SMTPReplyParser()
    whole.append(input.span)
    var pieces = SMTPReplyParser()
    var expected: [SMTPReply] = []
    while let reply = try? whole.next() { expected.append(reply) }
    var found: [SMTPReply] = []
    for start in stride(from: 0, to: input.count, by: piece) {
        let chunk = Array(input[start..<min(start + piece, input.count)])
        pieces.append(chunk.span)
        while let reply = try? pieces.next() { found.append(reply) }
    }
    precondition(expected == found, "a split changed the replies")
    precondition(found.allSatisfy { $0.lines.count <= SMTPLimits.replyLines })
    for reply in found { _ = SMTPCapabilities(reply) }
}

private func drive(_ input: [UInt8], _ piece: Int, choice: UInt8) {
    let encryptions: [SMTPClientConfiguration.Encryption] = [
        .none, .startTLS, .implicit, .opportunisticStartTLS(seenBefore: false),
    ]
    var configuration = SMTPClientConfiguration(
        localDomain: "[127.0.0.1]", encryption: encryptions[Int(choice % 4)],
        authentication: choice & 4 == 0
            ? .none : .required(mechanisms: ["PLAIN", "LOGIN"], inClear: .any))
    configuration.dataMode = choice & 8 == 0 ? .data : .chunked
    configuration.usesHELO = choice & 16 != 0
    configuration.startTLSSeenBefore = choice & 32 != 0
    let isProbe = choice & 64 != 0
    var machine = SMTPClientMachine(configuration: configuration)
    machine.isObserved = choice & 128 != 0
    defer { precondition(machine.isObserved || machine.takeObservations().isEmpty) }
    machine.connected()
    var position = 0
    var isDone = false
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
        case .startTLS: machine.tlsEstablished()
        case .authenticate, .authContinue: machine.authLineWritten()
        case .authenticated: break
        case .ready:
            guard !isDone, let recipient = try? SMTPAddress(parsing: "a@b.example") else {
                machine.quit()
                continue
            }
            isDone = true
            let transaction = SMTPTransaction(
                sender: .null, recipients: [.init(recipient), .init(recipient)], size: 10)
            if isProbe { machine.probe(transaction) } else { machine.send(transaction) }
        case .sendBody:
            machine.endWillBeSent()
            machine.bodySent()
        case .transactionDone(let result): precondition(result.recipients.count == 2)
        case .failed: break
        case .close: return
        }
    }
    preconditionFailure("the session does not end")
}
