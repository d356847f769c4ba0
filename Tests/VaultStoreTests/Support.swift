import Glibc
import SQLite
import Sealing
import Sodium
import VaultModel
import VaultStore

/// Starts libsodium with room for many key rings at once.
func startSodium() throws { try SodiumRuntime.start(slabBytes: 4_194_304, allowSwap: true) }

/// A folder of its own for a test, in memory where there is such a place, removed with its files.
final class TemporaryFolder: Sendable {
    let path: String

    init() {
        let parent = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/signet-store-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("mkdtemp failed") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { _ = unsafe unlink(path + "/" + name) }
        _ = unsafe rmdir(path)
    }

    /// The names of the files in the folder.
    var names: [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let bytes = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe Array(bytes.prefix { $0 != 0 })
            }
            let name = String(decoding: bytes, as: UTF8.self)
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The path of a file in the folder.
    func file(_ name: String = "vault.db") -> String { path + "/" + name }
}

/// The bytes of a file; none when it is missing.
///
/// Not for databases that this process has open.
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

/// Replaces a database file, and takes its log away.
func putDatabase(_ bytes: [UInt8], at path: String) {
    for suffix in ["-wal", "-shm"] { _ = unsafe unlink(path + suffix) }
    write(bytes, to: path)
}

/// A secret of a text.
func secret(_ text: String) throws(SodiumError) -> SecretBytes {
    let bytes = Array(text.utf8)
    return try SecretBytes(copying: bytes.span)
}

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// An audit entry.
func entry(
    _ action: String = "test", in tenant: TenantID, detail: [String: String] = [:]
) -> AuditEntry {
    AuditEntry(
        tenant: tenant, actor: "operator:0", action: action, object: "secret/x",
        outcome: .allowed, detail: detail, request: RequestID())
}

/// What a test throws on purpose.
struct Wanted: Error {}

/// Copies a file by another process, so that no lock of this one is dropped by closing a descriptor.
func copyElsewhere(_ path: String, _ copy: String) -> Bool {
    unsafe system("cp '\(path)' '\(copy)'") == 0
}
