package import Sodium
package import VaultModel

/// Where a sealed secret belongs; opening it anywhere else is an authentication error.
package struct SecretPlace: Sendable, Hashable {
    /// The tenant that owns the secret.
    package let tenant: TenantID
    /// The secret.
    package let secret: SecretID
    /// The version number, 1 or more.
    package let version: Int64
    /// Where the version may be used.
    package let destinations: DestinationList

    /// Names a version of a secret and where it may be used.
    package init(
        tenant: TenantID, secret: SecretID, version: Int64, destinations: DestinationList
    ) {
        self.tenant = tenant
        self.secret = secret
        self.version = version
        self.destinations = destinations
    }
}

/// A sealed secret version: its own data key, wrapped, and the payload under that key.
package struct SealedSecret: Sendable, Hashable, Codable {
    /// The data key, wrapped under the tenant's key.
    package let wrappedKey: [UInt8]
    /// The padded payload, sealed under the data key.
    package let payload: [UInt8]

    /// A sealed secret as it was stored.
    package init(wrappedKey: [UInt8], payload: [UInt8]) {
        self.wrappedKey = wrappedKey
        self.payload = payload
    }
}

extension KeyRing {
    /// Seals `value` for its place, under a data key of its own.
    package func seal(
        _ value: borrowing SecretBytes, at place: SecretPlace
    ) throws(SealingError) -> SealedSecret {
        let keys = try keys(for: place.tenant)
        do {
            let dataKey = try SecretKey(random: ())
            let padded = try Padding.pad(value)
            return SealedSecret(
                wrappedKey: dataKey.withSpan {
                    SealedValue.seal(
                        $0, to: dataKeyData(place), key: keys.dataKeyWrap,
                        generation: keys.generation)
                },
                payload: padded.withSpan {
                    // A data key has one generation; it seals this value and no other.
                    SealedValue.seal($0, to: payloadData(place), key: dataKey, generation: 1)
                })
        } catch {
            throw .sodium(error)
        }
    }

    /// Opens a sealed secret into locked memory.
    package func open(
        _ sealed: SealedSecret, at place: SecretPlace
    ) throws(SealingError) -> SecretBytes {
        let what = "version \(place.version) of a secret"
        let generation = try SealedValue.generation(of: sealed.wrappedKey, what: what)
        let keys = try keys(for: place.tenant, generation: generation, what: what)
        let dataKey = try SealedValue.openSecret(
            sealed.wrappedKey, to: dataKeyData(place), key: keys.dataKeyWrap, what: what)
        do {
            let padded = try SealedValue.openSecret(
                sealed.payload, to: payloadData(place), key: SecretKey(dataKey), what: what)
            return try Padding.unpad(padded)
        } catch let error as SealingError {
            throw error
        } catch {
            throw .notAuthentic(what: what)
        }
    }

    private func dataKeyData(_ place: SecretPlace) -> AssociatedData {
        dataKeyData(tenant: place.tenant, secret: place.secret, version: place.version)
    }

    /// What the data key of a version is bound to.
    func dataKeyData(tenant: TenantID, secret: SecretID, version: Int64) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .text("dek"), .id(vault), .id(tenant), .id(secret), .number(version),
        ])
    }

    private func payloadData(_ place: SecretPlace) -> AssociatedData {
        AssociatedData([
            .text("sg1"), .text("sec"), .id(vault), .id(place.tenant), .text("secret_version"),
            .text("payload"), .id(place.secret), .number(place.version),
            .bytes(place.destinations.digest),
        ])
    }
}
