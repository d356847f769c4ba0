/// The elements of an array, one after the other.
struct JSONElements: UnkeyedDecodingContainer {
    private let array: JSONValueDecoder
    private var place: Int
    private(set) var currentIndex = 0

    init(of array: JSONValueDecoder) {
        self.array = array
        place = array.place + 1
    }

    var codingPath: [any CodingKey] { array.codingPath }
    var isAtEnd: Bool { place >= nodes[array.place].next }
    /// Not counted beforehand.
    var count: Int? { nil }

    private var nodes: [JSONTape.Node] { array.document.tape.nodes }

    private func current() throws -> JSONValueDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self,
                DecodingError.Context(codingPath: codingPath, debugDescription: "has no more"))
        }
        return JSONValueDecoder(document: array.document, place: place)
    }

    /// Decodes an element, and goes on to the next if that succeeds.
    private mutating func take<T>(_ read: (JSONValueDecoder) throws -> T) throws -> T {
        let value = try read(current())
        place = nodes[place].next
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard try current().isNull else { return false }
        return try take { _ in true }
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try take { try $0.boolean() } }
    mutating func decode(_ type: String.Type) throws -> String { try take { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try take { try $0.float() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try take { try $0.float() } }
    mutating func decode(_ type: Int.Type) throws -> Int { try take { try $0.integer() } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try take { try $0.integer() } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try take { try $0.integer() } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try take { try $0.integer() } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try take { try $0.integer() } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try take { try $0.integer() } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try take { try $0.integer() } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try take { try $0.integer() } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try take { try $0.integer() } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try take { try $0.integer() } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try take { try T(from: $0) }
    }

    mutating func nestedContainer<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        try take { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try take { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try take { $0 } }
}
