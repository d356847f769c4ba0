// Fuzzes the server machine of POP3: any bytes, in one piece and in many, give the same session.
import POP3Core

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count >= 2 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let piece = Int(input[0] % 32) + 1
    let body = Array(input[2...])
    let whole = Session(body, piece: max(1, body.count), choice: input[1])
    let pieces = Session(body, piece: piece, choice: input[1])
    // STLS must come alone, so there a split may be what lets it pass.
    if !whole.sawHandshake, !pieces.sawHandshake {
        precondition(whole.output == pieces.output, "a split changed the answers")
        precondition(whole.deleted == pieces.deleted, "a split changed what is deleted")
    }
    return 0
}

/// One session and what came of it.
private struct Session {
    var output: [UInt8] = []
    var deleted: [Int] = []
    var sawHandshake = false

    private static let mail: [[UInt8]] = [
        Array("Subject: a\r\n\r\n.\r\n..\r\nx\r\n".utf8), Array("\n.\n\r.\r".utf8), [],
    ]

    init(_ input: [UInt8], piece: Int, choice: UInt8) {
        guard let timestamp = try? APOPTimestamp("<1.2@fuzz.example>") else {
            preconditionFailure("the timestamp is valid")
        }
        var machine = POP3ServerMachine(
            configuration: POP3ServerConfiguration(
                offersSTLS: choice & 1 != 0, allowsPasswordInClear: choice & 2 != 0,
                offersAPOP: choice & 4 != 0),
            timestamp: timestamp)
        machine.start()
        var logins = 0
        func decide() {
            logins += 1
            guard choice & 8 == 0 || logins.isMultiple(of: 2) else {
                return machine.loginRefused(.credentials)
            }
            machine.loginAccepted(
                Self.mail.enumerated().map { POP3Message(size: $1.count, uniqueID: "u\($0)") },
                mayDelete: choice & 16 == 0)
        }
        for start in stride(from: 0, to: input.count, by: piece) {
            var buffer = Array(input[start..<min(start + piece, input.count)])
            reading: while true {
                switch machine.next(&buffer) {
                case .needInput: break reading
                case .flush: output += machine.takeOutput()
                case .startTLS:
                    sawHandshake = true
                    precondition(buffer.isEmpty, "clear bytes are left")
                    machine.tlsEstablished()
                case .checkPassword:
                    precondition(machine.isEncrypted || choice & 2 != 0, "in clear")
                    machine.withPassword { precondition($0.count < POP3Limits.commandLine) }
                    decide()
                case .checkDigest(let name, _, let digest):
                    precondition(!name.isEmpty && digest.count == 16)
                    decide()
                case .retrieve(let index):
                    precondition(machine.isAuthenticated && Self.mail.indices.contains(index))
                    if choice & 32 == 0 {
                        machine.retrieved(Self.mail[index])
                    } else {
                        machine.retrieveFailed()
                    }
                case .delete(let indices):
                    precondition(choice & 16 == 0 && Self.mail.indices.contains(indices[0]))
                    deleted += indices
                    machine.deleted(isDone: choice & 64 == 0)
                case .close:
                    output += machine.takeOutput()
                    return
                }
            }
            output += machine.takeOutput()
        }
    }
}
