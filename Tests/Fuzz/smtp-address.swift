// Fuzzes addresses and commands: what parses must say the same again as exactly one line.
import SMTPCore

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    if let address = try? SMTPAddress(parsing: input.span) {
        precondition(Array(address.wireForm.utf8) == input, "an address keeps its bytes")
        precondition(address.localPart + "@" + address.domain == address.wireForm)
        precondition(!input.contains { $0 < 0x20 || $0 == 0x7F })
        check(.rcpt(.mailbox(address), .init()))
        _ = address.unquotedLocalPart
        _ = address.comparisonForm
    }
    if let command = try? SMTPCommand(parsing: input.span) { check(command) }
    return 0
}

/// What is encoded is one line that parses to the same command.
private func check(_ command: SMTPCommand) {
    guard let line = try? command.encoded() else { return }
    precondition(line.suffix(2) == [13, 10] && line.count <= SMTPLimits.commandLine)
    let text = Array(line.dropLast(2))
    precondition(!text.contains { $0 < 0x20 || $0 == 0x7F }, "one line")
    guard let again = try? SMTPCommand(parsing: text.span) else {
        preconditionFailure("an encoded command does not parse")
    }
    precondition(again.verb == command.verb)
    switch (command, again) {
    case (.mail(let path, _), .mail(let other, _)): precondition(path == other)
    case (.rcpt(let path, _), .rcpt(let other, _)): precondition(path == other)
    default: break
    }
}
