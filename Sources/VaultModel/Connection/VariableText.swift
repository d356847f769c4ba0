/// Text with variables: `${name}` stands for the value of `name`, `$${` for `${` itself.
package enum VariableText {
    /// Whether `text` holds a variable or an escape.
    package static func isTemplate(_ text: String) -> Bool {
        var isBehindDollar = false
        for byte in text.utf8 {
            if isBehindDollar, byte == UInt8(ascii: "{") { return true }
            isBehindDollar = byte == UInt8(ascii: "$")
        }
        return false
    }

    /// Whether UTF-8 does.
    package static func isTemplate(utf8 text: [UInt8]) -> Bool {
        let text = text.span
        return text.indices.dropLast().contains {
            text[$0] == UInt8(ascii: "$") && text[$0 + 1] == UInt8(ascii: "{")
        }
    }

    /// The names in `text`, in their order.
    ///
    /// - Throws: as ``expand(_:field:value:)``.
    package static func names(in text: String, field: String) throws(ModelError) -> [String] {
        var names: [String] = []
        _ = try expand(text, field: field) { name throws(ModelError) in
            names.append(name)
            return ""
        }
        return names
    }

    /// The text with each variable replaced; values are not looked through again.
    ///
    /// - Throws: what `value` throws, and an error about `field` when `${` has no end or no name,
    ///   or the result is longer than ``VaultLimits/expandedBytes``.
    package static func expand(
        _ text: String, field: String, value: (String) throws(ModelError) -> String
    ) throws(ModelError) -> String {
        guard isTemplate(text) else { return text }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let before = rest[..<start.lowerBound]
            guard before.last != "$" else {
                result += before.dropLast() + "${"
                rest = rest[start.upperBound...]
                continue
            }
            result += before
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                throw ModelError(field, "has '${' without '}'", accepted: "${name}, or $${ for ${")
            }
            let name = try ResourceName(
                String(rest[start.upperBound..<end]), field: "\(field): variable")
            result += try value(name.text)
            rest = rest[rest.index(after: end)...]
            guard result.utf8.count <= VaultLimits.expandedBytes else { break }
        }
        result += rest
        guard result.utf8.count <= VaultLimits.expandedBytes else {
            throw ModelError(
                field, "grows beyond \(VaultLimits.expandedBytes) bytes", accepted: "less text")
        }
        return result
    }
}

extension ConnectionSettings {
    /// The settings with every variable replaced by its value.
    ///
    /// - Parameter value: The value of a name, or `nil` when it is not defined.
    /// - Throws: `ModelError` that names the field and the variable.
    package func expanded(value: (String) throws -> String?) throws -> ConnectionSettings {
        guard hasVariables else { return self }
        var result = self
        func expand(_ text: String, _ field: String) throws -> String {
            guard VariableText.isTemplate(text) else { return text }
            var values: [String: String] = [:]
            for name in try VariableText.names(in: text, field: field) where values[name] == nil {
                guard let found = try value(name) else {
                    throw ModelError(
                        field, "the variable '\(name)' is not defined",
                        accepted: "vault variable set \(name) VALUE")
                }
                values[name] = found
            }
            return try VariableText.expand(text, field: field) { name throws(ModelError) in
                values[name] ?? ""
            }
        }
        for field in ConnectionField.all {
            try field.rewrite?(&result) { try expand($0, field.name) }
        }
        for (name, text) in defaultHeaders {
            result.defaultHeaders[name] = try expand(text, "default_headers.\(name)")
        }
        return result
    }

    /// Whether any field holds a variable.
    package var hasVariables: Bool {
        defaultHeaders.values.contains(where: VariableText.isTemplate)
            || Self.variableFields.contains { VariableText.isTemplate($0.read(self)) }
    }

    private static let variableFields = ConnectionField.all.filter(\.takesVariables)
}
