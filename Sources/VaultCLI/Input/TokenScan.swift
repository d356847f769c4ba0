private import Access
private import Glibc
internal import Operations
private import Sodium

/// A token somewhere in a file.
struct TokenFinding: Encodable, Sendable {
    /// The file as the command line names it.
    let file: String
    /// The line, the first being 1.
    let line: Int
    /// The byte within the line, the first being 1.
    let column: Int
    /// The token's public part.
    let accessor: String
}

/// Looks for tokens in files of any size and kind.
///
/// What is read stays in one block of locked memory, since it may hold a token.
enum TokenScan {
    /// The bytes that are looked at together.
    private static let windowBytes = 32_768
    /// What a token and the byte before and after it need.
    private static let overlap = TokenText.byteCount + 1

    /// The tokens in a file, or in standard input for `-`, each once.
    static func findings(in path: String) throws(VaultError) -> [TokenFinding] {
        try FileInput.withDescriptor(path) { (descriptor) throws(VaultError) in
            let result: Result<[TokenFinding], VaultError>
            do throws(SodiumError) {
                var window = try SecretBuffer(limit: windowBytes, capacity: windowBytes)
                result = scan(descriptor, path, &window)
            } catch {
                throw VaultError(wrapping: error)
            }
            return try result.get()
        }
    }

    private static func scan(
        _ descriptor: Int32, _ path: String, _ window: inout SecretBuffer
    ) -> Result<[TokenFinding], VaultError> {
        var findings: [TokenFinding] = []
        var place = Place()
        var isAtEnd = false
        while !isAtEnd {
            // The end of the last window goes before what is read next.
            let kept = min(window.count, place.isBegun ? overlap : 0)
            let gone = window.count - kept
            window.withSpan { place.pass($0.extracting(0..<gone)) }
            var code: Int32 = 0
            _ = window.replace { target in
                for index in 0..<kept { target[index] = target[gone + index] }
                var filled = kept
                while filled < target.count {
                    let count = unsafe target.withUnsafeMutableBytes { buffer in
                        unsafe Glibc.read(
                            descriptor, buffer.baseAddress.map { unsafe $0 + filled },
                            buffer.count - filled)
                    }
                    if count < 0, errno == EINTR { continue }
                    if count < 0 { code = errno }
                    if count <= 0 {
                        isAtEnd = true
                        break
                    }
                    filled += count
                }
                return filled
            }
            guard code == 0 else { return .failure(FileInput.unreadable(path, code)) }
            window.withSpan { span in
                for (offset, accessor) in TokenText.find(in: span)
                where isWhole(offset, kept, span.count, isAtEnd, place) {
                    let (line, column) = place.position(of: offset, in: span)
                    findings.append(
                        TokenFinding(file: path, line: line, column: column, accessor: accessor))
                }
            }
            place.isBegun = true
        }
        return .success(findings)
    }

    /// Whether a token was not found in the window before, and cannot be cut short by this one.
    ///
    /// A token that ends where the window does is found again in the next, with what follows it; one
    /// whose preceding byte is in sight was not found before unless it ended before the last byte.
    private static func isWhole(
        _ offset: Int, _ kept: Int, _ count: Int, _ isAtEnd: Bool, _ place: Place
    ) -> Bool {
        let end = offset + TokenText.byteCount
        if end == count, !isAtEnd { return false }
        return !place.isBegun || (offset > 0 && end >= kept)
    }

    /// Where a window begins.
    private struct Place {
        /// Whether there was a window before.
        var isBegun = false
        private var line = 1
        private var column = 1

        /// Goes past bytes.
        mutating func pass(_ bytes: Span<UInt8>) {
            (line, column) = position(of: bytes.count, in: bytes)
        }

        /// The line and column of an offset in the window.
        func position(of offset: Int, in window: Span<UInt8>) -> (line: Int, column: Int) {
            var (line, column) = (line, column)
            for index in 0..<offset {
                if window[index] == UInt8(ascii: "\n") {
                    line += 1
                    column = 1
                } else {
                    column += 1
                }
            }
            return (line, column)
        }
    }
}
