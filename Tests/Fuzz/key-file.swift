// Fuzzes key files and recovery codes: only what is whole is taken, and taking it never traps.
import Glibc
import Sealing
import Sodium
import VaultModel

/// A file in the working folder, written anew for each input.
private let file: (descriptor: Int32, path: String) = {
    do {
        try SodiumRuntime.start(allowSwap: true)
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
    let path = "fuzz-\(getpid()).key"
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "a file can be made in the working folder")
    return (descriptor, path)
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    var input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    read(input)
    // Mended, the same bytes get past the checksum.
    if input.count >= KeyFile.byteCount {
        input = Array("SGNTKEY1".utf8) + input[8..<KeyFile.byteCount]
        let head = Array(input[..<72])
        let sum = Blake2b.hash(head.span)
        input.replaceSubrange(72..<80, with: sum[..<8])
        precondition(read(input), "an intact key file is read")
    }
    if let typed = try? SecretBytes(copying: input.span) {
        _ = try? RecoveryCode.read(typed, slot: SlotID())
    }
    return 0
}

/// Whether `content` is taken for a key file of the vault that it names.
@discardableResult
private func read(_ content: [UInt8]) -> Bool {
    _ = ftruncate(file.descriptor, 0)
    let written = unsafe content.withUnsafeBytes {
        unsafe pwrite(file.descriptor, $0.baseAddress, $0.count, 0)
    }
    precondition(written == content.count)
    let named = content.count >= 24 ? VaultID(bytes: Array(content[8..<24])) : nil
    let vault = named ?? VaultID()
    guard (try? KeyFile.read(at: file.path, vault: vault)) != nil else { return false }
    precondition(content.count == KeyFile.byteCount, "a key file has one size")
    precondition((try? KeyFile.read(at: file.path, vault: VaultID())) == nil, "of one vault")
    return true
}
