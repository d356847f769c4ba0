internal import SQLite

/// The tables of format 1 (`docs/formats/vault-database.md`).
///
/// Every table but `meta`, `head`, `key_slot`, `scope_key`, `root_key`, `audit` and `audit_key` is a
/// ``RecordTable``. The
/// text that SQLite keeps of each statement is compared at every opening, so that nobody adds a
/// trigger or a view.
enum Schema {
    /// Marks the file as a vault: "SGNT".
    static let applicationID: Int32 = 0x5347_4e54
    /// The format that this version writes.
    static let format: Int64 = 1

    static let statements: [SQL] = [
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT",
        """
        CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, \
        audit_mac BLOB NOT NULL, rows BLOB NOT NULL, tree BLOB NOT NULL, sinks BLOB NOT NULL, \
        anchored INTEGER NOT NULL, incarnation INTEGER NOT NULL, life INTEGER NOT NULL, \
        mac BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE key_slot (id BLOB PRIMARY KEY, kind TEXT NOT NULL, parameters BLOB NOT NULL, \
        check_value BLOB NOT NULL, wrapped BLOB NOT NULL, wrapped_key BLOB NOT NULL, \
        created INTEGER NOT NULL) STRICT
        """,
        """
        CREATE TABLE scope_key (tenant BLOB NOT NULL, generation INTEGER NOT NULL, state TEXT NOT NULL, \
        wrapped BLOB NOT NULL, PRIMARY KEY (tenant, generation)) STRICT
        """,
        """
        CREATE TABLE root_key (generation INTEGER PRIMARY KEY, expires INTEGER NOT NULL, \
        wrapped BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE audit (sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, tenant BLOB NOT NULL, \
        epoch INTEGER NOT NULL, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE audit_key (role TEXT PRIMARY KEY, epoch INTEGER NOT NULL, first INTEGER NOT NULL, \
        started INTEGER NOT NULL, recipient BLOB, sealed BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE tenant (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, state TEXT NOT NULL, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX tenant_name ON tenant (name_index)",
        """
        CREATE TABLE secret (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, kind TEXT NOT NULL, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX secret_name ON secret (tenant, name_index)",
        """
        CREATE TABLE secret_version (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        secret BLOB NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, \
        data_key BLOB, payload BLOB, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX secret_version_number ON secret_version (secret, number)",
        "CREATE UNIQUE INDEX secret_version_current ON secret_version (secret) WHERE state = 'current'",
        "CREATE UNIQUE INDEX secret_version_pending ON secret_version (secret) WHERE state = 'pending'",
        "CREATE UNIQUE INDEX secret_version_previous ON secret_version (secret) WHERE state = 'previous'",
        """
        CREATE TABLE connection (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, environment TEXT NOT NULL, enabled INTEGER NOT NULL, secret BLOB, \
        pop_secret BLOB, tls_secret BLOB, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX connection_name ON connection (tenant, name_index, environment)",
        "CREATE INDEX connection_secret ON connection (secret)",
        "CREATE INDEX connection_pop_secret ON connection (pop_secret)",
        "CREATE INDEX connection_tls_secret ON connection (tls_secret)",
        """
        CREATE TABLE connection_revision (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        connection BLOB NOT NULL, number INTEGER NOT NULL, created INTEGER NOT NULL, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX connection_revision_number ON connection_revision (connection, number)",
        """
        CREATE TABLE variable (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, environment TEXT NOT NULL, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX variable_name ON variable (tenant, name_index, environment)",
        """
        CREATE TABLE server_facts (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        endpoint_index BLOB NOT NULL, seen INTEGER NOT NULL, expires INTEGER, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX server_facts_endpoint ON server_facts (tenant, endpoint_index)",
        """
        CREATE TABLE certificate (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, expires INTEGER NOT NULL, key_secret BLOB, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX certificate_name ON certificate (tenant, name_index)",
        """
        CREATE TABLE token (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        accessor TEXT NOT NULL, hash BLOB NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, \
        expires INTEGER, parent BLOB, last_used INTEGER, uses_left INTEGER, kind TEXT NOT NULL, \
        principal BLOB, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX token_accessor ON token (accessor)",
        "CREATE INDEX token_parent ON token (parent)",
        "CREATE INDEX token_principal ON token (principal)",
        """
        CREATE TABLE message (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        connection BLOB NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE INDEX message_created ON message (tenant, created)",
        "CREATE INDEX message_state ON message (state)",
        """
        CREATE TABLE backup (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        created INTEGER NOT NULL, root_generation INTEGER NOT NULL, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE rotation (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        secret BLOB NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL, due INTEGER, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE INDEX rotation_secret ON rotation (secret, created)",
        "CREATE INDEX rotation_due ON rotation (due) WHERE due IS NOT NULL",
        """
        CREATE UNIQUE INDEX rotation_unfinished ON rotation (secret) \
        WHERE state IN ('created', 'set_attempted', 'set', 'tested', 'undecided')
        """,
        """
        CREATE TABLE principal (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, \
        sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX principal_name ON principal (tenant, name_index)",
        """
        CREATE TABLE role (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX role_name ON role (tenant, name_index)",
        """
        CREATE TABLE role_binding (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        principal BLOB NOT NULL, expires INTEGER, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE INDEX role_binding_principal ON role_binding (principal)",
        """
        CREATE TABLE setting (id BLOB PRIMARY KEY, tenant BLOB NOT NULL, revision INTEGER NOT NULL, \
        name_index BLOB NOT NULL, sealed BLOB NOT NULL, mac BLOB NOT NULL) STRICT
        """,
        "CREATE UNIQUE INDEX setting_name ON setting (tenant, name_index)",
    ]

    /// Every kind of record, so that none is left out of a check.
    static let records: [any Record.Type] = [
        TenantRecord.self, SecretRecord.self, SecretVersionRecord.self, ConnectionRecord.self,
        ConnectionRevisionRecord.self, VariableRecord.self, ServerFactsRecord.self,
        CertificateRecord.self, TokenRecord.self, MessageRecord.self,
        BackupRecord.self, RotationRecord.self,
        PrincipalRecord.self, RoleRecord.self, RoleBindingRecord.self, VaultSettingRecord.self,
    ]

    /// The tables whose rows the state digest counts.
    static let tables: [RecordTable] = records.map { $0.table }
}
