private import Explained
internal import VaultModel

/// Walks the members of a document and gathers what they set.
struct DocumentReader {
    var document = ConnectionDocument()
    /// The fields that members set themselves, by name.
    var fields: [String: PropertyAssignment] = [:]
    var starttls: (path: String, isSet: Bool)?
    var implicitTLS: (path: String, isSet: Bool)?
    let isLenient: Bool
    /// Whether the document is what `vault connection show --json` prints.
    private var isShown = false

    private init(isLenient: Bool) { self.isLenient = isLenient }

    /// Reads a whole document.
    static func read(
        _ tree: JSONTree, lenient: Bool
    ) throws(PropertyError) -> ConnectionDocument {
        guard case .object(let members) = tree else {
            throw PropertyError(
                .syntax, "document", "is \(tree.kind)", accepted: "one connection in braces")
        }
        var reader = DocumentReader(isLenient: lenient)
        if let settings = members.first(where: { $0.name == "settings" }) {
            guard case .object(let fields) = settings.value else {
                throw wrongKind("settings", settings.value, "an object")
            }
            reader.isShown = true
            let others = members.filter {
                $0.name != "settings" && !DocumentName.readOnly.contains($0.name)
            }
            try reader.walk(others + fields, under: "")
        } else {
            try reader.walk(members, under: "")
        }
        try reader.finish(isShown: reader.isShown)
        return reader.document
    }

    // MARK: Members

    private mutating func walk(
        _ members: [JSONTree.Member], under prefix: String
    ) throws(PropertyError) {
        for member in members { try take(prefix + member.name, member.value) }
    }

    private mutating func take(_ path: String, _ value: JSONTree) throws(PropertyError) {
        if case .null = value { return }
        let plain = Self.plain(path)
        let names = [path, plain, Self.lowered(path)]
        let meaning = names.lazy.compactMap { DocumentName.meaning(of: $0) }.first
        if case .object(let members) = value {
            return try takeObject(path, plain, members, meaning: meaning)
        }
        if let meaning { return try take(path, value, as: meaning) }
        for prefix in ["properties.", "additionalProperties."] where path.hasPrefix(prefix) {
            let name = String(path.dropFirst(prefix.count))
            return try takeProperties(
                String(prefix.dropLast()), [JSONTree.Member(name: name, value: value)])
        }
        if let member = names.first(where: Self.isMapMember) {
            return try set(member, try text(path, value), by: path)
        }
        guard let field = names.lazy.compactMap({ ConnectionField.named($0) }).first else {
            throw unknown(path)
        }
        if field.name.hasSuffix("secret_ref") {
            return try takeSecret(path, value, for: field.name)
        }
        try set(field.name, try text(path, value), by: path)
    }

    private mutating func takeObject(
        _ path: String, _ plain: String, _ members: [JSONTree.Member],
        meaning: DocumentName.Meaning?
    ) throws(PropertyError) {
        switch meaning {
        case .properties: try takeProperties(path, members)
        case .headers:
            for member in members {
                let field = "default_headers.\(member.name)"
                try set(field, try text("\(path).\(member.name)", member.value), by: path)
            }
        default:
            // What messages are handed over with stands together in the settings' JSON.
            if plain == "transaction" { return try walk(members, under: "") }
            let prefix = plain + "."
            guard ConnectionField.all.contains(where: { $0.name.hasPrefix(prefix) }) else {
                throw unknown(path)
            }
            try walk(members, under: prefix)
        }
    }

    private mutating func take(
        _ path: String, _ value: JSONTree, as meaning: DocumentName.Meaning
    ) throws(PropertyError) {
        switch meaning {
        case .field(let field): try set(field, try text(path, value), by: path)
        case .seconds(let field): try takeSeconds(path, value, for: field)
        case .password(let field): try takeSecret(path, value, for: field)
        case .starttls: starttls = (path, try flag(path, value))
        case .implicitTLS: implicitTLS = (path, try flag(path, value))
        case .encryption: try takeEncryption(path, value)
        case .login: try takeLogin(path, value)
        case .name, .environment: try takeIdentity(path, try text(path, value), meaning)
        case .enabled: document.enabled = try takeEnabled(path, value)
        case .properties: try takeLines(path, value)
        case .headers: throw Self.wrongKind(path, value, "an object")
        }
    }

    private mutating func takeIdentity(
        _ path: String, _ text: String, _ meaning: DocumentName.Meaning
    ) throws(PropertyError) {
        do {
            if meaning == .name {
                document.name = try ResourceName(text)
            } else {
                document.environment = try DeploymentEnvironment(parsing: text)
            }
        } catch {
            throw PropertyError(.value, path, error.problem, accepted: error.accepted)
        }
    }

    // MARK: Names

    /// The path in snake case, and with the field's name where the settings' JSON has another.
    private static func plain(_ path: String) -> String {
        var text = ""
        var last: Character = "."
        for character in path {
            if character.isUppercase, last.isLowercase || last.isNumber { text.append("_") }
            text += character.lowercased()
            last = character
        }
        return ["dsn_notify": "dsn.notify", "dsn_return": "dsn.ret"][text] ?? text
    }

    /// The path with small letters at the start, for `Host` and `Additional Properties`.
    private static func lowered(_ path: String) -> String {
        let joined = path.filter { $0 != " " }
        return joined.prefix(1).lowercased() + joined.dropFirst()
    }

    private static func isMapMember(_ path: String) -> Bool {
        ["default_headers.", "header."].contains { path.hasPrefix($0) && path.count > $0.count }
    }

    private func unknown(_ path: String) -> PropertyError {
        let known = ConnectionField.all.flatMap { [$0.name] + $0.aliases }
        let names = known + DocumentName.all.map(\.name)
        let nearest =
            NearestName.of(Self.plain(path), among: names) ?? NearestName.of(path, among: names)
        return PropertyError(
            .unknown, path, "is no field of a connection",
            accepted: nearest.map { "'\($0)'" } ?? "a field of docs/connection.md")
    }

    // MARK: Values

    static func wrongKind(_ path: String, _ value: JSONTree, _ wanted: String) -> PropertyError {
        PropertyError(.value, path, "is \(value.kind)", accepted: wanted)
    }

    /// The value as `--set` takes it.
    func text(_ path: String, _ value: JSONTree) throws(PropertyError) -> String {
        switch value {
        case .text(let text): return text
        case .number(let text): return text
        case .flag(let flag): return flag ? "true" : "false"
        case .null: return ""
        case .withheld: throw PropertyValue.password(path)
        case .object: throw Self.wrongKind(path, value, "a plain value")
        case .array(let elements):
            var texts: [String] = []
            for element in elements {
                if case .array = element { throw Self.wrongKind(path, element, "a plain value") }
                texts.append(try text(path, element))
            }
            return texts.joined(separator: ",")
        }
    }

    func flag(_ path: String, _ value: JSONTree) throws(PropertyError) -> Bool {
        switch try text(path, value).lowercased() {
        case "true": return true
        case "false": return false
        default: throw PropertyError(.value, path, "is neither", accepted: "true or false")
        }
    }

    /// Sets a field that a member names itself.
    mutating func set(_ field: String, _ value: String, by path: String) throws(PropertyError) {
        let assignment = PropertyAssignment(field: field, value: value, property: path)
        let wanted = try FieldText.normal(assignment)
        if let earlier = fields[field] {
            let present = try FieldText.normal(earlier)
            guard wanted != present else { return }
            throw PropertyRegistry.conflict(
                path, field, wanted, present, accepted: "either it or \(earlier.property ?? field)")
        }
        fields[field] = assignment
    }
}
