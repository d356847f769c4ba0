/// A random 128-bit identity, typed by what it identifies, so that no tenant passes for a key.
///
/// Identifiers stand in clear in the vault file; they say nothing but that something exists.
package struct Identifier<Subject>: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Draws a new identity from the system's generator.
    package init() {
        high = .random(in: .min ... .max)
        low = .random(in: .min ... .max)
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The identity of what belongs to the vault itself and to no tenant: all zero.
    package static var system: Self { Self(high: 0, low: 0) }

    /// Reads the 16 bytes that ``bytes`` gives.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) })
    }

    /// The identity in 16 bytes, most significant first.
    package var bytes: [UInt8] {
        func byte(_ word: UInt64, _ place: UInt64) -> UInt8 {
            UInt8(truncatingIfNeeded: word >> (56 - 8 * place))
        }
        return [
            byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
            byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
            byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
            byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7),
        ]
    }

    /// Reads the 32 hexadecimal digits that ``description`` gives.
    package init?(_ text: some StringProtocol) {
        guard let bytes = Hex.decode(text) else { return nil }
        self.init(bytes: bytes)
    }
}

// MARK: - CustomStringConvertible

extension Identifier: CustomStringConvertible {
    /// The identity in 32 hexadecimal digits.
    package var description: String { Hex.encode(bytes) }
}

// MARK: - Codable

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not 32 hexadecimal digits")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// What a ``TenantID`` identifies.
package enum TenantSubject {}
/// What a ``SecretID`` identifies.
package enum SecretSubject {}
/// What a ``SecretVersionID`` identifies.
package enum SecretVersionSubject {}
/// What a ``ConnectionID`` identifies.
package enum ConnectionSubject {}
/// What a ``ConnectionRevisionID`` identifies.
package enum ConnectionRevisionSubject {}
/// What a ``VariableID`` identifies.
package enum VariableSubject {}
/// What a ``ServerFactsID`` identifies.
package enum ServerFactsSubject {}
/// What a ``CertificateID`` identifies.
package enum CertificateSubject {}
/// What a ``TokenID`` identifies.
package enum TokenSubject {}
/// What a ``MessageRecordID`` identifies.
package enum MessageSubject {}
/// What a ``RotationID`` identifies.
package enum RotationSubject {}
/// What a ``BackupID`` identifies.
package enum BackupSubject {}
/// What a ``RequestID`` identifies.
package enum RequestSubject {}
/// What a ``VaultID`` identifies.
package enum VaultSubject {}
/// What a ``SlotID`` identifies.
package enum SlotSubject {}
/// What a ``PrincipalID`` identifies.
package enum PrincipalSubject {}
/// What a ``RoleID`` identifies.
package enum RoleSubject {}
/// What a ``RoleBindingID`` identifies.
package enum RoleBindingSubject {}
/// What a ``VaultSettingID`` identifies.
package enum VaultSettingSubject {}

/// An isolated organisation or team.
package typealias TenantID = Identifier<TenantSubject>
/// A named, versioned, sealed value.
package typealias SecretID = Identifier<SecretSubject>
/// One version of a secret.
package typealias SecretVersionID = Identifier<SecretVersionSubject>
/// One SMTP account's settings in one environment.
package typealias ConnectionID = Identifier<ConnectionSubject>
/// One state that a connection was in.
package typealias ConnectionRevisionID = Identifier<ConnectionRevisionSubject>
/// One variable of a tenant in one environment, or in all.
package typealias VariableID = Identifier<VariableSubject>
/// What is remembered of one server.
package typealias ServerFactsID = Identifier<ServerFactsSubject>
/// A stored certificate authority.
package typealias CertificateID = Identifier<CertificateSubject>
/// A scoped bearer token.
package typealias TokenID = Identifier<TokenSubject>
/// One send that the vault was asked for.
package typealias MessageRecordID = Identifier<MessageSubject>
/// One run of `vault rotate`.
package typealias RotationID = Identifier<RotationSubject>
/// One copy of the vault that was written to a file.
package typealias BackupID = Identifier<BackupSubject>
/// One request, from whichever door it came.
package typealias RequestID = Identifier<RequestSubject>
/// A vault.
package typealias VaultID = Identifier<VaultSubject>
/// One way to unseal a vault.
package typealias SlotID = Identifier<SlotSubject>
/// A person or a service.
package typealias PrincipalID = Identifier<PrincipalSubject>
/// A role that a tenant made.
package typealias RoleID = Identifier<RoleSubject>
/// What gives a role to a principal.
package typealias RoleBindingID = Identifier<RoleBindingSubject>
/// One setting of a tenant.
package typealias VaultSettingID = Identifier<VaultSettingSubject>
