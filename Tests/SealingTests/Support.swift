import Glibc
import Sealing
import Sodium
import VaultModel

/// Starts libsodium with room for many key rings at once.
func startSodium() throws { try SodiumRuntime.start(slabBytes: 4_194_304, allowSwap: true) }

/// A folder of its own for a test, removed with the files in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/signet-sealing-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("mkdtemp failed") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        if let stream = unsafe opendir(path) {
            while let entry = unsafe readdir(stream) {
                let bytes = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    unsafe Array(bytes.prefix { $0 != 0 })
                }
                let name = path + "/" + String(decoding: bytes, as: UTF8.self)
                if unsafe unlink(name) != 0 { _ = unsafe rmdir(name) }
            }
            _ = unsafe closedir(stream)
        }
        _ = unsafe rmdir(path)
    }

    /// The path of a file in the folder.
    func file(_ name: String = "root.key") -> String { path + "/" + name }
}

/// The bytes of a file; none when it is missing.
func contents(of path: String) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe read(file, &buffer, buffer.count)
        guard count > 0 else { return result }
        result += buffer[..<count]
    }
}

/// Replaces a file's content, with mode 0600.
func write(_ bytes: [UInt8], to path: String) {
    let file = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
    defer { close(file) }
    precondition(unsafe write(file, bytes, bytes.count) == bytes.count, "cannot write \(path)")
}

/// The folder of the golden files.
let goldenFolder =
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Fixtures/Golden"

/// A secret of a text.
func secret(_ text: String) throws(SodiumError) -> SecretBytes {
    try SecretBytes(copying: Array(text.utf8).span)
}

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// A key of counting bytes.
func key(from first: UInt8 = 0) throws(SodiumError) -> SecretKey {
    let material = (0..<32).map { first &+ UInt8($0) }
    return try SecretKey(copying: material.span)
}

/// Which error `body` throws, or `nil`.
func failure(_ body: () throws -> Void) -> SealingError? {
    do {
        try body()
        return nil
    } catch let error as SealingError {
        return error
    } catch {
        return .file(path: "", reason: "another error: \(error)")
    }
}

extension SealingError {
    /// Whether a value was refused for not being authentic.
    var isNotAuthentic: Bool { if case .notAuthentic = self { true } else { false } }
    /// Whether a value was refused for its first bytes.
    var isUnknownFormat: Bool { if case .unknownFormat = self { true } else { false } }
    /// Whether a key is not held.
    var isUnknownKey: Bool { if case .unknownKey = self { true } else { false } }
}

/// A ring with the vault's own key and those of some tenants, each of generation 1.
func ring(_ vault: VaultID = VaultID(), tenants: [TenantID] = []) throws -> KeyRing {
    let ring = try KeyRing(creating: vault)
    for scope in [.system] + tenants { _ = try ring.makeScopeKey(for: scope, generation: 1) }
    return ring
}

/// A new recovery code as a text that tests may read, with the key of its slot.
func newRecoveryCode() throws(SealingError) -> (text: String, key: SlotKey) {
    let code = try RecoveryCode.create()
    let text = code.text.withSpan { span in
        String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
    }
    return (text, code.key)
}
