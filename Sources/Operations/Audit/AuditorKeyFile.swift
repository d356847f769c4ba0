private import Sealing

/// The file with the secret half of an auditor's key.
package enum AuditorKeyFile {
    /// Its size.
    package static let byteCount = AuditorKey.byteCount

    /// Makes a new pair, writes its secret half to `path`, which must not exist, and returns the
    /// public half as a line of text.
    package static func create(at path: String) throws(VaultError) -> String {
        do {
            return AuditorKey.text(of: try AuditorKey.create(at: path))
        } catch {
            throw VaultError(wrapping: error)
        }
    }
}
