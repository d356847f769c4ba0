internal import VaultModel

/// Reads the values of properties as their rules say.
enum PropertyValue {
    /// The value in its plain form, such as `true` for `TRUE`.
    static func normal(_ value: String, of name: String, by rule: PropertyRule)
        throws(PropertyError) -> String
    {
        guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw PropertyError(
                .value, name, "has a line break or control character", accepted: "plain text")
        }
        guard value.utf8.count <= VaultLimits.propertyBytes else {
            throw PropertyError(
                .limit, name, "has \(value.utf8.count) bytes",
                accepted: "at most \(VaultLimits.propertyBytes) bytes")
        }
        if case .secret = rule.value { return try reference(value, of: name) }
        guard value != PropertiesText.withheld else { throw password(name) }
        guard !value.hasPrefix("secret://") else {
            throw PropertyError(
                .secret, name, "takes no secret reference", accepted: "one for a password alone")
        }
        if case .refuse = rule.effect { throw refusal(name, rule) }
        return try typed(value, of: name, by: rule)
    }

    /// The error of a property that is refused, without its value.
    static func refusal(_ name: String, _ rule: PropertyRule) -> PropertyError {
        PropertyError(
            .refused, name, "is refused: \(rule.reason)", accepted: rule.instead)
    }

    /// What is left of a value in an error.
    static func quoted(_ value: String) -> String { "'\(value.prefix(40))'" }

    private static func typed(_ value: String, of name: String, by rule: PropertyRule)
        throws(PropertyError) -> String
    {
        switch rule.value {
        case .any, .object, .secret: return value
        case .text: break
        default:
            guard !VariableText.isTemplate(value) else {
                throw PropertyError(
                    .value, name, "takes no variable", accepted: "the value itself")
            }
        }
        switch rule.value {
        case .text, .any, .object, .secret: return value
        case .flag(let digits): return try flag(value, of: name, digits: digits)
        case .integer(let range): return try integer(value, of: name, in: range, unit: "")
        case .milliseconds(let range):
            guard let number = Int(value), number > 0 else {
                guard Int(value) == nil else {
                    throw PropertyError(
                        .value, name, "\(value) would wait for ever",
                        accepted: "\(range.lowerBound) to \(range.upperBound) milliseconds")
                }
                return try integer(value, of: name, in: range, unit: " milliseconds")
            }
            return try integer(value, of: name, in: range, unit: " milliseconds")
        case .decimal(let range):
            guard value.utf8.count <= 12, let number = Double(value), range.contains(number) else {
                throw PropertyError(
                    .value, name, "\(quoted(value)) is out of range",
                    accepted: "\(Int(range.lowerBound)) to \(Int(range.upperBound))")
            }
            return value
        case .address:
            let plain =
                value.hasPrefix("[") && value.hasSuffix("]")
                ? String(value.dropFirst().dropLast()) : value
            guard IPAddress(plain) != nil else {
                throw PropertyError(
                    .value, name, "\(quoted(value)) is no IP address",
                    accepted: "192.0.2.1 or 2001:db8::1")
            }
            return plain
        case .charset:
            guard ConnectionSettings.isCharset(value) else {
                throw PropertyError(
                    .value, name, "\(quoted(value)) is not supported",
                    accepted: "UTF-8, US-ASCII, ISO-8859-1 to -16 or windows-1250 to -1258")
            }
            return value
        case .words(let words):
            let known = words.first { $0.lowercased() == value.lowercased() }
            guard let known else {
                throw PropertyError(
                    .value, name, "\(quoted(value)) is none",
                    accepted: words.joined(separator: " or "))
            }
            return known
        case .list: return words(value).joined(separator: ",")
        }
    }

    /// The words of a list with blanks or commas.
    static func words(_ value: String) -> [String] {
        value.split { $0 == "," || $0 == " " || $0 == ";" }.map(String.init)
    }

    private static func flag(_ value: String, of name: String, digits: Bool)
        throws(PropertyError) -> String
    {
        switch value.lowercased() {
        case "true": return "true"
        case "false": return "false"
        case "1" where digits: return "true"
        case "0" where digits: return "false"
        default:
            throw PropertyError(
                .value, name, "\(quoted(value)) is neither", accepted: "true or false")
        }
    }

    private static func integer(
        _ value: String, of name: String, in range: ClosedRange<Int>, unit: String
    ) throws(PropertyError) -> String {
        guard value.utf8.count <= 12, let number = Int(value) else {
            throw PropertyError(
                .value, name, "\(quoted(value)) is no whole number",
                accepted: "\(range.lowerBound) to \(range.upperBound)\(unit)")
        }
        guard range.contains(number) else {
            throw PropertyError(
                .value, name, "\(number) is out of range",
                accepted: "\(range.lowerBound) to \(range.upperBound)\(unit)")
        }
        return String(number)
    }

    /// A reference in its full form; anything else is a password, of which nothing is told.
    static func reference(_ value: String, of name: String) throws(PropertyError) -> String {
        guard value.hasPrefix("secret://"), let reference = try? SecretReference(parsing: value)
        else { throw password(name) }
        return reference.description
    }

    /// The error of a password where a reference must be.
    static func password(_ name: String) -> PropertyError {
        PropertyError(
            .secret, name, "holds what may be a password; the value is discarded",
            accepted: PropertyRegistry.secretInstead)
    }
}
