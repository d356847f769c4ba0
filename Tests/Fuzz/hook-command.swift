// Fuzzes hooks as people write them: words survive being quoted again, and bounds hold.
import VaultModel

/// A word in single quotation marks; by octets, since a mark may have something combined with it.
private func quoted(_ word: String) -> String {
    let mark = UInt8(ascii: "'")
    let octets = word.utf8.flatMap { $0 == mark ? Array("'\\''".utf8) : [$0] }
    return String(decoding: [mark] + octets + [mark], as: UTF8.self)
}

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let text = String(decoding: input, as: UTF8.self)
    guard let words = try? HookCommand.words(of: text) else { return 0 }
    guard let again = try? HookCommand.words(of: words.map(quoted).joined(separator: " ")) else {
        preconditionFailure("quoted words do not parse")
    }
    precondition(
        again.map { Array($0.utf8) } == words.map { Array($0.utf8) }, "words survive quoting")
    if let hook = try? HookCommand(arguments: words) {
        precondition(hook.arguments.count <= VaultLimits.hookArguments)
        precondition(hook.arguments.reduce(0) { $0 + $1.utf8.count } <= VaultLimits.hookBytes)
        precondition(hook.arguments.first?.hasPrefix("/") == true)
        precondition(!hook.arguments.contains { $0.utf8.contains(0) })
    }
    return 0
}
