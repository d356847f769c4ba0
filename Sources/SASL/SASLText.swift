internal import Sodium

/// Checks and conversions that both sides share.
enum SASLText {
    /// Refuses a name that is empty (when it must not be), too long or holds control characters.
    static func check(
        _ name: String, _ field: SASLField, mayBeEmpty: Bool = false
    ) throws(SASLError) {
        guard mayBeEmpty || !name.isEmpty else { throw .empty(field) }
        guard name.utf8.count <= SASLLimits.nameBytes else {
            throw .tooLong(field, limitBytes: SASLLimits.nameBytes)
        }
        guard !name.utf8.contains(where: isControl) else { throw .forbiddenCharacter(field) }
    }

    /// Refuses a password that is empty, too long or holds NUL, or any control character of ASCII.
    static func check(
        password: Span<UInt8>, mayHoldControls: Bool = true
    ) throws(SASLError) {
        try check(size: password.count, .password)
        for index in password.indices
        where password[index] == 0 || !mayHoldControls && isControl(password[index]) {
            throw .forbiddenCharacter(.password)
        }
    }

    /// Refuses an access token that is empty, too long or not made of printable ASCII.
    static func check(token: Span<UInt8>) throws(SASLError) {
        try check(size: token.count, .token)
        for index in token.indices where !(0x21...0x7e).contains(token[index]) {
            throw .forbiddenCharacter(.token)
        }
    }

    private static func check(size: Int, _ field: SASLField) throws(SASLError) {
        guard size > 0 else { throw .empty(field) }
        guard size <= SASLLimits.passwordBytes else {
            throw .tooLong(field, limitBytes: SASLLimits.passwordBytes)
        }
    }

    /// Refuses a host name that is not made of letters, digits, `-`, `.` and address literals.
    static func check(hostName: String) throws(SASLError) {
        guard !hostName.isEmpty else { throw .empty(.hostName) }
        guard hostName.utf8.count <= SASLLimits.hostNameBytes else {
            throw .tooLong(.hostName, limitBytes: SASLLimits.hostNameBytes)
        }
        let isHostName = hostName.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
                true
            default: false
            }
        }
        guard isHostName else { throw .forbiddenCharacter(.hostName) }
    }

    /// A name out of decoded bytes: valid UTF-8 that `check` accepts.
    static func name(
        _ bytes: Span<UInt8>, _ field: SASLField, of mechanism: SASLMechanism,
        mayBeEmpty: Bool = false
    ) throws(SASLError) -> String {
        guard bytes.count <= SASLLimits.nameBytes else {
            throw .tooLong(field, limitBytes: SASLLimits.nameBytes)
        }
        let copy = bytes.indices.map { bytes[$0] }
        guard let name = String(validating: copy, as: UTF8.self) else {
            throw .malformed(mechanism)
        }
        try check(name, field, mayBeEmpty: mayBeEmpty)
        return name
    }

    /// Runs what needs room in the slab; its refusal becomes ours.
    static func inSlab<R: ~Copyable>(
        _ body: () throws(SodiumError) -> R
    ) throws(SASLError) -> R {
        do {
            return try body()
        } catch {
            throw .secureMemory(error)
        }
    }

    /// Encodes an answer into the slab.
    static func encode(_ answer: Span<UInt8>) throws(SASLError) -> SecretBytes {
        try inSlab { () throws(SodiumError) in try Base64.encodeSecret(answer) }
    }

    /// Encodes a secret message into the slab.
    static func encode(_ message: borrowing SecretBytes) throws(SASLError) -> SecretBytes {
        try message.withSpan { (message) throws(SASLError) in try encode(message) }
    }

    /// A line with nothing in it.
    static func emptyAnswer() throws(SASLError) -> SecretBytes {
        let none: [UInt8] = []
        return try encode(none.span)
    }

    /// Decodes a line of the peer that holds no secret.
    static func decodeOpenly(_ line: Span<UInt8>) throws(SASLError) -> [UInt8] {
        guard line.count <= SASLLimits.lineBytes else { throw .lineTooLong }
        do {
            return try Base64.decode(line)
        } catch {
            throw .notBase64
        }
    }

    /// Decodes a line of the peer into the slab.
    static func decode(_ line: Span<UInt8>) throws(SASLError) -> SecretBytes {
        guard line.count <= SASLLimits.lineBytes else { throw .lineTooLong }
        do {
            return try Base64.decodeSecret(line)
        } catch .notBase64 {
            throw .notBase64
        } catch {
            throw .secureMemory(error)
        }
    }

    /// Writes bytes as lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// Reads hexadecimal digits of either case; `nil` when there is anything else.
    static func bytes(hexadecimal text: Span<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = digit(text[index]), let low = digit(text[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7f }
}
