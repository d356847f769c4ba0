/// Any JSON value, as a type that reads and writes itself.
enum JSONSample: Codable, Hashable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case string(String)
    case array([JSONSample])
    case object([String: JSONSample])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let integer = try? value.decode(Int64.self) {
            self = .integer(integer)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([JSONSample].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: JSONSample].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .boolean(let boolean): try value.encode(boolean)
        case .integer(let integer): try value.encode(integer)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let object): try value.encode(object)
        }
    }

    /// A value of random parts, at most `depth` deep.
    static func random(
        depth: Int = 5, using source: inout some RandomNumberGenerator
    ) -> JSONSample {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 4), using: &source) {
        case 0: .null
        case 1: .boolean(.random(using: &source))
        case 2:
            .integer(
                Int64.random(in: .min ... .max, using: &source)
                    >> Int.random(in: 0..<64, using: &source))
        case 3: .string(text(using: &source))
        case 4:
            .array(
                (0..<Int.random(in: 0..<5, using: &source)).map { _ in
                    random(depth: depth - 1, using: &source)
                })
        default:
            .object(
                [String: JSONSample](
                    (0..<Int.random(in: 0..<6, using: &source)).map { _ in
                        (text(using: &source), random(depth: depth - 1, using: &source))
                    }, uniquingKeysWith: { first, _ in first }))
        }
    }

    private static func text(using source: inout some RandomNumberGenerator) -> String {
        let characters = Array("abcXYZ_09 \"\\/\u{0}\u{8}\t\n\u{C}\r\u{1F}\u{7F}é€\u{2028}😀")
        return String(
            (0..<Int.random(in: 0..<12, using: &source)).map { _ in
                characters.randomElement(using: &source) ?? "a"
            })
    }
}
