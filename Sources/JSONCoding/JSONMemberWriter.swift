/// Writes the members of an object; the names of our own types in snake case.
struct JSONMemberWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let slot: JSONSlot
    let keepsNames: Bool

    var codingPath: [any CodingKey] { [] }

    init(slot: JSONSlot, keepsNames: Bool) {
        self.slot = slot
        self.keepsNames = keepsNames
        // Several containers of one encoder write to one object.
        if case .object = slot.tree { return }
        slot.tree = .object([])
    }

    private func put(_ key: Key, _ value: JSONTree) {
        guard case .object(var members) = slot.tree else { return }
        slot.tree = .literal("null")
        members.append((keepsNames ? key.stringValue : Self.snakeCase(key.stringValue), value))
        slot.tree = .object(members)
    }

    /// `aName` as `a_name`.
    private static func snakeCase(_ name: String) -> String {
        guard name.utf8.contains(where: { $0.smallLetter != nil }) else { return name }
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            if let small = byte.smallLetter {
                bytes += [UInt8(ascii: "_"), small]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func encodeNil(forKey key: Key) { put(key, .literal("null")) }
    func encode(_ value: Bool, forKey key: Key) { put(key, .boolean(value)) }
    func encode(_ value: String, forKey key: Key) { put(key, .string(value)) }
    func encode(_ value: Double, forKey key: Key) throws { put(key, try .number(value)) }
    func encode(_ value: Float, forKey key: Key) throws { put(key, try .number(value)) }
    func encode(_ value: Int, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: Int8, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: Int16, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: Int32, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: Int64, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: UInt, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: UInt8, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: UInt16, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: UInt32, forKey key: Key) { put(key, .number(value)) }
    func encode(_ value: UInt64, forKey key: Key) { put(key, .number(value)) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        put(key, try JSONTreeEncoder.tree(of: value))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        nested(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        nested(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { JSONTreeEncoder(slot: slot) }
    func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

    private func nested(_ key: Key) -> JSONTreeEncoder {
        let value = JSONSlot()
        put(key, .open(value))
        return JSONTreeEncoder(slot: value)
    }
}
