// Fuzzes the server machine: any bytes, in one piece and in many, must give the same session.
import SMTPCore

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count >= 2 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let piece = Int(input[0] % 32) + 1
    let body = Array(input[2...])
    let whole = Session(body, piece: max(1, body.count), choice: input[1])
    let pieces = Session(body, piece: piece, choice: input[1])
    // STARTTLS must come alone, so there a split may be what lets it pass.
    if !whole.sawHandshake, !pieces.sawHandshake {
        precondition(whole.output == pieces.output, "a split changed the replies")
        precondition(whole.messages == pieces.messages, "a split changed the messages")
    }
    return 0
}

/// One session and what came of it.
private struct Session {
    var output: [UInt8] = []
    var messages: [[UInt8]] = []
    var sawHandshake = false

    init(_ input: [UInt8], piece: Int, choice: UInt8) {
        var policy = SMTPServerConfiguration.Policy()
        policy.mechanisms = ["PLAIN", "LOGIN"]
        policy.offersStartTLS = true
        policy.allowsAuthInClear = true
        policy.newlines = [.strict, .observe, .normalise, .strict][Int(choice % 4)]
        policy.consultsCommands = choice & 4 != 0
        var limits = SMTPServerConfiguration.Limits()
        limits.messageBytes = 64
        limits.drainBytes = 4096
        limits.recipients = 3
        guard
            let configuration = try? SMTPServerConfiguration(
                hostName: "fuzz.example", limits: limits, policy: policy),
            let refusal = try? SMTPServerReply(550, EnhancedStatusCode(5, 7, 1), "no\r\nway")
        else { preconditionFailure("the configuration is valid") }
        var machine = SMTPServerMachine(configuration: configuration)
        machine.start()
        var body: [UInt8] = []
        var verdicts = 0
        func refuses() -> Bool {
            verdicts += 1
            return choice & 8 != 0 && verdicts % 5 == 0
        }
        for start in stride(from: 0, to: input.count, by: piece) {
            var buffer = Array(input[start..<min(start + piece, input.count)])
            reading: while true {
                let action = machine.next(&buffer)
                switch action {
                case .needInput: break reading
                case .flush: output += machine.takeOutput()
                case .startTLS:
                    sawHandshake = true
                    machine.tlsEstablished()
                case .consult, .checkSender, .checkRecipient, .beginMessage, .messageComplete:
                    if case .beginMessage = action { body = [] }
                    if refuses() {
                        machine.refuse(refusal)
                    } else {
                        if case .messageComplete = action {
                            precondition(body.count <= 64)
                            messages.append(body)
                        }
                        machine.accept()
                    }
                case .authenticate(_, let hasInitialResponse):
                    if hasInitialResponse {
                        machine.withAuthResponse { precondition($0.count <= SMTPLimits.authLine) }
                        refuses() ? machine.authFailed() : machine.authSucceeded()
                    } else {
                        machine.authChallenge(base64: [])
                    }
                case .authResponse:
                    machine.withAuthResponse { precondition($0.count <= SMTPLimits.authLine) }
                    machine.authFailed()
                case .authCancelled: break
                case .content(let range): body += buffer[range]
                case .carriageReturn: body.append(13)
                case .messageDiscarded: body = []
                case .close:
                    output += machine.takeOutput()
                    return
                }
            }
            output += machine.takeOutput()
        }
    }
}
