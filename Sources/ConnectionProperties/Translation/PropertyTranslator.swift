internal import VaultModel

/// Gathers properties, and then decides what they come to together.
struct PropertyTranslator {
    /// A property as it was given, with its value in plain form.
    struct Given {
        let name: String
        let value: String
    }

    let isLenient: Bool
    private(set) var given: [String: Given] = [:]
    private(set) var assignments: [String: PropertyAssignment] = [:]
    private var warnings: [PropertyWarning] = []
    private var unknownNames = 0
    /// The first name with the prefix of implicit TLS, which it asks for by that alone.
    private(set) var smtps: String?
    private(set) var pop3s: String?

    init(isLenient: Bool) { self.isLenient = isLenient }

    // MARK: Taking

    /// Takes one property: judges it by its rule, and keeps what is judged with others.
    mutating func take(_ name: String, _ text: String) throws(PropertyError) {
        guard name.utf8.count <= PropertyLimits.nameBytes else {
            throw PropertyError(
                .limit, name, "is a name of \(name.utf8.count) bytes",
                accepted: "at most \(PropertyLimits.nameBytes) bytes")
        }
        guard let rule = PropertyRegistry.rule(for: name) else { return try unknown(name) }
        let value = Self.trimmed(text)
        if value.isEmpty, Self.mayBeEmpty(rule) {
            return warn(name, "empty_value", "is empty and taken as absent")
        }
        let plain = try PropertyValue.normal(value, of: name, by: rule)
        if rule.family == .smtps { smtps = smtps ?? name }
        if rule.family == .pop3s { pop3s = pop3s ?? name }
        let key = rule.isPattern ? name : rule.key
        if let other = given[key] {
            guard other.value == plain else {
                throw PropertyError(
                    .conflict, name, "and \(other.name) have different values",
                    accepted: "one of them")
            }
            return
        }
        given[key] = Given(name: name, value: plain)
        try perform(rule, name, plain)
    }

    private mutating func perform(
        _ rule: PropertyRule, _ name: String, _ value: String
    ) throws(PropertyError) {
        switch rule.effect {
        case .assign:
            if let field = rule.fields.first { try set(field, to: value, by: name) }
        case .translate(let words):
            if let field = rule.fields.first, let word = words[value] {
                try set(field, to: word, by: name)
            }
        case .member(let prefix):
            let member = name.dropFirst(rule.name.utf8.count - 1)
            try set(prefix + member, to: value, by: name)
        case .joint: break
        case .warn(let code): warn(name, code, "has no effect: \(rule.reason)")
        case .warnOf(let word, let code):
            if value == word { warn(name, code, "has no effect: \(rule.reason)") }
        case .must(let word):
            guard value == word else { throw PropertyValue.refusal(name, rule) }
        case .mustAndWarn(let word, let code):
            guard value == word else { throw PropertyValue.refusal(name, rule) }
            warn(name, code, "has no effect: \(rule.reason)")
        case .refuse: throw PropertyValue.refusal(name, rule)
        }
    }

    private mutating func unknown(_ name: String) throws(PropertyError) {
        unknownNames += 1
        let nearest =
            unknownNames <= PropertyLimits.suggestions ? PropertyRegistry.nearest(to: name) : nil
        guard isLenient else {
            throw PropertyError(
                .unknown, name, "is no property that is known here",
                accepted: nearest.map { "'\($0)'" } ?? "a property of docs/properties.md")
        }
        warn(
            name, "unknown",
            "is not known and has no effect" + (nearest.map { "; is it '\($0)'?" } ?? ""))
    }

    private static func mayBeEmpty(_ rule: PropertyRule) -> Bool {
        switch rule.value {
        case .text, .secret, .list, .charset, .address: true
        default: false
        }
    }

    private static func trimmed(_ text: String) -> String {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        guard let first = text.firstIndex(where: { !blank($0) }),
            let last = text.lastIndex(where: { !blank($0) })
        else { return "" }
        return String(text[first...last])
    }

    // MARK: Deciding

    /// Decides what is judged together, and gives the result.
    mutating func finish() throws(PropertyError) -> PropertyTranslation {
        try expandDSN()
        try decideServer()
        try decideEncryption()
        try decideLogin()
        try decidePOP3()
        try decideTransaction()
        try decideSymfony()
        var translation = PropertyTranslation()
        translation.assignments = FieldText.ordered(Array(assignments.values))
        for assignment in translation.assignments {
            if let warning = try PropertyWarning.unheeded(assignment) { warnings.append(warning) }
        }
        translation.warnings = warnings.sorted { ($0.property, $0.code) < ($1.property, $1.code) }
        return translation
    }

    /// Sets a field; `property` is `nil` for what follows from an absence.
    mutating func set(
        _ field: String, to value: String, by property: String?
    ) throws(PropertyError) {
        let assignment = PropertyAssignment(field: field, value: value, property: property)
        let wanted = try FieldText.normal(assignment)
        if let earlier = assignments[field] {
            let present = try FieldText.normal(earlier)
            guard wanted != present, let property else { return }
            throw PropertyRegistry.conflict(
                property, field, wanted, present,
                accepted: "either it or \(earlier.property ?? field)")
        }
        assignments[field] = assignment
    }

    /// Takes back what was set.
    mutating func drop(_ isDropped: (String) -> Bool) {
        assignments = assignments.filter { !isDropped($0.key) }
    }

    mutating func warn(_ property: String, _ code: String, _ text: String) {
        warnings.append(PropertyWarning(property, code, text))
    }

    // MARK: Reading what was given

    func name(_ key: String) -> String { given[key]?.name ?? key }

    func value(_ key: String) -> String? { given[key]?.value }

    func isTrue(_ key: String) -> Bool { given[key]?.value == "true" }

    func isFalse(_ key: String) -> Bool { given[key]?.value == "false" }

    /// Whether the properties are a whole configuration of JavaMail.
    var namesServer: Bool { given["mail.smtp.host"] != nil || given["mail.host"] != nil }

    /// The rule of a key, for what it says to use instead.
    func refusal(_ key: String) -> PropertyError {
        let name = name(key)
        guard let rule = PropertyRegistry.rule(for: name) else {
            return PropertyError(.unknown, name, "is no property", accepted: "")
        }
        return PropertyValue.refusal(name, rule)
    }
}
