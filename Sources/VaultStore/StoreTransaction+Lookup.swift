private import SQLite
private import Sealing
package import VaultModel

extension StoreTransaction {
    /// The blind index of a name in a column of a tenant.
    package func nameIndex(
        _ name: ResourceName, _ column: String, in tenant: TenantID
    ) throws -> [UInt8] {
        try keys.keys(for: tenant).blindIndex(name.text, column: column)
    }

    /// The tenant of a name.
    package func tenant(named name: ResourceName) throws -> TenantRecord? {
        let index = try nameIndex(name, "tenant.name", in: .system)
        return try select(TenantRecord.self, where: "WHERE name_index = ?", [.blob(index)]).first
    }

    /// Every tenant, by name.
    package func tenants() throws -> [TenantRecord] {
        try select(TenantRecord.self, where: "", [])
            .sorted { $0.content.name.folded < $1.content.name.folded }
    }

    /// The secret of a name.
    package func secret(named name: ResourceName, in tenant: TenantID) throws -> SecretRecord? {
        let index = try nameIndex(name, "secret.name", in: tenant)
        return try select(
            SecretRecord.self, where: "WHERE tenant = ? AND name_index = ?",
            [.blob(tenant.bytes), .blob(index)]
        ).first
    }

    /// Every secret of a tenant, by name.
    package func secrets(in tenant: TenantID) throws -> [SecretRecord] {
        try select(SecretRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted { $0.content.name.folded < $1.content.name.folded }
    }

    /// The versions of a secret, oldest first.
    package func versions(of secret: SecretRecord) throws -> [SecretVersionRecord] {
        try versions(of: secret.id, in: secret.tenant)
    }

    /// The versions of a secret's identity, oldest first; a person's codes have one too.
    package func versions(
        of secret: SecretID, in tenant: TenantID
    ) throws -> [SecretVersionRecord] {
        try select(
            where: "WHERE secret = ? AND tenant = ? ORDER BY number",
            [.blob(secret.bytes), .blob(tenant.bytes)])
    }

    /// The connection of a name in an environment.
    package func connection(
        named name: ResourceName, _ environment: DeploymentEnvironment, in tenant: TenantID
    ) throws -> ConnectionRecord? {
        try variants(of: name, in: tenant).first { $0.environment == environment }
    }

    /// A name's connections in all environments.
    package func variants(
        of name: ResourceName, in tenant: TenantID
    ) throws -> [ConnectionRecord] {
        let index = try nameIndex(name, "connection.name", in: tenant)
        return try select(
            where: "WHERE tenant = ? AND name_index = ? ORDER BY environment",
            [.blob(tenant.bytes), .blob(index)])
    }

    /// Every connection of a tenant, by name.
    package func connections(in tenant: TenantID) throws -> [ConnectionRecord] {
        try select(ConnectionRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted {
                ($0.content.name.folded, $0.environment.rawValue)
                    < ($1.content.name.folded, $1.environment.rawValue)
            }
    }

    /// The connections whose settings refer to a secret, for whatever purpose.
    package func connections(using secret: SecretRecord) throws -> [ConnectionRecord] {
        let id = SQLiteValue.blob(secret.id.bytes)
        return try select(
            where: "WHERE (secret = ? OR pop_secret = ? OR tls_secret = ?) AND tenant = ?",
            [id, id, id, .blob(secret.tenant.bytes)])
    }

    // MARK: Revisions

    /// The states that a connection was in, the newest first.
    package func revisions(of connection: ConnectionRecord) throws -> [ConnectionRevisionRecord] {
        try select(
            where: "WHERE connection = ? AND tenant = ? ORDER BY number DESC",
            [.blob(connection.id.bytes), .blob(connection.tenant.bytes)])
    }

    /// One of them.
    package func revision(
        _ number: Int64, of connection: ConnectionRecord
    ) throws -> ConnectionRevisionRecord? {
        try select(
            ConnectionRevisionRecord.self,
            where: "WHERE connection = ? AND tenant = ? AND number = ?",
            [
                .blob(connection.id.bytes), .blob(connection.tenant.bytes), .integer(number),
            ]
        ).first
    }

    // MARK: Variables

    /// The variable of a name in an environment; the one for all environments under `nil`.
    package func variable(
        named name: ResourceName, _ environment: DeploymentEnvironment?, in tenant: TenantID
    ) throws -> VariableRecord? {
        let index = try nameIndex(name, "variable.name", in: tenant)
        return try select(
            VariableRecord.self,
            where: "WHERE tenant = ? AND name_index = ? AND environment = ?",
            [.blob(tenant.bytes), .blob(index), .text(environment?.rawValue ?? "")]
        ).first
    }

    /// Every variable of a tenant, by name.
    package func variables(in tenant: TenantID) throws -> [VariableRecord] {
        try select(VariableRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted {
                ($0.content.name.folded, $0.environment?.rawValue ?? "")
                    < ($1.content.name.folded, $1.environment?.rawValue ?? "")
            }
    }

    // MARK: Servers

    /// What is remembered of the server at a host and port.
    package func serverFacts(
        host: String, port: Int, in tenant: TenantID
    ) throws -> ServerFactsRecord? {
        let index = try endpointIndex(host: host, port: port, in: tenant)
        return try select(
            ServerFactsRecord.self,
            where: "WHERE tenant = ? AND endpoint_index = ?", [.blob(tenant.bytes), .blob(index)]
        ).first
    }

    /// What is remembered of every server of a tenant, those whose certificates expire first before.
    package func serverFacts(in tenant: TenantID) throws -> [ServerFactsRecord] {
        try select(
            where: "WHERE tenant = ? ORDER BY expires IS NULL, expires", [.blob(tenant.bytes)])
    }

    /// The blind index of a host and port.
    package func endpointIndex(host: String, port: Int, in tenant: TenantID) throws -> [UInt8] {
        try keys.keys(for: tenant).blindIndex(
            "\(host.lowercased()):\(port)", column: "server_facts.endpoint")
    }

    /// The certificate of a name.
    package func certificate(
        named name: ResourceName, in tenant: TenantID
    ) throws -> CertificateRecord? {
        let index = try nameIndex(name, "certificate.name", in: tenant)
        return try select(
            CertificateRecord.self, where: "WHERE tenant = ? AND name_index = ?",
            [.blob(tenant.bytes), .blob(index)]
        ).first
    }

    /// Every certificate of a tenant, by name.
    package func certificates(in tenant: TenantID) throws -> [CertificateRecord] {
        try select(CertificateRecord.self, where: "WHERE tenant = ?", [.blob(tenant.bytes)])
            .sorted { $0.content.name.folded < $1.content.name.folded }
    }

    /// A tenant's messages, newest first.
    package func messages(in tenant: TenantID, limit: Int) throws -> [MessageRecord] {
        try select(
            where: "WHERE tenant = ? ORDER BY created DESC LIMIT ?",
            [.blob(tenant.bytes), .integer(Int64(limit))])
    }

    /// The messages that a crash left without an outcome.
    package func unfinishedMessages() throws -> [MessageRecord] {
        try select(where: "WHERE state IN ('sending', 'dot_sent')", [])
    }
}
