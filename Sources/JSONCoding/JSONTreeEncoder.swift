/// Encodes one value into its slot.
struct JSONTreeEncoder: Encoder {
    let slot: JSONSlot
    /// Whether names of members stay as they are: those of a dictionary are data.
    var keepsNames = false

    /// Empty: no encoding of ours fails for where it is.
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// What `value` comes to.
    static func tree(of value: some Encodable) throws -> JSONTree {
        let slot = JSONSlot()
        try value.encode(
            to: JSONTreeEncoder(slot: slot, keepsNames: value is any StringKeyedDictionary))
        return slot.tree
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(JSONMemberWriter<Key>(slot: slot, keepsNames: keepsNames))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer { JSONElementWriter(slot: slot) }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

/// A dictionary whose keys are names of members.
private protocol StringKeyedDictionary {}
extension Dictionary: StringKeyedDictionary where Key == String {}

extension JSONTree {
    static func number<Number: FixedWidthInteger>(_ number: Number) -> JSONTree {
        .literal("\(number)")
    }

    static func boolean(_ value: Bool) -> JSONTree { .literal(value ? "true" : "false") }

    /// JSON has no other numbers than finite ones.
    static func number<Number: BinaryFloatingPoint & LosslessStringConvertible>(
        _ number: Number
    ) throws -> JSONTree {
        guard number.isFinite else {
            throw EncodingError.invalidValue(
                number, EncodingError.Context(codingPath: [], debugDescription: "is not finite"))
        }
        // A whole number has no fraction.
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return .number(whole) }
        return .literal("\(number)")
    }
}

extension JSONTreeEncoder: SingleValueEncodingContainer {
    func encodeNil() { slot.tree = .literal("null") }
    func encode(_ value: Bool) { slot.tree = .boolean(value) }
    func encode(_ value: String) { slot.tree = .string(value) }
    func encode(_ value: Double) throws { slot.tree = try .number(value) }
    func encode(_ value: Float) throws { slot.tree = try .number(value) }
    func encode(_ value: Int) { slot.tree = .number(value) }
    func encode(_ value: Int8) { slot.tree = .number(value) }
    func encode(_ value: Int16) { slot.tree = .number(value) }
    func encode(_ value: Int32) { slot.tree = .number(value) }
    func encode(_ value: Int64) { slot.tree = .number(value) }
    func encode(_ value: UInt) { slot.tree = .number(value) }
    func encode(_ value: UInt8) { slot.tree = .number(value) }
    func encode(_ value: UInt16) { slot.tree = .number(value) }
    func encode(_ value: UInt32) { slot.tree = .number(value) }
    func encode(_ value: UInt64) { slot.tree = .number(value) }
    func encode<T: Encodable>(_ value: T) throws {
        slot.tree = try JSONTreeEncoder.tree(of: value)
    }
}
