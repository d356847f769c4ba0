extension KeyedDecodingContainer {
    /// Reads a value over its default, if there is one.
    ///
    /// Every field has a default, so that settings of an older version, which lack the newer fields,
    /// read as what they meant.
    func take<Value: Decodable>(_ value: inout Value, _ key: Key) throws {
        if let found = try decodeIfPresent(Value.self, forKey: key) { value = found }
    }
}
