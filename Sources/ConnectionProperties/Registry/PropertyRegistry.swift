private import Explained
private import VaultModel

/// Every property of other products that a connection may be described by.
///
/// ``all`` is the one table that translation, `docs/properties.md` and the tests come from.
package enum PropertyRegistry {
    /// Every rule, in the order of the documentation.
    package static let all: [PropertyRule] =
        smtp.map { $0.placed("mail.smtp.", plain: "mail.smtp.", in: .smtp) }
        + smtp.map { $0.placed("mail.smtps.", plain: "mail.smtp.", in: .smtps) }
        + pop3.map { $0.placed("mail.pop3.", plain: "mail.pop3.", in: .pop3) }
        + pop3.map { $0.placed("mail.pop3s.", plain: "mail.pop3.", in: .pop3s) }
        + session + symfony + signet

    private static let exact: [String: PropertyRule] = Dictionary(
        all.filter { !$0.isPattern }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    private static let patterns = all.filter(\.isPattern)

    /// The rule of a name; a field of connections is a property of its own.
    package static func rule(for name: String) -> PropertyRule? {
        if let rule = exact[name] { return rule }
        if let rule = patterns.first(where: { $0.matches(name) }) { return rule }
        guard let field = ConnectionField.named(name), field.name == name else { return nil }
        let value: PropertyRule.Value = name.hasSuffix("secret_ref") ? .secret : .text
        return PropertyRule(
            name, .supported, value, [name], .assign, field.summary, family: .signet)
    }

    /// The name that somebody probably meant.
    package static func nearest(to name: String) -> String? {
        // Others are too far away; comparing all of them costs a millisecond.
        let near = names.filter {
            abs($0.utf8.count - name.utf8.count) <= 2 || $0.hasPrefix(name)
        }
        return NearestName.of(name, among: near)
    }

    private static let names = exact.keys.sorted() + ConnectionField.all.map(\.name)

    /// Whether the value of a property is a password by its name, known or not.
    ///
    /// Header fields of every message are none: whoever gets the mail reads them.
    package static func isSecret(_ name: String) -> Bool {
        guard !name.hasPrefix("header."), !name.hasPrefix("default_headers.") else { return false }
        let last = name.lowercased().split { $0 == "." || $0 == "_" || $0 == "-" }.last ?? ""
        return ["password", "passwd", "pass", "pwd", "passphrase", "apikey", "token", "secret"]
            .contains { last.hasSuffix($0) }
    }
}
