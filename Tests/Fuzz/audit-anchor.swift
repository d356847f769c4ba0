// Fuzzes anchors: what reads is written as it was.
import VaultModel
import VaultStore

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    if let anchor = Anchor(parsing: input) {
        precondition(anchor.document == input, "an anchor has one text")
        precondition(anchor.sequence >= 0 && anchor.chain.count == 32)
    }
    return 0
}
