// Reading a stored list back: the form of ``AssociatedData`` serves for slot parameters too.
extension AssociatedData {
    /// The parts of an encoded list, or `nil` when it is none, has more than `limit` parts, or one
    /// of more than `longest` bytes.
    static func parts(of encoded: [UInt8], atMost limit: Int, longest: Int) -> [[UInt8]]? {
        guard let count = number(encoded.prefix(8)), (0...limit).contains(count) else {
            return nil
        }
        var rest = encoded.dropFirst(8)
        var parts: [[UInt8]] = []
        for _ in 0..<count {
            guard let length = number(rest.prefix(8)), (0...longest).contains(length),
                rest.count - 8 >= length
            else { return nil }
            rest = rest.dropFirst(8)
            parts.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return rest.isEmpty ? parts : nil
    }

    /// A number of eight bytes, least significant first; `nil` for another length, and for what no
    /// `Int` holds.
    static func number(_ bytes: some Collection<UInt8>) -> Int? {
        guard bytes.count == 8 else { return nil }
        var value: UInt64 = 0
        for (index, byte) in bytes.enumerated() { value |= UInt64(byte) << (8 * UInt64(index)) }
        return Int(exactly: value)
    }
}
