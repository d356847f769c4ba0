import Glibc
import SASL
import Sodium
import TLS
import Testing

@Suite("SASL and memory")
struct SASLMemoryTests {
    init() throws { try SodiumRuntime.start(allowSwap: true) }

    @Test("After sealing, opening and every exchange, a password is nowhere but in the slab")
    func nowhereElse() throws {
        let letters = try SecretBytes(random: 32)
        let password = try SecretBytes(count: 32) { target in
            letters.withSpan { source in
                for index in source.indices {
                    target[index] = UInt8(ascii: "a") + source[index] % 26
                }
            }
        }
        let needles = Needles(
            plain: try password.copy(), login: try encoded(password),
            message: try encoded(try password.prepending(bytes("\0tim\0").span)))

        let key = try SecretKey(random: ())
        let data = bytes("place")
        let sealed = try Padding.pad(password).withSpan {
            AEAD.seal($0, associatedData: data.span, key: key)
        }
        for mechanism in SASLMechanism.allCases where mechanism != .external {
            let opened = try Padding.unpad(
                AEAD.openSecret(sealed.span, associatedData: data.span, key: key))
            try exchange(mechanism, password: opened)
        }

        guard let memory = ProcessMemory() else { return }
        let found = [
            memory.holds(needles.plain), memory.holds(needles.login),
            memory.holds(needles.message),
        ]
        #expect(found == [false, false, false])

        // The search finds what is there.
        let copy = password.withSpan { span in span.indices.map { span[$0] } }
        let foundCopy = memory.holds(needles.plain)
        #expect(foundCopy)
        #expect(copy.count == 32)
    }

    private struct Needles: ~Copyable {
        let plain: SecretBytes
        let login: SecretBytes
        let message: SecretBytes
    }

    private func encoded(_ secret: borrowing SecretBytes) throws -> SecretBytes {
        try secret.withSpan { (span) throws(SodiumError) in try Base64.encodeSecret(span) }
    }

    private func exchange(_ mechanism: SASLMechanism, password: consuming SecretBytes) throws {
        let expected = try password.copy()
        let bindings: [ChannelBinding: [UInt8]] =
            mechanism.needsChannelBinding ? [.tlsExporter: sampleBinding] : [:]
        var client = try SASLClient(
            mechanism: mechanism, username: "tim", password: password,
            channelBinding: mechanism.needsChannelBinding
                ? .bound(.tlsExporter, data: sampleBinding) : .unsupported)
        var server = try SASLServer(
            mechanism: mechanism, hostName: "h", channelBindings: bindings)
        var step = try server.start()
        while true {
            switch consume step {
            case .verify(let credentials):
                let matches = credentials.matches(password: expected)
                #expect(matches)
                return
            case .challenge(let text):
                let answer = try answer(of: &client, to: text)
                step = try answer.withSpan { (answer) throws(SASLError) in
                    try server.receive(base64: answer)
                }
            case .lookUp:
                let salt: [UInt8] = [1, 2, 3]
                let keys = try SCRAMDerivation(
                    mechanism, password: try expected.copy(), salt: salt, iterations: 4_096
                ).run()
                step = try server.provide(
                    SCRAMRecord(salt: salt, iterations: 4_096, keys: keys))
            case .authenticated:
                let isBelieved = !client.isServerProofMissing
                #expect(isBelieved)
                return
            default:
                Issue.record("the password is right")
                return
            }
        }
    }

    private func answer(
        of client: inout SASLClient, to challenge: [UInt8]
    ) throws(SASLError) -> SecretBytes {
        switch try client.respond(toBase64: challenge.span) {
        case .answer(let answer): return answer
        case .derive(let derivation):
            let keys = try derivation.run()
            return try client.resume(with: keys)
        }
    }
}

/// The writable memory of this process, without the slab.
@safe
private final class ProcessMemory {
    private static let chunk = 1_048_576
    /// A sanitizer's shadow is larger than this, and no memory of the program is.
    private static let largestMapping: UInt = 268_435_456
    private let descriptor: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)

    /// Opens the memory; `nil` when the kernel does not let this process read it.
    init?() {
        unsafe descriptor = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        unsafe buffer.deallocate()
    }

    /// Whether `needle` is anywhere outside the mapping that holds it.
    func holds(_ needle: borrowing SecretBytes) -> Bool {
        needle.withSpan { needle in
            unsafe needle.withUnsafeBufferPointer { needle in
                let home = UInt(bitPattern: needle.baseAddress)
                return mappings().filter { !$0.contains(home) }
                    .contains { unsafe holds(needle, in: $0) }
            }
        }
    }

    private func holds(_ needle: UnsafeBufferPointer<UInt8>, in range: Range<UInt>) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound {
            let wanted = min(Self.chunk, Int(range.upperBound - position))
            let got = unsafe pread(descriptor, buffer.baseAddress, wanted, off_t(position))
            guard got >= needle.count else { return false }
            if unsafe contains(needle, first: got) { return true }
            guard got > needle.count else { return false }
            position += UInt(got < wanted || wanted < Self.chunk ? got : got - needle.count)
        }
        return false
    }

    private func contains(_ needle: UnsafeBufferPointer<UInt8>, first count: Int) -> Bool {
        guard let base = unsafe buffer.baseAddress, let start = needle.baseAddress else {
            return false
        }
        var offset = 0
        while offset + needle.count <= count {
            let rest = count - needle.count - offset + 1
            guard let hit = unsafe memchr(base + offset, CInt(needle[0]), rest) else {
                return false
            }
            if unsafe memcmp(hit, start, needle.count) == 0 { return true }
            offset = unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base) + 1
        }
        return false
    }

    /// The ranges of `/proc/self/maps` that may be written (proc(5)).
    private func mappings() -> [Range<UInt>] {
        let maps = unsafe open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        defer { close(maps) }
        var text: [UInt8] = []
        while true {
            let got = unsafe read(maps, buffer.baseAddress, Self.chunk)
            guard got > 0 else { break }
            unsafe text.append(contentsOf: buffer[..<got])
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard fields.count > 1, fields[1].hasPrefix("rw"), bounds.count == 2,
                bounds[1] - bounds[0] <= Self.largestMapping
            else { return nil }
            return bounds[0]..<bounds[1]
        }
    }
}
