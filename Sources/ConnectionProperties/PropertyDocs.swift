private import VaultModel

/// Pages of `docs` that are made from the tables.
package enum PropertyDocs {
    /// The whole of `docs/properties.md`.
    package static var markdown: String {
        var text = introduction
        for (title, note, families) in sections {
            text += "\n## \(title)\n\n"
            if !note.isEmpty { text += "\(note)\n\n" }
            text += "| property | | value | sets | what it means here |\n|---|---|---|---|---|\n"
            for rule in PropertyRegistry.all where families.contains(rule.family) {
                text += row(rule)
            }
        }
        return text
    }

    private static let sections: [(String, String, Set<PropertyRule.Family>)] = [
        (
            "SMTP: `mail.smtp.*` and `mail.smtps.*`",
            "Each name exists with `mail.smtps.` too and means the same there; any such name makes "
                + "TLS begin with the first byte.",
            [.smtp]
        ),
        (
            "POP3: `mail.pop3.*` and `mail.pop3s.*`",
            "For `auth.mode=pop_before_smtp`. Each name exists with `mail.pop3s.` too, which is "
                + "`pop3.encryption=implicit_tls`.",
            [.pop3]
        ),
        ("Sessions and messages: `mail.*`", "", [.mail]),
        ("Symfony Mailer", "Flags take `1` and `0` too.", [.symfony]),
        (
            "Signet's own",
            "The dotted name of every [field](connection.md) is a property as well, but for `require_tls`, "
                + "which is Symfony's here.", [.signet]
        ),
    ]

    private static let introduction = """
        # Properties

        Settings of JavaMail, Jakarta Mail and Symfony Mailer are taken as they are: as a properties file or JSON
        (`vault connection create --file`), or one by one (`--property NAME=VALUE`). Each sets fields of the
        [connection](connection.md), and stays stored as it was given; a field that is changed later to
        contradict it is refused (`property-conflict`) until one of the two goes. No property is ignored silently.

        - **S** honoured, by the fields that the table names; **S†** where a field of them is stored and checked, but no
          session heeds it in this version: a warning (`not_heeded_yet`) names the property and the field
        - **B** fixed: what it asks for is what happens; another value is refused, or warned of
        - **W** accepted without effect, with a warning
        - **E** refused, with what to use instead

        A name that is not listed is refused, with the nearest name; a lenient import warns instead. Flags are `true`
        or `false`. Times are whole milliseconds in the range of their field: 0 and -1, which wait for ever in JavaMail, are
        refused. A password is a reference, `secret://NAME`; anything else in its place is refused and not
        shown. Text may hold `${variables}` where its field may.

        ## What properties mean together

        - TLS from the first byte follows from `mail.smtp.ssl.enable=true`, from `mail.transport.protocol=smtps`, from any
          `mail.smtps.` name, and from `socketFactory.class=javax.net.ssl.SSLSocketFactory`; STARTTLS beside it has no
          effect (`starttls_not_needed`).
        - `starttls.enable=true` alone is `encryption=starttls`, a must (`upgraded_from_opportunistic`): JavaMail would
          send the password in clear to a server that does not offer it, or behind somebody who takes the offer out.
        - `starttls.enable=false` with `ssl.enable=false` is `encryption=none` (`no_tls`), which production refuses. Properties
          that name a server and nothing about TLS get `auto` (`upgraded_to_auto`).
        - The same name under `mail.smtp.` and `mail.smtps.` with different values is refused.
        - JavaMail properties that name a server and leave out `sendpartial` mean `recipient_failure=abort`, as there.
        - A user without `mail.smtp.auth` means a login (`login_implied`). With `auth=true` a server that offers no AUTH
          fails; JavaMail would go on without.
        - Mechanisms are those of `sasl.mechanisms`, if `sasl.enable=true`, and then of `auth.mechanisms`; what `….disable=true`
          names is left out, and nothing left is refused.
        - `mail.pop3.` names have no effect beside an SMTP login (`pop3_not_used`).
        - In a data source name the first server is the connection's, the others are `failover.targets`; they need the
          same account and scheme. Without a port it is 465 with TLS, as in Symfony.

        """

    private static func row(_ rule: PropertyRule) -> String {
        let fields = rule.fields.map { "`\($0)`" }.joined(separator: ", ")
        let sets = fields.isEmpty ? "–" : fields
        var meaning = rule.reason
        if !rule.instead.isEmpty, rule.mark == .refused { meaning += "; use \(rule.instead)" }
        let unheeded = ConnectionSettings.fieldsWithoutEffect.contains {
            rule.fields.contains($0.name)
        }
        let mark = rule.mark.rawValue + (unheeded && rule.mark == .supported ? "†" : "")
        return "| `\(rule.name)` | \(mark) | \(value(rule.value)) | \(sets) | "
            + "\(escaped(meaning)) |\n"
    }

    private static func value(_ value: PropertyRule.Value) -> String {
        switch value {
        case .text: "text"
        case .secret: "`secret://NAME`"
        case .flag: "flag"
        case .integer(let range): "\(number(range.lowerBound)) to \(number(range.upperBound))"
        case .milliseconds(let range):
            "\(number(range.lowerBound)) to \(number(range.upperBound)) ms"
        case .decimal(let range):
            "\(number(Int(range.lowerBound))) to \(number(Int(range.upperBound))), with decimals"
        case .address: "IP address"
        case .charset: "character set"
        case .words(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .list(let what): escaped(what)
        case .object: "Java object"
        case .any: "any"
        }
    }

    // MARK: Tables of docs/connection.md

    /// The table of a connection's fields.
    package static var fieldTable: String {
        var text = "| field | value | default | meaning | other names |\n|---|---|---|---|---|\n"
        for field in ConnectionField.all {
            let standard = field.standard.isEmpty ? "–" : "`\(field.standard)`"
            let names = field.aliases.map { "`\($0)`" }.joined(separator: ", ")
            let fallback = ["host", "from.address"].contains(field.name) ? "required" : standard
            text +=
                "| `\(field.name)` | \(rule(field.rule)) | \(fallback) | \(escaped(field.summary)) "
                + "| \(names.isEmpty ? "–" : names) |\n"
        }
        return text
            + "| `default_headers.NAME` | text, at most \(number(VaultLimits.defaultHeaderBytes)); "
            + "\(VaultLimits.defaultHeaders) of them | – | a header field of every message that does "
            + "not name it itself | `header.NAME` |\n"
            + "| `properties.NAME` | text, at most \(number(VaultLimits.propertyBytes)); "
            + "\(VaultLimits.properties) of them | – | a [property](properties.md) as it was given | "
            + "`additionalProperties.NAME` |\n"
    }

    /// The table of names that documents of other products use.
    package static var documentTable: String {
        var text = "| name in a file | means | known from |\n|---|---|---|\n"
        for name in DocumentName.all {
            text += "| `\(name.name)` | \(meaning(name.meaning)) | \(source(name.source)) |\n"
        }
        return text
    }

    private static func rule(_ rule: ConnectionField.Rule) -> String {
        switch rule {
        case .text(let limit): "text, at most \(number(limit))"
        case .integer(let range, let unit):
            "\(number(range.lowerBound)) to \(number(range.upperBound))"
                + (unit.isEmpty ? "" : " \(unit)")
        case .decimal(let range, _):
            "\(number(Int(range.lowerBound))) to \(number(Int(range.upperBound))), with decimals"
        case .flag: "`true`, `false`"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .list(let what, let limit): "\(escaped(what)); with commas, at most \(limit)"
        case .value(let what): escaped(what)
        case .members(let what, let limit): "\(escaped(what)), at most \(limit)"
        }
    }

    private static func meaning(_ meaning: DocumentName.Meaning) -> String {
        switch meaning {
        case .field(let field): "`\(field)`"
        case .seconds(let field): "`\(field)`, given in seconds"
        case .password(let field): "`\(field)`; anything but `secret://NAME` is refused"
        case .starttls: "STARTTLS: `encryption`"
        case .implicitTLS: "TLS from the first byte: `encryption`"
        case .encryption: "`encryption`, also `Automatic` and `Force SMTPS`"
        case .login: "`auth.mode`, also `true` and `false`"
        case .name: "the connection's name"
        case .environment: "its environment"
        case .enabled: "whether it can be used: a flag, or `RUN` and `STOP`"
        case .properties: "[properties](properties.md): an object, or lines `NAME=VALUE`"
        case .headers: "`default_headers`: an object"
        }
    }

    private static func source(_ source: DocumentName.Source) -> String {
        switch source {
        case .signet: "Signet"
        case .integration: "integration platforms"
        case .gateway: "gateway managers"
        case .connector: "JavaMail connectors"
        case .designer: "flow designers"
        case .workflow: "workflow platforms"
        }
    }

    // MARK: Texts

    /// A number with commas between its thousands.
    private static func number(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    private static func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
