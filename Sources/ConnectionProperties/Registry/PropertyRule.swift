/// What becomes of one property, or of all whose names match a pattern.
package struct PropertyRule: Sendable {
    /// Where a property comes from.
    package enum Family: String, Sendable, Hashable, CaseIterable {
        case smtp
        case smtps
        case pop3
        case pop3s
        /// Session properties of JavaMail and Jakarta Mail.
        case mail
        case symfony
        case signet
    }

    /// What becomes of it.
    package enum Mark: String, Sendable, Hashable, CaseIterable {
        /// Honoured, by fields of the connection.
        case supported = "S"
        /// Fixed: what it asks for is always done; another value is refused or warned of.
        case fixed = "B"
        /// Accepted without effect, with a warning.
        case warned = "W"
        /// Refused.
        case refused = "E"
    }

    /// What values it takes.
    package enum Value: Sendable, Hashable {
        case text
        /// `secret://NAME` and nothing else.
        case secret
        /// `true` or `false`; `1` and `0` too where `digits`.
        case flag(digits: Bool)
        case integer(ClosedRange<Int>)
        /// Milliseconds; there is no endless wait.
        case milliseconds(ClosedRange<Int>)
        case decimal(ClosedRange<Double>)
        case address
        case charset
        case words([String])
        /// Words with blanks or commas.
        case list(String)
        /// A Java object or the name of its class.
        case object
        /// Whatever: it has no effect.
        case any
    }

    /// How the value reaches the fields.
    enum Effect: Sendable {
        /// It is the value of the one field.
        case assign
        /// The field takes another word for it.
        case translate([String: String])
        /// It is the value of the member that the pattern's star stands for.
        case member(String)
        /// It is judged together with other properties.
        case joint
        /// It has no effect, and a warning of this code says so.
        case warn(String)
        /// The same for one value alone; any other is what happens anyway.
        case warnOf(String, String)
        /// It must have this value, which is what happens anyway.
        case must(String)
        /// It must have this value, and a warning of this code is given.
        case mustAndWarn(String, String)
        /// It is always refused.
        case refuse
    }

    /// The name, or a pattern that ends in `*`.
    package let name: String
    /// The name in the family's plain form: `mail.smtp.…` for `mail.smtps.…` as well.
    let key: String
    /// Where it comes from.
    package let family: Family
    /// What becomes of it.
    package let mark: Mark
    /// What values it takes.
    package let value: Value
    /// The fields that it sets.
    package let fields: [String]
    /// What it means here, in one line.
    package let reason: String
    /// What to use instead, where it or a value of it is refused.
    package let instead: String
    let effect: Effect

    init(
        _ name: String, _ mark: Mark, _ value: Value, _ fields: [String], _ effect: Effect,
        _ reason: String, instead: String = "", family: Family = .smtp, key: String? = nil
    ) {
        self.name = name
        self.key = key ?? name
        self.family = family
        self.mark = mark
        self.value = value
        self.fields = fields
        self.effect = effect
        self.reason = reason
        self.instead = instead
    }

    /// The same rule under a prefix, in a family, with the key under the plain prefix.
    func placed(_ prefix: String, plain: String, in family: Family) -> PropertyRule {
        PropertyRule(
            prefix + name, mark, value, fields, effect, reason, instead: instead, family: family,
            key: plain + name)
    }

    /// Whether the rule is for names that begin alike.
    package var isPattern: Bool { name.hasSuffix("*") }

    /// Whether the rule is for `name`.
    package func matches(_ name: String) -> Bool {
        guard isPattern else { return name == self.name }
        let stem = self.name.dropLast()
        return name.hasPrefix(stem) && name.utf8.count > stem.utf8.count
    }
}
