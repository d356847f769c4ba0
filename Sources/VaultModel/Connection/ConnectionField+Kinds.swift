// The kinds of fields that the table is made of.
extension ConnectionField {
    /// Text that is empty by default.
    static func text(
        _ name: String, _ path: any Path<String>, atMost limit: Int, _ summary: String,
        aliases: [String] = []
    ) -> ConnectionField {
        ConnectionField(
            name, .text(atMost: limit), summary, aliases: aliases,
            read: { $0[keyPath: path] },
            assign: { settings, value in settings[keyPath: path] = value },
            rewrite: { settings, change in
                settings[keyPath: path] = try change(settings[keyPath: path])
            })
    }

    /// Text that may be missing.
    static func text(
        _ name: String, _ path: any Path<String?>, _ rule: Rule, _ summary: String,
        aliases: [String] = [], takesVariables: Bool = true
    ) -> ConnectionField {
        let rewrite:
            @Sendable (inout ConnectionSettings, (String) throws -> String) throws -> Void =
                { settings, change in
                    settings[keyPath: path] = try settings[keyPath: path].map(change)
                }
        return ConnectionField(
            name, rule, summary, aliases: aliases,
            read: { $0[keyPath: path] ?? "" },
            assign: { settings, value in settings[keyPath: path] = value.isEmpty ? nil : value },
            rewrite: takesVariables ? rewrite : nil)
    }

    /// A server's name, kept in A-labels.
    static func host(
        _ name: String, _ path: any Path<String?>, _ summary: String, aliases: [String] = []
    ) -> ConnectionField {
        ConnectionField(
            name, .value("a host name or IP address"), summary, aliases: aliases,
            read: { $0[keyPath: path] ?? "" },
            assign: { settings, value in
                settings[keyPath: path] = value.isEmpty ? nil : HostText.normal(value)
            },
            rewrite: { settings, change in
                settings[keyPath: path] = try settings[keyPath: path].map {
                    HostText.normal(try change($0))
                }
            })
    }

    /// A whole number in a range.
    static func integer(
        _ name: String, _ path: any Path<Int>, _ range: ClosedRange<Int>, unit: String = "",
        _ summary: String, aliases: [String] = []
    ) -> ConnectionField {
        let standard = ConnectionSettings(host: "", from: "")[keyPath: path]
        return ConnectionField(
            name, .integer(range, unit: unit), summary, aliases: aliases,
            read: { String($0[keyPath: path]) },
            assign: { settings, value throws(ModelError) in
                settings[keyPath: path] =
                    value.isEmpty ? standard : try wholeNumber(name, value)
            },
            number: { $0[keyPath: path] })
    }

    /// A whole number that may be missing.
    static func integer(
        _ name: String, _ path: any Path<Int?>, _ range: ClosedRange<Int>, _ summary: String,
        aliases: [String] = []
    ) -> ConnectionField {
        ConnectionField(
            name, .integer(range, unit: ""), summary, aliases: aliases,
            read: { $0[keyPath: path].map { String($0) } ?? "" },
            assign: { settings, value throws(ModelError) in
                settings[keyPath: path] = value.isEmpty ? nil : try wholeNumber(name, value)
            },
            number: { $0[keyPath: path] })
    }

    /// `true` or `false`.
    static func flag(
        _ name: String, _ path: any Path<Bool>, _ summary: String, aliases: [String] = []
    ) -> ConnectionField {
        let standard = ConnectionSettings(host: "", from: "")[keyPath: path]
        return ConnectionField(
            name, .flag, summary, aliases: aliases,
            read: { $0[keyPath: path] ? "true" : "false" },
            assign: { settings, value throws(ModelError) in
                guard let flag = ["true": true, "false": false, "": standard][value]
                else { throw ModelError(name, "'\(value)' is neither", accepted: "true or false") }
                settings[keyPath: path] = flag
            })
    }

    /// One of an enumeration's words.
    static func choice<Word>(
        _ name: String, _ path: any Path<Word>, _ summary: String, aliases: [String] = []
    ) -> ConnectionField
    where Word: RawRepresentable<String> & CaseIterable & Sendable {
        let standard = ConnectionSettings(host: "", from: "")[keyPath: path]
        let words = Word.allCases.map(\.rawValue)
        return ConnectionField(
            name, .choice(words), summary, aliases: aliases,
            read: { $0[keyPath: path].rawValue },
            assign: { settings, value throws(ModelError) in
                settings[keyPath: path] =
                    value.isEmpty ? standard : try word(name, value, among: words)
            })
    }

    /// One of an enumeration's words, or none.
    static func choice<Word>(
        _ name: String, _ path: any Path<Word?>, _ summary: String, aliases: [String] = []
    ) -> ConnectionField
    where Word: RawRepresentable<String> & CaseIterable & Sendable {
        let words = Word.allCases.map(\.rawValue)
        return ConnectionField(
            name, .choice(words), summary, aliases: aliases,
            read: { $0[keyPath: path]?.rawValue ?? "" },
            assign: { settings, value throws(ModelError) in
                settings[keyPath: path] =
                    value.isEmpty ? nil : try word(name, value, among: words) as Word
            })
    }

    /// Values with commas.
    static func list(
        _ name: String, _ path: any Path<[String]>, of what: String, atMost limit: Int,
        _ summary: String, aliases: [String] = [],
        normal: @escaping @Sendable (String) -> String? = { $0 }
    ) -> ConnectionField {
        ConnectionField(
            name, .list(of: what, atMost: limit), summary, aliases: aliases,
            read: { $0[keyPath: path].joined(separator: ",") },
            assign: { settings, value in
                settings[keyPath: path] = value.split { $0 == "," || $0 == " " }
                    .compactMap { normal(String($0)) }
            })
    }

    /// The name of something that the vault or its operator keeps.
    static func name(
        _ name: String, _ path: any Path<ResourceName?>, _ summary: String, aliases: [String] = []
    ) -> ConnectionField {
        ConnectionField(
            name, .value("a name"), summary, aliases: aliases,
            read: { $0[keyPath: path]?.text ?? "" },
            assign: { settings, value throws(ModelError) in
                settings[keyPath: path] =
                    value.isEmpty ? nil : try ResourceName(value, field: name)
            })
    }

    /// What stands for a secret.
    static func secret(
        _ name: String, _ path: any Path<SecretReference?>, _ summary: String,
        aliases: [String] = []
    ) -> ConnectionField {
        ConnectionField(
            name, .value("`secret://NAME`, `secret://NAME#VERSION` or a bare name"), summary,
            aliases: aliases,
            read: { $0[keyPath: path]?.description ?? "" },
            assign: { settings, value throws(ModelError) in
                settings[keyPath: path] =
                    value.isEmpty ? nil : try SecretReference(parsing: value)
            })
    }

    // MARK: Reading values

    static func wholeNumber(_ field: String, _ text: String) throws(ModelError) -> Int {
        guard let value = Int(text), text.utf8.count <= 12 else {
            throw ModelError(field, "'\(text.prefix(40))' is no whole number", accepted: "digits")
        }
        return value
    }

    private static func word<Word: RawRepresentable<String>>(
        _ field: String, _ text: String, among words: [String]
    ) throws(ModelError) -> Word {
        let plain = text.lowercased().replacing("-", with: "_")
        guard let word = Word(rawValue: text.lowercased()) ?? Word(rawValue: plain) else {
            throw ModelError(
                field, "'\(text.prefix(40))' is none", accepted: words.joined(separator: ", "))
        }
        return word
    }
}
