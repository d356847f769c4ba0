private import Glibc
internal import Sodium

/// Reads secrets from the server's environment, straight into the slab.
enum SecretVariable {
    /// The bytes of a variable.
    ///
    /// - Throws: `.noVariable`, `.empty`, `.tooLarge`, `.secureMemory`.
    static func read(_ name: String) throws(ReferenceError) -> SecretBytes {
        // Nothing in the process sets variables, so the text stays where it is.
        guard let text = unsafe getenv(name) else { throw .noVariable(name) }
        let count = unsafe strnlen(text, ReferenceLimits.valueBytes + 1)
        guard count > 0 else { throw .empty("env://\(name)") }
        guard count <= ReferenceLimits.valueBytes else { throw .tooLarge("env://\(name)") }
        do {
            return try SecretBytes(count: count) { room in
                for index in 0..<count { room[index] = unsafe UInt8(bitPattern: text[index]) }
            }
        } catch {
            throw .secureMemory(error)
        }
    }
}
