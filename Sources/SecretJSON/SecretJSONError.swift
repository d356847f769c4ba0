internal import Explained
internal import JSONCoding
package import Sodium

/// Why a JSON text does not yield what is looked for; no case holds a part of the text.
package enum SecretJSONError: ExplainedError, Hashable {
    /// The text is larger than `SecretJSONLimits.textBytes`.
    case tooLarge
    /// Objects and arrays are nested deeper than `SecretJSONLimits.depth`.
    case tooDeep
    /// The text breaks the rules of RFC 8259 at the byte with this offset.
    case malformed(offset: Int)
    /// An object on the way has the member that is looked for more than once.
    case ambiguous(name: String)
    /// The member holds a value of another kind.
    case wrongKind(name: String, wanted: String)
    /// The member's value is longer than asked for, or out of range.
    case outOfRange(name: String)
    /// The slab refused.
    case secureMemory(SodiumError)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .tooLarge:
            (
                "the JSON text is larger than \(SecretJSONLimits.textBytes) bytes",
                "remove what is not needed"
            )
        case .tooDeep:
            ("the JSON text is nested deeper than \(SecretJSONLimits.depth)", "flatten it")
        case .malformed(let offset):
            ("the text is not JSON from byte \(offset) on", "correct it")
        case .ambiguous(let name): ("the member “\(name)” is there twice", "remove one")
        case .wrongKind(let name, let wanted):
            ("the member “\(name)” is not \(wanted)", "correct it")
        case .outOfRange(let name):
            ("the value of “\(name)” is too long or out of range", "correct it")
        case .secureMemory(let error): error.explanation
        }
    }
}

extension SecretJSONError {
    init(_ error: JSONSyntaxError) {
        switch error {
        case .malformed(let offset): self = .malformed(offset: offset)
        case .tooDeep: self = .tooDeep
        }
    }
}
