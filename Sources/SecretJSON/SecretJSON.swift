package import JSONCoding
package import Sodium

/// Takes values out of a JSON text in locked memory without a copy elsewhere.
///
/// A value is named by the members that lead to it from the top. Each call reads the whole text and
/// refuses all that RFC 8259 does not allow, and a member on the way that is there twice. Values
/// that are not on the way are checked and left alone.
package enum SecretJSON {
    /// What is at `path`; `nil` when there is no such member.
    ///
    /// - Throws: `.tooLarge`, `.tooDeep`, `.malformed`, `.ambiguous`.
    package static func value(
        at path: [String], in text: Span<UInt8>
    ) throws(SecretJSONError) -> JSONTape.Node? {
        guard text.count <= SecretJSONLimits.textBytes else { throw .tooLarge }
        let tape: JSONTape
        do {
            tape = try JSONTape(text, depth: SecretJSONLimits.depth)
        } catch {
            throw SecretJSONError(error)
        }
        var place = 0
        for name in path {
            guard let member = try member(name, of: place, on: tape, in: text) else { return nil }
            place = member
        }
        return tape.nodes[place]
    }

    /// The place of an object's member; `nil` when there is none, or the value is no object.
    private static func member(
        _ wanted: String, of place: Int, on tape: JSONTape, in text: Span<UInt8>
    ) throws(SecretJSONError) -> Int? {
        guard tape.nodes[place].kind == .object else { return nil }
        var found: Int?
        var members = tape.children(of: place)
        while let name = members.next(), let value = members.next() {
            guard tape.says(wanted, at: name, in: text) else { continue }
            guard found == nil else { throw .ambiguous(name: wanted) }
            found = value
        }
        return found
    }

    /// The string at `path`, its escapes decoded, in the slab; `nil` when there is none or null.
    ///
    /// - Throws: `.wrongKind`, `.secureMemory`, and what `value` throws.
    package static func string(
        at path: [String], in text: Span<UInt8>
    ) throws(SecretJSONError) -> SecretBytes? {
        guard let value = try string(path, text) else { return nil }
        var reader = JSONStringReader(at: value.range.lowerBound + 1)
        do {
            return try SecretBytes(capacity: value.range.count) { room in
                var count = 0
                // The scan has read this string already, so no byte of it is refused.
                while let byte = try? reader.next(text) {
                    room[count] = byte
                    count += 1
                }
                return count
            }
        } catch {
            throw .secureMemory(error)
        }
    }

    /// The string at `path` where it is no secret; `nil` when there is none or null.
    ///
    /// - Parameter limit: The longest that is taken, in bytes.
    /// - Throws: `.outOfRange` past the limit, and as `string`.
    package static func text(
        at path: [String], in text: Span<UInt8>, limit: Int
    ) throws(SecretJSONError) -> String? {
        guard let value = try string(path, text) else { return nil }
        var reader = JSONStringReader(at: value.range.lowerBound + 1)
        var bytes: [UInt8] = []
        // As above.
        while let byte = try? reader.next(text) {
            guard bytes.count < limit else { throw .outOfRange(name: name(path)) }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The integer at `path`, also one that stands in quotes; `nil` when there is none or null.
    ///
    /// - Throws: `.wrongKind`, `.outOfRange` past `SecretJSONLimits.integerDigits`, and as `value`.
    package static func integer(
        at path: [String], in text: Span<UInt8>
    ) throws(SecretJSONError) -> Int? {
        guard let value = try value(at: path, in: text), value.kind != .null else { return nil }
        let wrongKind = SecretJSONError.wrongKind(name: name(path), wanted: "an integer")
        var range = value.range
        switch value.kind {
        case .number: break
        case .string: range = range.lowerBound + 1..<range.upperBound - 1
        default: throw wrongKind
        }
        var sign = 1
        if !range.isEmpty, text[range.lowerBound] == UInt8(ascii: "-") {
            sign = -1
            range = range.lowerBound + 1..<range.upperBound
        }
        guard !range.isEmpty else { throw wrongKind }
        guard range.count <= SecretJSONLimits.integerDigits else {
            throw .outOfRange(name: name(path))
        }
        var number = 0
        for index in range {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) else {
                throw wrongKind
            }
            number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
        }
        return sign * number
    }

    /// The text with the string at `path` replaced by the one at `otherPath` of another text.
    ///
    /// All else stays as it is, members unknown here and the order included.
    /// - Throws: `.wrongKind` when one is missing or no string, and as `string`.
    package static func replacingString(
        at path: [String], in text: Span<UInt8>, by otherPath: [String], of other: Span<UInt8>
    ) throws(SecretJSONError) -> SecretBytes {
        guard let old = try string(path, text) else {
            throw .wrongKind(name: name(path), wanted: "a string")
        }
        guard let new = try string(otherPath, other) else {
            throw .wrongKind(name: name(otherPath), wanted: "a string")
        }
        do {
            var result = try SecretBuffer(capacity: text.count + new.range.count)
            try result.append(text.extracting(first: old.range.lowerBound))
            try result.append(other.extracting(new.range))
            try result.append(text.extracting(droppingFirst: old.range.upperBound))
            return result.finish()
        } catch .tooLarge {
            throw .tooLarge
        } catch {
            throw .secureMemory(error)
        }
    }

    /// Where the string at `path` is; `nil` when there is none or null.
    private static func string(
        _ path: [String], _ text: Span<UInt8>
    ) throws(SecretJSONError) -> JSONTape.Node? {
        guard let value = try value(at: path, in: text), value.kind != .null else { return nil }
        guard value.kind == .string else {
            throw .wrongKind(name: name(path), wanted: "a string")
        }
        return value
    }

    private static func name(_ path: [String]) -> String { path.joined(separator: ".") }
}
