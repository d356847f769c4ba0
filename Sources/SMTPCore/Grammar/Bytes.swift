private import Glibc

/// Byte scanning and wiping over borrowed memory, at the speed of the C library.
package enum Bytes {
    /// LF.
    package static let lineFeed: UInt8 = 0x0A
    /// CR.
    package static let carriageReturn: UInt8 = 0x0D
    /// A space.
    package static let space: UInt8 = 0x20
    /// A full stop.
    package static let dot: UInt8 = 0x2E

    /// The first index of `byte` in `bytes[from..<end]`.
    @inline(__always)
    package static func firstIndex(
        of byte: UInt8, in bytes: Span<UInt8>, from start: Int, to end: Int
    ) -> Int? {
        guard start < end else { return nil }
        precondition(start >= 0 && end <= bytes.count, "the range lies outside the bytes")
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                let hit = unsafe memchr(base + start, CInt(byte), end - start)
            else { return nil }
            return unsafe UnsafeRawPointer(hit) - UnsafeRawPointer(base)
        }
    }

    /// Overwrites `range` of `bytes` with zeros in a way the optimiser keeps.
    package static func wipe(_ bytes: inout [UInt8], _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress {
                unsafe explicit_bzero(base + range.lowerBound, range.count)
            }
        }
    }

    /// Overwrites all of `bytes` with zeros in place, even while another value shares its storage.
    package static func wipeInPlace(_ bytes: borrowing [UInt8]) {
        unsafe bytes.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress, unsafe !buffer.isEmpty else { return }
            // Safe: the caller's array was grown at run time, so its storage is writable memory,
            // and whoever else sees it is meant to find zeros.
            unsafe explicit_bzero(UnsafeMutableRawPointer(mutating: base), buffer.count)
        }
    }

    /// Appends `range` of `bytes` to `output` in one copy.
    @inline(__always)
    package static func append(_ bytes: Span<UInt8>, _ range: Range<Int>, to output: inout [UInt8])
    {
        guard !range.isEmpty else { return }
        unsafe bytes.extracting(range).withUnsafeBufferPointer { buffer in
            unsafe output.append(contentsOf: buffer)
        }
    }

    /// Appends a literal to `output` in one copy.
    @inline(__always)
    package static func append(_ literal: StaticString, to output: inout [UInt8]) {
        unsafe output.append(
            contentsOf: UnsafeBufferPointer(
                start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    /// Text of `range`; malformed UTF-8 becomes U+FFFD.
    @inline(__always)
    package static func string(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { buffer in
            unsafe String(decoding: buffer, as: UTF8.self)
        }
    }

    /// Text of `range`, or `nil` when it is not UTF-8.
    package static func utf8(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String? {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { buffer in
            unsafe String(validating: buffer, as: UTF8.self)
        }
    }

    /// Whether `bytes[range]` equals the upper-case `word`, ASCII case aside.
    package static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ word: StaticString)
        -> Bool
    {
        guard range.count == word.utf8CodeUnitCount else { return false }
        var index = range.lowerBound
        return unsafe UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
            .allSatisfy { wanted in
                defer { index += 1 }
                return bytes[index].upperCased == wanted
            }
    }
}

extension UInt8 {
    @inline(__always) var upperCased: UInt8 { self >= 0x61 && self <= 0x7A ? self & 0xDF : self }
    @inline(__always) var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    @inline(__always) var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
    @inline(__always) var isAlphanumeric: Bool { isDigit || isLetter }
    @inline(__always) var isControl: Bool { self < 0x20 || self == 0x7F }

    /// The value of a hexadecimal digit of either case.
    @inline(__always) var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }

    /// RFC 5322 §3.2.3 `atext`, and any octet of a UTF-8 sequence (RFC 6531 §3.3).
    @inline(__always) var isAtomText: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
        case UInt8(ascii: "!"), 0x23...0x27, UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "="), UInt8(ascii: "?"),
            0x5E...0x60, 0x7B...0x7E:
            true
        default: false
        }
    }
}
