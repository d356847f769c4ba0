package import Access
private import ConnectionProperties
package import VaultModel
internal import VaultStore

/// `vault connection clone NAME[@ENV] NEW [--env ENV]`: a new connection with the same settings.
package struct CloneConnection: OperationRequest {
    package typealias Response = ConnectionSummary
    package static let operation = OperationName.connectionClone

    /// Which connection.
    package var reference: ConnectionReference
    /// The new one's name.
    package var name: ResourceName
    /// Where the new one's mail goes; `nil` for the same environment.
    package var environment: DeploymentEnvironment?
    /// Lets the new one use the same secrets; without it, it has no login.
    package var withSecrets: Bool

    /// Asks for a copy.
    package init(
        reference: ConnectionReference, name: ResourceName,
        environment: DeploymentEnvironment? = nil, withSecrets: Bool = false
    ) {
        self.reference = reference
        self.name = name
        self.environment = environment
        self.withSecrets = withSecrets
    }

    package var object: AccessObject { .connection(name, environment ?? reference.environment) }
    package var furtherObjects: [AccessObject] { [AccessObject(reference)] }
    package var auditObject: String { "connection/\(name)" }
    package var furtherPermissions: [Permission] {
        [.connectionRead] + (withSecrets ? [.connectionRetarget] : [])
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<ConnectionSummary> {
        let tenant = context.tenant
        let change = try context.change(
            "clone", reason: "copy of \(reference)", bindsSecrets: withSecrets)
        return OperationReply(
            try await context.commit(detail: ["from": "\(reference)"]) { transaction in
                let source = try transaction.requireConnection(reference, in: tenant)
                var settings = source.content.settings
                settings.take(.network, from: nil)
                settings.debug = .init()
                if !withSecrets { settings.take(.login, from: nil) }
                return try transaction.copy(
                    settings, of: source, to: name, environment ?? source.environment, change)
            })
    }
}

/// What `promote` carries over, or would.
package struct PromotionReport: Sendable, Codable {
    /// The connection that is promoted.
    package var from: String
    /// Where to.
    package var to: String
    /// `planned`, `created` or `updated`.
    package var status: String
    /// The fields that change.
    package var changes: [ConnectionField.Difference]
    /// The connection as it is afterwards; `nil` for a plan.
    package var connection: ConnectionSummary?
}

/// `vault connection promote NAME --from ENV --to ENV [--with-secrets] [--dry-run]`.
///
/// The target keeps its account and its secrets unless the request asks to carry them over; a new
/// one without them is created disabled.
package struct PromoteConnection: OperationRequest {
    package typealias Response = PromotionReport
    package static let operation = OperationName.connectionPromote

    /// The name in both environments.
    package var name: ResourceName
    /// Whose settings are carried over.
    package var from: DeploymentEnvironment
    /// Where to.
    package var to: DeploymentEnvironment
    /// Carries the account and the references to its secrets over too.
    package var withSecrets: Bool
    /// Tells what would change, and changes nothing.
    package var dryRun: Bool
    /// Why, for its history.
    package var reason: String?

    /// Asks to promote `name`.
    package init(
        name: ResourceName, from: DeploymentEnvironment, to: DeploymentEnvironment,
        withSecrets: Bool = false, dryRun: Bool = false, reason: String? = nil
    ) {
        self.name = name
        self.from = from
        self.to = to
        self.withSecrets = withSecrets
        self.dryRun = dryRun
        self.reason = reason
    }

    package var object: AccessObject { .connection(name, to) }
    package var furtherObjects: [AccessObject] { [.connection(name, from)] }
    package var auditObject: String { "connection/\(name)@\(to.rawValue)" }
    package var furtherPermissions: [Permission] {
        [.connectionRead, .connectionCreate] + (withSecrets ? [.connectionRetarget] : [])
    }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<PromotionReport> {
        guard from != to else {
            throw VaultError.invalid("both environments are \(to.rawValue)", "name two")
        }
        let tenant = context.tenant
        let change = try context.change(
            "promote", reason: reason ?? "from \(from.rawValue)", bindsSecrets: withSecrets)
        return OperationReply(
            try await context.commit(detail: ["from": from.rawValue, "dry_run": "\(dryRun)"]) {
                transaction in
                let source = try transaction.requireConnection(
                    ConnectionReference(name: name, environment: from), in: tenant)
                let target = try transaction.connection(named: name, to, in: tenant)
                let settings = source.content.settings.promoted(
                    over: target?.content.settings, withSecrets: withSecrets)
                try transaction.check(settings, for: to, in: tenant, under: change.policy)
                let before =
                    target?.content.settings ?? ConnectionSettings(host: "", from: "")
                var report = PromotionReport(
                    from: "\(source.reference)",
                    to: "\(ConnectionReference(name: name, environment: to))", status: "planned",
                    changes: ConnectionField.differences(from: before, to: settings))
                guard !dryRun else { return report }
                if let target {
                    let record = try transaction.save(
                        settings, in: target, asDraft: false, change)
                    report.status = "updated"
                    report.connection = try transaction.summary(of: record)
                } else {
                    report.status = "created"
                    report.connection = try transaction.copy(
                        settings, of: source, to: name, to, change)
                }
                return report
            })
    }
}

/// Fields that stay where they are when settings are carried over.
private enum KeptFields {
    /// The account with all that refers to a secret.
    case login
    /// What only operators set.
    case network

    func holds(_ field: String) -> Bool {
        switch self {
        case .login:
            field.hasPrefix("auth.") || field.hasPrefix("pop3.") || field == "tls.client_cert_ref"
        case .network: field == "source_ip" || field == "proxy"
        }
    }
}

extension ConnectionSettings {
    /// Puts the kept fields of `other`, or their defaults, in the place of these, with the
    /// properties that stand for them.
    fileprivate mutating func take(_ kept: KeptFields, from other: ConnectionSettings?) {
        let other = other ?? ConnectionSettings(host: "", from: "")
        switch kept {
        case .login:
            auth = other.auth
            pop3 = other.pop3
            tls.clientCertRef = other.tls.clientCertRef
        case .network:
            sourceIp = other.sourceIp
            proxy = other.proxy
        }
        func stands(_ property: String) -> Bool {
            PropertyRegistry.rule(for: property)?.fields.contains(where: kept.holds) ?? false
        }
        properties = properties.filter { !stands($0.key) }
            .merging(other.properties.filter { stands($0.key) }) { own, _ in own }
    }

    /// These settings with the account of `target`, unless secrets are carried over.
    fileprivate func promoted(
        over target: ConnectionSettings?, withSecrets: Bool
    ) -> ConnectionSettings {
        var result = self
        result.take(.network, from: target)
        result.debug = target?.debug ?? .init()
        if !withSecrets { result.take(.login, from: target) }
        return result
    }
}

extension StoreTransaction {
    /// Adds a connection with the settings of another; disabled if its login was left behind.
    fileprivate func copy(
        _ settings: ConnectionSettings, of source: ConnectionRecord, to name: ResourceName,
        _ environment: DeploymentEnvironment, _ change: ConnectionChange
    ) throws -> ConnectionSummary {
        let tenant = source.tenant
        try check(settings, for: environment, in: tenant, under: change.policy)
        try requireFree(name, environment, in: tenant)
        let lostLogin = source.content.settings.auth.mode != settings.auth.mode
        let record = ConnectionRecord(
            tenant: tenant, name: name,
            nameIndex: try nameIndex(name, "connection.name", in: tenant),
            environment: environment, enabled: source.enabled && !lostLogin,
            secrets: try referredSecrets(settings, in: tenant), settings: settings)
        try create(record, change)
        var summary = try summary(of: record)
        if lostLogin {
            summary.warnings.append(
                "the login was not carried over: set --username and --secret, then enable it")
        }
        return summary
    }
}
