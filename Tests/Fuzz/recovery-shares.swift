// Fuzzes typed shares and the stored parameters of slots: what is taken is what is written, and
// taking it never traps.
import Sealing
import Sodium

/// Locked memory, started before the first input.
private let isStarted: Bool = {
    do {
        try SodiumRuntime.start(allowSwap: true)
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
    return true
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    precondition(isStarted)
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    for kind in SlotKind.allCases {
        guard let parameters = try? SlotParameters(kind: kind, encoded: input) else { continue }
        precondition(parameters.kind == kind, "parameters are of their kind")
        precondition(parameters.encoded == input, "parameters have one form")
    }
    guard let typed = try? SecretBytes(copying: input.span),
        let shares = try? RecoveryShares.read(typed)
    else { return 0 }
    for share in shares {
        guard let text = try? share.text(),
            let again = try? text.withSpan({ (span) throws(SealingError) in
                try RecoveryShare(reading: span)
            })
        else { preconditionFailure("a share that was read is written and read again") }
        precondition(
            again.set == share.set && again.index == share.index
                && again.threshold == share.threshold, "a share stays what it is")
    }
    return 0
}
