private import SecretJSON
package import Sodium
package import VaultModel

/// What a hook reads from its standard input: one JSON object and a line feed, in the slab
/// (`docs/rotation.md`).
package final class HookInput: Sendable {
    /// What the hook is to do.
    package enum Step: String, Sendable, CaseIterable {
        /// Make `new` the password of `username`.
        case set
        /// Revoke `old`, which nobody uses any more.
        case retire
    }

    /// What is no secret of it.
    package struct Facts: Sendable {
        /// What to do.
        package var step: Step
        /// The rotation, so that a hook can tell a repetition.
        package var rotation: RotationID
        /// The secret's name.
        package var secret: ResourceName
        /// How the provider treats two passwords.
        package var strategy: RotationStrategy
        /// Whose password `new` is.
        package var username: String
        /// Whose password `old` is.
        package var oldUsername: String
        /// The connections that use the secret, as `NAME@ENVIRONMENT`; the first of very many.
        package var connections: [String]

        package init(
            step: Step, rotation: RotationID, secret: ResourceName, strategy: RotationStrategy,
            username: String, oldUsername: String, connections: [String]
        ) {
            self.step = step
            self.rotation = rotation
            self.secret = secret
            self.strategy = strategy
            self.username = username
            self.oldUsername = oldUsername
            self.connections = connections
        }
    }

    /// Room for both values as text; longer ones go as base64, for which there always is room.
    private static let textRoom = 48_000

    /// The most connections that are named.
    private static let connectionLimit = 32

    private let bytes: SecretBytes

    /// Writes the object; `old` is `nil` when the secret had no value.
    package init(
        _ facts: Facts, old: consuming SecretBytes?, new: borrowing SecretBytes
    ) throws(SodiumError) {
        let isText: Bool
        let size: Int
        switch old {
        case .some(let old):
            isText = Self.isText(old) && Self.isText(new)
            size = Self.size(old) + Self.size(new)
            var text = try SecretBuffer()
            try Self.begin(&text, facts, isText && size <= Self.textRoom)
            try Self.append("old", old, isText && size <= Self.textRoom, to: &text)
            try Self.append("new", new, isText && size <= Self.textRoom, to: &text)
            try text.append("}\n")
            bytes = text.finish()
        case .none:
            isText = Self.isText(new) && Self.size(new) <= Self.textRoom
            var text = try SecretBuffer()
            try Self.begin(&text, facts, isText)
            try text.append(",\"old\":null")
            try Self.append("new", new, isText, to: &text)
            try text.append("}\n")
            bytes = text.finish()
        }
    }

    /// Lends all of it.
    package func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R { bytes.withSpan(body) }

    private static func begin(
        _ text: inout SecretBuffer, _ facts: Facts, _ isText: Bool
    ) throws(SodiumError) {
        let members = [
            ("step", facts.step.rawValue), ("rotation", "\(facts.rotation)"),
            ("secret", facts.secret.text), ("strategy", facts.strategy.rawValue),
            ("username", facts.username), ("old_username", facts.oldUsername),
            ("encoding", isText ? "utf8" : "base64"),
        ]
        try text.append("{\"version\":1")
        for (name, value) in members {
            try text.append(",\"\(name)\":")
            try text.append(jsonText: value)
        }
        try text.append(",\"connections\":[")
        for (index, connection) in facts.connections.prefix(connectionLimit).enumerated() {
            if index > 0 { try text.append(",") }
            try text.append(jsonText: connection)
        }
        try text.append("]")
    }

    private static func append(
        _ name: String, _ value: borrowing SecretBytes, _ isText: Bool,
        to text: inout SecretBuffer
    ) throws(SodiumError) {
        try text.append(",\"\(name)\":")
        if isText {
            try value.withSpan { (span) throws(SodiumError) in try text.append(jsonString: span) }
            return
        }
        let encoded = try value.withSpan { (span) throws(SodiumError) in
            try Base64.encodeSecret(span)
        }
        try encoded.withSpan { (span) throws(SodiumError) in try text.append(jsonString: span) }
    }

    private static func isText(_ value: borrowing SecretBytes) -> Bool {
        value.withSpan { span in (try? UTF8Span(validating: span)) != nil }
    }

    /// The bytes of a value in JSON.
    private static func size(_ value: borrowing SecretBytes) -> Int {
        value.withSpan { span in
            span.indices.reduce(0) { size, index in
                switch span[index] {
                case 0..<0x20: size + 6
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): size + 2
                default: size + 1
                }
            }
        }
    }
}

// MARK: - Redacted
extension HookInput: Redacted {}
