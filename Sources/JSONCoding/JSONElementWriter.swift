/// Writes the elements of an array.
struct JSONElementWriter: UnkeyedEncodingContainer {
    let slot: JSONSlot

    var codingPath: [any CodingKey] { [] }

    init(slot: JSONSlot) {
        self.slot = slot
        if case .array = slot.tree { return }
        slot.tree = .array([])
    }

    var count: Int {
        guard case .array(let elements) = slot.tree else { return 0 }
        return elements.count
    }

    private func put(_ value: JSONTree) {
        guard case .array(var elements) = slot.tree else { return }
        slot.tree = .literal("null")
        elements.append(value)
        slot.tree = .array(elements)
    }

    func encodeNil() { put(.literal("null")) }
    func encode(_ value: Bool) { put(.boolean(value)) }
    func encode(_ value: String) { put(.string(value)) }
    func encode(_ value: Double) throws { put(try .number(value)) }
    func encode(_ value: Float) throws { put(try .number(value)) }
    func encode(_ value: Int) { put(.number(value)) }
    func encode(_ value: Int8) { put(.number(value)) }
    func encode(_ value: Int16) { put(.number(value)) }
    func encode(_ value: Int32) { put(.number(value)) }
    func encode(_ value: Int64) { put(.number(value)) }
    func encode(_ value: UInt) { put(.number(value)) }
    func encode(_ value: UInt8) { put(.number(value)) }
    func encode(_ value: UInt16) { put(.number(value)) }
    func encode(_ value: UInt32) { put(.number(value)) }
    func encode(_ value: UInt64) { put(.number(value)) }
    func encode<T: Encodable>(_ value: T) throws { put(try JSONTreeEncoder.tree(of: value)) }

    func nestedContainer<Key: CodingKey>(
        keyedBy type: Key.Type
    ) -> KeyedEncodingContainer<Key> {
        nested().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }

    func superEncoder() -> any Encoder { nested() }

    private func nested() -> JSONTreeEncoder {
        let value = JSONSlot()
        put(.open(value))
        return JSONTreeEncoder(slot: value)
    }
}
