// Fuzzes names, references and times: what parses has its grammar and says the same again.
import VaultModel

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let text = String(decoding: input, as: UTF8.self)
    if let name = try? ResourceName(text) { check(name) }
    if let reference = try? ConnectionReference(parsing: text) {
        check(reference.name)
        precondition((try? ConnectionReference(parsing: "\(reference)")) == reference)
    }
    if let reference = try? SecretReference(parsing: text) {
        check(reference.name)
        precondition((reference.version ?? 1) > 0)
        precondition((try? SecretReference(parsing: "\(reference)")) == reference)
    }
    if let mode = try? EncryptionMode(parsing: text) {
        precondition((try? EncryptionMode(parsing: mode.rawValue)) == mode)
    }
    if let time = Timestamp(rfc3339: text) {
        // Zone offsets may lead out of the four-digit years that the text form has.
        let seconds = time.seconds
        if (-62_135_596_800..<253_402_300_800).contains(seconds) {
            precondition(Timestamp(rfc3339: time.description) == time, "a time keeps its value")
        }
    }
    if let bytes = Hex.decode(text) {
        precondition(Hex.encode(bytes) == text.lowercased())
    }
    if let id = VaultID(text) {
        precondition(VaultID(bytes: id.bytes) == id)
        precondition(id.description == text.lowercased())
    }
    return 0
}

/// A name is short, printable ASCII, and holds no separator of any reference.
private func check(_ name: ResourceName) {
    precondition((1...VaultLimits.nameBytes).contains(name.text.utf8.count))
    let separators = Array("@#:/*?".utf8)
    precondition(
        name.text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !separators.contains($0) })
    precondition((try? ResourceName(name.folded)) != nil, "the folded name is a name")
}
