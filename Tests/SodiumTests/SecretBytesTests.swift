import Glibc
import Testing

@testable import Sodium

@Suite("SecretBytes")
struct SecretBytesTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("A secret holds what its closure wrote, and zeros where it wrote nothing")
    func filling() throws {
        let secret = try SecretBytes(count: 5) { span in
            for index in 0..<3 { span[index] = UInt8(index) + 1 }
        }
        let content = bytes(secret)
        #expect(content == [1, 2, 3, 0, 0])
        let prefix = try SecretBytes(capacity: 500) { span in
            span[0] = 9
            return 2
        }
        let kept = bytes(prefix)
        #expect(kept == [9, 0])
    }

    @Test("What a closure throws reaches the caller")
    func failing() {
        #expect(throws: SodiumError.notBase64) {
            _ = try SecretBytes(count: 5) { _ throws(SodiumError) in throw .notBase64 }
        }
    }

    @Test("A secret has at most 65,536 bytes")
    func bound() throws {
        let limit = SodiumError.tooLarge(limitBytes: 65_536)
        let largest = try SecretBytes(random: 65_536)
        let count = largest.count
        #expect(count == 65_536)
        #expect(throws: limit) { _ = try SecretBytes(random: 65_537) }
        #expect(throws: limit) { _ = try SecretBytes(count: 65_537) { _ in } }
        #expect(throws: limit) {
            _ = try SecretBytes(copying: [UInt8](repeating: 0, count: 65_537).span)
        }
        #expect(throws: limit) { _ = try largest.appending([UInt8](repeating: 0, count: 1).span) }
    }

    @Test("Random secrets are not alike")
    func random() throws {
        let first = bytes(try SecretBytes(random: 32))
        let second = bytes(try SecretBytes(random: 32))
        #expect(first != second)
    }

    @Test("Parts, copies and joins hold what their names say")
    func parts() throws {
        let original = try secret("hunter2")
        let results = [
            bytes(try original.copy()), bytes(try original.prefix(3)),
            bytes(try original.prefix(99)), bytes(try original.prefix(-1)),
            bytes(try original.prepending(bytes("\0u\0").span)),
            bytes(try original.appending(bytes("!").span)),
            bytes(try original.concatenated(with: original)),
        ]
        let expected = [
            "hunter2", "hun", "hunter2", "", "\0u\0hunter2", "hunter2!", "hunter2hunter2",
        ]
        #expect(results == expected.map { bytes($0) })
    }

    @Test(
        "One line end is trimmed, and no more",
        arguments: [
            ("", ""), ("\n", ""), ("\r\n", ""), ("\r", "\r"), ("a", "a"), ("a\n", "a"),
            ("a\r\n", "a"), ("a\n\n", "a\n"), ("a\r\n\r\n", "a\r\n"), ("a \n", "a "),
            ("\na", "\na"),
        ])
    func lineEnds(_ text: String, _ trimmed: String) throws {
        let result = bytes(try secret(text).trimmingLineEnd())
        #expect(result == bytes(trimmed))
    }

    @Test(
        "A descriptor is read to its end, up to the limit", arguments: [0, 1, 4_095, 4_096, 65_536])
    func readingAll(_ count: Int) throws {
        let content = Random.bytes(count)
        let result = try reading(content) { descriptor in
            bytes(try SecretBytes(readingAllOf: descriptor, limit: count))
        }
        #expect(result == content)
        guard count > 0 else { return }
        #expect(throws: SodiumError.tooLarge(limitBytes: count - 1)) {
            try reading(content) { descriptor in
                _ = try SecretBytes(readingAllOf: descriptor, limit: count - 1)
            }
        }
    }

    @Test("A pipe that delivers in pieces is read to its end")
    func readingPieces() async throws {
        let (input, output) = try pipe()
        async let written: Void = {
            for piece in ["hun", "ter", "2"] {
                _ = unsafe bytes(piece).withUnsafeBytes {
                    unsafe Glibc.write(output, $0.baseAddress, $0.count)
                }
            }
            close(output)
        }()
        let result = bytes(try SecretBytes(readingAllOf: input, limit: 100))
        await written
        close(input)
        #expect(result == bytes("hunter2"))
    }

    @Test(
        "A line is read without its end, and what follows stays",
        arguments: [
            ("abc\nrest", "abc", "rest"), ("abc\r\nrest", "abc", "rest"), ("abc", "abc", ""),
            ("\nrest", "", "rest"), ("", "", ""), ("a\rb\n", "a\rb", ""), ("abc\r", "abc\r", ""),
        ])
    func readingLine(_ input: String, _ line: String, _ rest: String) throws {
        let result = try reading(bytes(input)) { descriptor in
            [
                bytes(try SecretBytes(readingLineOf: descriptor, limit: 4)),
                bytes(try SecretBytes(readingAllOf: descriptor, limit: 100)),
            ]
        }
        #expect(result == [bytes(line), bytes(rest)])
    }

    @Test("A line longer than the limit is refused", arguments: ["abcde\n", "abcde", "abcdefgh\n"])
    func longLine(_ input: String) throws {
        #expect(throws: SodiumError.tooLarge(limitBytes: 4)) {
            try reading(bytes(input)) { descriptor in
                _ = try SecretBytes(readingLineOf: descriptor, limit: 4)
            }
        }
    }

    @Test("A descriptor that cannot be read says why")
    func unreadable() {
        #expect(throws: SodiumError.readFailed(errno: EBADF)) {
            _ = try SecretBytes(readingAllOf: -1, limit: 10)
        }
    }
}

/// Runs `body` on a descriptor from which `content` can be read.
private func reading<R>(_ content: [UInt8], _ body: (Int32) throws -> R) throws -> R {
    var path = "/tmp/secret-XXXXXX".utf8CString
    let descriptor = unsafe path.withUnsafeMutableBufferPointer { path in
        guard let base = path.baseAddress else { return Int32(-1) }
        let descriptor = unsafe mkstemp(base)
        unsafe unlink(base)
        return descriptor
    }
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let written = unsafe content.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
    }
    try #require(written == content.count)
    lseek(descriptor, 0, SEEK_SET)
    return try body(descriptor)
}

/// The two ends of a pipe.
private func pipe() throws -> (input: Int32, output: Int32) {
    var ends: [Int32] = [-1, -1]
    let code = unsafe ends.withUnsafeMutableBufferPointer { unsafe Glibc.pipe($0.baseAddress) }
    try #require(code == 0)
    return (ends[0], ends[1])
}
