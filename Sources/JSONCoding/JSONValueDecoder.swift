/// Decodes one value of a document.
struct JSONValueDecoder: Decoder {
    let document: JSONDocument
    /// Where the value is on the tape.
    let place: Int

    /// Worked out only when somebody asks, which is to tell of an error.
    var codingPath: [any CodingKey] { document.path(to: place) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private var node: JSONTape.Node { document.tape.nodes[place] }

    func container<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        try check(.object, [String: Any].self)
        return KeyedDecodingContainer(JSONMembers<Key>(of: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try check(.array, [Any].self)
        return JSONElements(of: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    // MARK: Scalars

    var isNull: Bool { node.kind == .null }

    func boolean() throws -> Bool {
        try check(.boolean, Bool.self)
        return document.text[node.range.lowerBound] == UInt8(ascii: "t")
    }

    func string() throws -> String {
        try check(.string, String.self)
        return document.tape.string(at: place, in: document.text)
    }

    /// A whole number, which may have a fraction of zeros.
    func integer<Number: FixedWidthInteger>() throws -> Number {
        try check(.number, Number.self)
        if let number: Number = document.tape.integer(at: place, in: document.text) {
            return number
        }
        let digits = String(decoding: document.text[node.range], as: UTF8.self)
        guard let number = Double(digits).flatMap({ Number(exactly: $0) }) else {
            throw DecodingError.dataCorrupted(context("is out of range"))
        }
        return number
    }

    func float<Number: BinaryFloatingPoint & LosslessStringConvertible>() throws -> Number {
        try check(.number, Number.self)
        let digits = String(decoding: document.text[node.range], as: UTF8.self)
        guard let number = Number(digits), number.isFinite else {
            throw DecodingError.dataCorrupted(context("is out of range"))
        }
        return number
    }

    private func check(_ kind: JSONTape.Node.Kind, _ wanted: Any.Type) throws {
        guard node.kind == kind else {
            guard node.kind == .null else {
                throw DecodingError.typeMismatch(wanted, context("is another kind of value"))
            }
            throw DecodingError.valueNotFound(wanted, context("is null"))
        }
    }

    private func context(_ text: String) -> DecodingError.Context {
        DecodingError.Context(codingPath: codingPath, debugDescription: text)
    }
}

extension JSONValueDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try boolean() }
    func decode(_ type: String.Type) throws -> String { try string() }
    func decode(_ type: Double.Type) throws -> Double { try float() }
    func decode(_ type: Float.Type) throws -> Float { try float() }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try T(from: self) }
}
