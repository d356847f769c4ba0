// Fuzzes sealed values: no foreign bytes open, and what was sealed opens in its own place alone.
import Sealing
import Sodium

private let key: SecretKey = {
    do {
        try SodiumRuntime.start(allowSwap: true)
        return try SecretKey(random: ())
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let place = AssociatedData([.text("sg1"), .text("fuzz"), .number(1)])
    checkForeign(input, place)
    guard let choice = input.first else { return 0 }
    let plain = Array(input[1...])
    let sealed = SealedValue.seal(plain.span, to: place, key: key, generation: UInt32(choice))
    precondition((try? SealedValue.generation(of: sealed, what: "it")) == UInt32(choice))
    precondition((try? SealedValue.open(sealed, to: place, key: key, what: "it")) == plain)
    let elsewhere = AssociatedData([.text("sg1"), .text("fuzz"), .number(2)])
    precondition((try? SealedValue.open(sealed, to: elsewhere, key: key, what: "it")) == nil)
    var changed = sealed
    changed[Int(choice) % changed.count] ^= 1 << (choice & 7)
    precondition((try? SealedValue.open(changed, to: place, key: key, what: "it")) == nil)
    return 0
}

/// Bytes that this key did not seal.
private func checkForeign(_ input: [UInt8], _ place: AssociatedData) {
    let header = try? SealedValue.generation(of: input, what: "it")
    if header != nil { precondition(input.starts(with: [0x53, 0x47, 0x01])) }
    precondition((try? SealedValue.open(input, to: place, key: key, what: "it")) == nil)
    do {
        _ = try SealedValue.openSecret(input, to: place, key: key, what: "it")
        preconditionFailure("foreign bytes opened")
    } catch {}
}
