/// JSON of our own types: keys in snake case and sorted, so that equal values have equal texts.
///
/// A name is one capital a word (`startedAt`, never `startedAtURL`), so that it has one form in snake
/// case; the keys of a `[String: …]` are data and stay as they are. Nothing that holds a secret is
/// encodable, so no secret can pass here.
package enum JSONCoding {
    /// Why a text is not the JSON of the wanted type.
    package struct Failure: Error, Hashable {
        /// Where and what, without the text itself.
        package let reason: String
    }

    /// The JSON text of `value`; `pretty` breaks lines for people.
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws(Failure)
        -> [UInt8]
    {
        do {
            var text: [UInt8] = []
            try JSONTreeEncoder.tree(of: value).write(to: &text, isPretty: pretty)
            return text
        } catch {
            throw Failure(reason: "the value has no JSON form")
        }
    }

    /// Reads a `type` from JSON text.
    package static func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, from text: [UInt8]
    ) throws(Failure) -> Value {
        do {
            return try Value(from: JSONValueDecoder(document: JSONDocument(text), place: 0))
        } catch let error as DecodingError {
            throw Failure(reason: describe(error))
        } catch JSONSyntaxError.tooDeep {
            throw Failure(reason: "is nested deeper than \(JSONLimits.depth)")
        } catch {
            throw Failure(reason: "is not JSON")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        func place(_ path: [any CodingKey]) -> String {
            path.isEmpty ? "the top" : path.map(\.stringValue).joined(separator: ".")
        }
        return switch error {
        case .typeMismatch(_, let context):
            "a value of another type at \(place(context.codingPath))"
        case .valueNotFound(_, let context): "no value at \(place(context.codingPath))"
        case .keyNotFound(let key, let context):
            "no '\(key.stringValue)' at \(place(context.codingPath))"
        case .dataCorrupted(let context): "unreadable at \(place(context.codingPath))"
        @unknown default: "unreadable"
        }
    }
}
