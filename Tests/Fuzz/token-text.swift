// Fuzzes the text of tokens: what has a token's form keeps its public part, and hashing never traps.
import Access
import Sodium

private let pepper: SecretKey = {
    do {
        try SodiumRuntime.start(allowSwap: true)
        return try SecretKey(copying: [UInt8](repeating: 7, count: SecretKey.byteCount).span)
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    _ = pepper
    guard let text = try? SecretBytes(copying: input.span) else { return 0 }
    guard let accessor = TokenText.accessor(of: text) else { return 0 }
    precondition(input.count == TokenText.byteCount, "a token has one length")
    precondition(Array(accessor.utf8) == Array(input[4..<16]), "it is what stands there")
    let first = try? TokenText.hash(text, accessor: accessor, pepper: pepper)
    let second = try? TokenText.hash(text, accessor: accessor, pepper: pepper)
    precondition(first != nil && first == second, "a token has one hash")
    return 0
}
