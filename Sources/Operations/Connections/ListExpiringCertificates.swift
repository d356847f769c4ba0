package import Access
package import VaultModel
internal import VaultStore

/// A certificate whose end is near, or past.
package struct ExpiringCertificate: Sendable, Codable {
    /// `stored NAME`, or the server that presented it as `HOST:PORT`.
    package var place: String
    /// Whom it names.
    package var subject: String
    /// Its SHA-256 digest, in hexadecimal.
    package var sha256: String
    /// The end of its validity.
    package var expires: Timestamp
    /// Whole days until then; negative when it is past.
    package var days: Int64
    /// The connections that meet it.
    package var usedBy: [String]
}

/// `vault certificate expiring [--within DURATION]`: those stored, and those that servers presented
/// last; the first to expire first.
package struct ListExpiringCertificates: OperationRequest {
    package typealias Response = [ExpiringCertificate]
    package static let operation = OperationName.certificateExpiring

    /// How soon, in seconds.
    package var withinSeconds: Int64

    /// Asks what expires within so many seconds.
    package init(withinSeconds: Int64) { self.withinSeconds = withinSeconds }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[ExpiringCertificate]> {
        let tenant = context.tenant
        let now = Timestamp.now
        let bound = now.adding(seconds: max(0, withinSeconds))
        return OperationReply(
            try await context.commit { transaction in
                let connections = try transaction.connections(in: tenant)
                let stored = try transaction.certificates(in: tenant).map { record in
                    let name = record.content.name
                    return ExpiringCertificate(
                        place: "stored \(name)", subject: record.content.subject,
                        sha256: record.content.sha256, expires: record.expires,
                        days: Self.days(from: now, to: record.expires),
                        usedBy: connections.filter { connection in
                            let tls = connection.content.settings.tls
                            return [tls.caRef, tls.clientCertRef]
                                .contains { $0?.folded == name.folded }
                        }.map(\.reference.description))
                }
                let presented = try transaction.serverFacts(in: tenant).compactMap { facts in
                    facts.content.certificate.map { certificate in
                        let server = facts.content
                        return ExpiringCertificate(
                            place: "\(server.host):\(server.port)", subject: certificate.subject,
                            sha256: certificate.sha256, expires: certificate.expires,
                            days: Self.days(from: now, to: certificate.expires),
                            usedBy: connections.filter { connection in
                                let settings =
                                    (try? transaction.effectiveSettings(of: connection))
                                    ?? connection.content.settings
                                return settings.host == server.host
                                    && settings.transport.port == server.port
                            }.map(\.reference.description))
                    }
                }
                return (stored + presented).filter { $0.expires < bound }
                    .sorted { $0.expires < $1.expires }
            })
    }

    private static func days(from now: Timestamp, to end: Timestamp) -> Int64 {
        let seconds = end.seconds - now.seconds
        return seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    }
}
