extension KeyedDecodingContainer {
    /// Reads a value over its default, if there is one.
    ///
    /// Every field has a default, so that settings of an older version, which lack the newer fields,
    /// read as what they meant.
    func take<Value: Decodable>(_ value: inout Value, _ key: Key) throws {
        if let found = try decodeIfPresent(Value.self, forKey: key) { value = found }
    }

    func take<Value: Decodable>(_ value: inout Value?, _ key: Key) throws {
        if let found = try decodeIfPresent(Value.self, forKey: key) { value = found }
    }

    // The kinds that most fields are, by the container's own requirements for them, which are several
    // times faster than the generic one.

    func take(_ value: inout String, _ key: Key) throws {
        if let found = try decodeIfPresent(String.self, forKey: key) { value = found }
    }

    func take(_ value: inout String?, _ key: Key) throws {
        if let found = try decodeIfPresent(String.self, forKey: key) { value = found }
    }

    func take(_ value: inout Int, _ key: Key) throws {
        if let found = try decodeIfPresent(Int.self, forKey: key) { value = found }
    }

    func take(_ value: inout Bool, _ key: Key) throws {
        if let found = try decodeIfPresent(Bool.self, forKey: key) { value = found }
    }
}
