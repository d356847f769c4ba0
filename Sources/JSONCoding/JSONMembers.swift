/// The members of an object, by name; of two members with one name the first counts.
final class JSONMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let object: JSONValueDecoder
    /// Where the search for a name begins: at the last one that was found, so that who asks twice, or
    /// in the order of the text, finds each at once.
    private var cursor: Int
    /// The letters that names begin with, as bits, so that most that are missing are not searched for.
    private let initials: UInt64

    init(of object: JSONValueDecoder) {
        self.object = object
        cursor = object.place + 1
        initials = object.document.tape.initials(of: object.place, in: object.document.text)
    }

    var codingPath: [any CodingKey] { object.codingPath }

    var allKeys: [Key] {
        var keys: [Key] = []
        var members = tape.children(of: object.place)
        while let name = members.next(), members.next() != nil {
            let text = tape.string(at: name, in: object.document.text)
            if let key = Key(stringValue: text) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    private var tape: JSONTape { object.document.tape }

    private func find(_ key: Key) -> JSONValueDecoder? {
        let name = key.stringValue
        guard initials & JSONTape.initials(name) != 0 else { return nil }
        let document = object.document
        let nodes = document.tape.nodes
        let first = object.place + 1
        let end = nodes[object.place].next
        var place = cursor
        guard first < end else { return nil }
        let start = place
        repeat {
            if document.tape.isNamed(name, at: place, in: document.text) {
                cursor = place
                return JSONValueDecoder(document: document, place: place + 1)
            }
            place = nodes[place + 1].next
            if place == end { place = first }
        } while place != start
        return nil
    }

    private func value(_ key: Key) throws -> JSONValueDecoder {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "is missing"))
        }
        return value
    }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key).isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).boolean() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).float() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).float() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try value(key).integer()
    }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try value(key).integer()
    }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try value(key).integer()
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try T(from: value(key))
    }

    // Each of these is asked for often, and looks the name up once.

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key)?.string()
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key)?.integer()
    }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key)?.boolean()
    }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key).map { try T(from: $0) }
    }

    /// The value of a name; `nil` when there is none, or it is null.
    private func present(_ key: Key) -> JSONValueDecoder? {
        find(key).flatMap { $0.isNull ? nil : $0 }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try value(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try value(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { object }
    func superDecoder(forKey key: Key) throws -> any Decoder { try value(key) }
}
