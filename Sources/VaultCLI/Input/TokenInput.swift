internal import Access
private import Glibc
internal import Operations
private import Sodium

/// A file that holds a token, named by a flag or a variable.
struct TokenFile: Sendable {
    /// Where it is.
    let path: String
    /// Whether the command line itself names it.
    let isGiven: Bool
}

/// The token that every request of this command acts with.
final class HeldToken: Sendable {
    private let text: SecretBytes

    /// Takes over `text`.
    ///
    /// - Throws: when it is empty, which must not pass for having no token.
    fileprivate init(_ text: consuming SecretBytes) throws(VaultError) {
        guard text.count > 0 else {
            throw .invalid("the token is empty", "check where it comes from, or unset it")
        }
        self.text = text
    }

    /// A copy for one request.
    ///
    /// Ends the process when there is no memory for it: a request without its token would be one of
    /// the machine's user.
    var parcel: SecretParcel {
        guard let copy = try? text.copy() else {
            fatalError("no locked memory is left for the token")
        }
        return SecretParcel(copy)
    }
}

/// Takes the token to act with from the flag, then `SIGNET_TOKEN`, then `SIGNET_TOKEN_FILE`.
enum TokenInput {
    /// The variable that holds a token.
    private static let variable = "SIGNET_TOKEN"
    /// The most bytes that a token's file may have; a token has far fewer.
    private static let limit = 4096

    /// The token, or `nil` when none of the three is there.
    static func take(file: TokenFile?) throws(VaultError) -> HeldToken? {
        if let file, file.isGiven { return try read(file) }
        if let token = try takeFromEnvironment() { return token }
        return try file.map { file throws(VaultError) in try read(file) }
    }

    /// Whether the variable holds a token.
    static var isInEnvironment: Bool {
        guard let text = unsafe getenv(variable) else { return false }
        return unsafe text.pointee != 0
    }

    private static func read(_ file: TokenFile) throws(VaultError) -> HeldToken {
        try HeldToken(try FileInput.secret(file.path, limit: limit))
    }

    /// Copies the variable into locked memory, wipes it where it was and unsets it, so that neither
    /// `/proc` nor a child shows it.
    private static func takeFromEnvironment() throws(VaultError) -> HeldToken? {
        guard let text = unsafe getenv(variable), unsafe text.pointee != 0 else { return nil }
        let count = unsafe strlen(text)
        let bytes = unsafe UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
        let token: SecretBytes
        do throws(SodiumError) {
            token = try SecretBytes(copying: unsafe Span(_unsafeStart: bytes, count: count))
                .trimmingLineEnd()
        } catch {
            throw VaultError(wrapping: error)
        }
        unsafe explicit_bzero(text, count)
        unsafe unsetenv(variable)
        return try HeldToken(token)
    }
}
