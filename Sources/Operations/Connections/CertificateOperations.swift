package import Access
private import TLS
package import VaultModel
internal import VaultStore

/// What may be told of a stored certificate; all of it is public.
package struct CertificateSummary: Sendable, Codable {
    /// The certificate's name.
    package var name: ResourceName
    /// The subject of the first certificate.
    package var subject: String
    /// The SHA-256 digest of the first certificate.
    package var sha256: String
    /// The first expiry among the certificates.
    package var expires: Timestamp
    /// The secret that holds its private key; `nil` for an authority.
    package var keySecret: ResourceName?
    /// The PEM text.
    package var pem: String
    /// The connections that trust or present it.
    package var usedBy: [String]
}

extension StoreTransaction {
    fileprivate func summary(of certificate: CertificateRecord) throws -> CertificateSummary {
        let content = certificate.content
        let users = try connections(in: certificate.tenant)
            .filter { connection in
                [connection.content.settings.tls, connection.saved.tls]
                    .flatMap { [$0.caRef, $0.clientCertRef] }
                    .contains { $0?.folded == content.name.folded }
            }
        let key = try certificate.keySecret.flatMap {
            try find(SecretRecord.self, $0, in: certificate.tenant)
        }
        return CertificateSummary(
            name: content.name, subject: content.subject, sha256: content.sha256,
            expires: certificate.expires, keySecret: key?.content.name, pem: content.pem,
            usedBy: users.map(\.reference.description))
    }

    fileprivate func requireCertificate(
        _ name: ResourceName, in tenant: TenantID
    ) throws -> CertificateRecord {
        guard let certificate = try certificate(named: name, in: tenant) else {
            throw VaultError.notFound("certificate", name.text)
        }
        return certificate
    }
}

/// `vault certificate add NAME --from-file F.pem [--key-secret SECRET]`.
package struct AddCertificate: OperationRequest {
    package typealias Response = CertificateSummary
    package static let operation = OperationName.certificateAdd

    /// The certificate's name.
    package var name: ResourceName
    /// One or more certificates in PEM, the client's own first.
    package var pem: String
    /// The secret that holds its private key in PEM; `nil` for an authority.
    package var keySecret: ResourceName?

    /// Asks to store `pem` as `name`.
    package init(name: ResourceName, pem: String, keySecret: ResourceName? = nil) {
        self.name = name
        self.pem = pem
        self.keySecret = keySecret
    }

    package var auditObject: String { "certificate/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<CertificateSummary> {
        guard pem.utf8.count <= VaultLimits.certificateBytes else {
            throw VaultError.invalid(
                "the certificate file has \(pem.utf8.count) bytes",
                "give at most \(VaultLimits.certificateBytes)")
        }
        let facts: [CertificateFacts]
        do {
            facts = try Certificate.list(pem: Array(pem.utf8)).map(\.facts)
        } catch {
            throw VaultError.invalid(
                "the file holds no readable certificate", "give certificates in PEM")
        }
        guard let first = facts.first, let expires = facts.map(\.notAfter).min() else {
            throw VaultError.invalid("the file holds no certificate", "give certificates in PEM")
        }
        let tenant = context.tenant
        return OperationReply(
            try await context.commit(detail: ["sha256": first.fingerprint]) { transaction in
                if try transaction.certificate(named: name, in: tenant) != nil {
                    throw VaultError(
                        .conflict, "exists", "certificate '\(name)' exists already",
                        "choose another name, or delete it first")
                }
                let record = CertificateRecord(
                    tenant: tenant, name: name,
                    nameIndex: try transaction.nameIndex(name, "certificate.name", in: tenant),
                    expires: Timestamp(milliseconds: expires * 1000),
                    keySecret: try keySecret.map {
                        try transaction.requireSecret($0, in: tenant).id
                    }, pem: pem,
                    subject: first.subject, sha256: first.fingerprint)
                try transaction.insert(record)
                return try transaction.summary(of: record)
            })
    }
}

/// `vault certificate list`.
package struct ListCertificates: OperationRequest {
    package typealias Response = [CertificateSummary]
    package static let operation = OperationName.certificateList

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[CertificateSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                try transaction.certificates(in: tenant).map { try transaction.summary(of: $0) }
            })
    }
}

/// `vault certificate show NAME`.
package struct ShowCertificate: OperationRequest {
    package typealias Response = CertificateSummary
    package static let operation = OperationName.certificateShow

    /// The certificate's name.
    package var name: ResourceName

    /// Asks for `name`.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "certificate/\(name)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<CertificateSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                try transaction.summary(of: transaction.requireCertificate(name, in: tenant))
            })
    }
}

/// `vault certificate delete NAME`; refused while a connection trusts it.
///
/// Whoever deletes an authority can put another in its place, which servers would prove themselves
/// by, so it takes the right to retarget.
package struct DeleteCertificate: OperationRequest {
    package typealias Response = CertificateSummary
    package static let operation = OperationName.certificateDelete

    /// The certificate's name.
    package var name: ResourceName

    /// Asks to delete `name`.
    package init(name: ResourceName) { self.name = name }

    package var auditObject: String { "certificate/\(name)" }
    package var furtherPermissions: [Permission] { [.connectionRetarget] }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<CertificateSummary> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                let record = try transaction.requireCertificate(name, in: tenant)
                let summary = try transaction.summary(of: record)
                guard summary.usedBy.isEmpty else {
                    throw VaultError(
                        .conflict, "in-use",
                        "certificate '\(name)' is used by \(summary.usedBy.joined(separator: ", "))",
                        "give those connections another authority first")
                }
                try transaction.delete(record)
                return summary
            })
    }
}
