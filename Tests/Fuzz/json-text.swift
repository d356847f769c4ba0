// Fuzzes the reader and the writer of JSON: any text is read or refused, and what is read becomes a
// text that reads the same.
import JSONCoding

private enum Value: Codable, Hashable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let boolean = try? value.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else if let string = try? value.decode(String.self) {
            self = .string(string)
        } else if let array = try? value.decode([Value].self) {
            self = .array(array)
        } else {
            self = .object(try value.decode([String: Value].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .null: try value.encodeNil()
        case .boolean(let boolean): try value.encode(boolean)
        case .number(let number): try value.encode(number)
        case .string(let string): try value.encode(string)
        case .array(let array): try value.encode(array)
        case .object(let object): try value.encode(object)
        }
    }
}

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    guard let value = try? JSONCoding.decode(Value.self, from: input) else { return 0 }
    for pretty in [false, true] {
        guard let text = try? JSONCoding.encode(value, pretty: pretty),
            let again = try? JSONCoding.decode(Value.self, from: text)
        else { preconditionFailure("what was read is not written and read again") }
        precondition(again == value, "a value changed by being written")
    }
    return 0
}
