internal import VaultModel

extension DocumentReader {
    // MARK: Words of other products

    mutating func takeSeconds(
        _ path: String, _ value: JSONTree, for field: String
    ) throws(PropertyError) {
        let text = try text(path, value)
        guard text.utf8.count <= 9, let seconds = Int(text) else {
            throw PropertyError(
                .value, path, "is no whole number of seconds", accepted: "digits, or \(field)")
        }
        try set(field, String(seconds * 1000), by: path)
    }

    /// A reference to a secret; a password itself is refused, and nothing of it is told.
    mutating func takeSecret(
        _ path: String, _ value: JSONTree, for field: String
    ) throws(PropertyError) {
        guard case .text(let text) = value else { throw PropertyValue.password(path) }
        guard !text.isEmpty else { return try set(field, "", by: path) }
        // A bare name can be a password; only the fields' own names take it.
        let isField = ConnectionField.named(path)?.name == path
        guard text.hasPrefix("secret://") || isField,
            let reference = try? SecretReference(parsing: text)
        else { throw PropertyValue.password(path) }
        try set(field, reference.description, by: path)
    }

    mutating func takeEncryption(_ path: String, _ value: JSONTree) throws(PropertyError) {
        let text = try text(path, value).lowercased().replacing(" ", with: "_")
        let words = ["force_smtps": "implicit_tls", "smtps": "implicit_tls", "no": "none"]
        try set("encryption", words[text] ?? text, by: path)
    }

    mutating func takeLogin(_ path: String, _ value: JSONTree) throws(PropertyError) {
        let text = try text(path, value).lowercased().replacing(" ", with: "_")
            .replacing("-", with: "_")
        let words = ["true": "smtp", "false": "none", "smtp_auth": "smtp"]
        try set("auth.mode", words[text] ?? text, by: path)
    }

    func takeEnabled(_ path: String, _ value: JSONTree) throws(PropertyError) -> Bool {
        switch try text(path, value).lowercased() {
        case "true", "run", "enabled": return true
        case "false", "stop", "stopped", "disabled": return false
        default: throw PropertyError(.value, path, "is neither", accepted: "true or false")
        }
    }

    // MARK: Properties

    mutating func takeProperties(
        _ path: String, _ members: [JSONTree.Member]
    ) throws(PropertyError) {
        for member in members {
            if case .null = member.value { continue }
            let place = "\(path).\(member.name)"
            if case .withheld = member.value { throw PropertyValue.password(place) }
            try addProperty(member.name, try text(place, member.value))
        }
    }

    /// Lines of `NAME=VALUE`, or a list of such lines.
    mutating func takeLines(_ path: String, _ value: JSONTree) throws(PropertyError) {
        let lines: String
        switch value {
        case .text(let text): lines = text
        case .array(let elements):
            var texts: [String] = []
            for element in elements { texts.append(try text(path, element)) }
            lines = texts.joined(separator: "\n")
        default: throw Self.wrongKind(path, value, "an object, or lines NAME=VALUE")
        }
        let text = try PropertiesText.parse(Array(lines.utf8))
        document.warnings += text.warnings
        for entry in text.entries { try addProperty(entry.key, entry.value) }
    }

    private mutating func addProperty(
        _ name: String, _ value: String
    ) throws(PropertyError) {
        let kept = PropertiesText.kept(value, of: name)
        if let earlier = document.properties[name], earlier != kept {
            throw PropertyError(
                .conflict, name, "stands twice with different values", accepted: "one of them")
        }
        document.properties[name] = kept
    }

    // MARK: Deciding

    /// Decides what follows from several members, and from the properties.
    mutating func finish(isShown: Bool) throws(PropertyError) {
        try decideEncryption()
        try decideLogin(isShown: isShown)
        var all = fields
        if isShown {
            // The fields of settings that are shown are set as they are, whatever a preset fills.
            if fields["provider"] != nil {
                for field in ConnectionField.all where fields[field.name] == nil {
                    all[field.name] = PropertyAssignment(
                        field: field.name, value: "", property: nil)
                }
            }
        } else {
            try addTranslation(to: &all)
        }
        document.assignments = FieldText.ordered(Array(all.values))
        document.warnings.sort { ($0.property, $0.code) < ($1.property, $1.code) }
    }

    private mutating func addTranslation(
        to all: inout [String: PropertyAssignment]
    ) throws(PropertyError) {
        let translation = try PropertyRegistry.translate(document.properties, lenient: isLenient)
        let mode = (fields["auth.mode"]?.value ?? translation.value(of: "auth.mode"))
            .flatMap { ConnectionSettings.AuthMode(rawValue: $0.lowercased()) }
        for assignment in translation.assignments {
            guard assignment.isOfUse(with: mode ?? .none) else {
                document.warnings.append(.unusedPOP3(assignment))
                continue
            }
            guard let own = all[assignment.field] else {
                all[assignment.field] = assignment
                continue
            }
            guard let property = assignment.property else { continue }
            let wanted = try FieldText.normal(assignment)
            let present = try FieldText.normal(own)
            guard wanted != present, assignment.field != "debug.until" else { continue }
            throw PropertyRegistry.conflict(
                property, assignment.field, wanted, present,
                accepted: "either it or \(own.property ?? own.field)")
        }
        document.warnings += translation.warnings
    }

    private mutating func decideEncryption() throws(PropertyError) {
        if let implicitTLS, implicitTLS.isSet {
            try set("encryption", "implicit_tls", by: implicitTLS.path)
            if let starttls, starttls.isSet {
                warn(
                    starttls.path, "starttls_not_needed",
                    "has no effect: TLS begins with the first byte by \(implicitTLS.path)")
            }
        } else if let starttls, starttls.isSet {
            try set("encryption", "starttls", by: starttls.path)
        } else if let starttls, let implicitTLS {
            try set("encryption", "none", by: starttls.path)
            warn(
                starttls.path, "no_tls",
                "and \(implicitTLS.path) are false: mail and password are not protected")
        }
    }

    /// A blank user is none; a user or a secret without a word about the login is one.
    private mutating func decideLogin(isShown: Bool) throws(PropertyError) {
        guard !isShown else { return }
        if let user = fields["auth.username"], user.value.isEmpty {
            let path = user.property ?? "auth.username"
            if fields["auth.mode"] == nil {
                try set("auth.mode", "none", by: path)
                fields["auth.secret_ref"] = nil
                warn(path, "no_login", "is blank: sessions go without a login")
            }
        } else if fields["auth.mode"] == nil,
            let path = (fields["auth.username"] ?? fields["auth.secret_ref"])?.property
        {
            fields["auth.mode"] = PropertyAssignment(
                field: "auth.mode", value: "smtp", property: path)
        }
    }

    private mutating func warn(_ path: String, _ code: String, _ text: String) {
        document.warnings.append(PropertyWarning(path, code, text))
    }
}
