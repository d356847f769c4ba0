internal import SQLite
private import Sealing
package import Sodium
private import VaultModel

// The keys of the audit log: the chain's first and open one, and the one that signs checkpoints.
extension StoreTransaction {
    private var auditKeys: AuditKeyTable { AuditKeyTable(connection: connection, keys: keys) }

    /// Writes the keys of a new vault; its own scope holds all of them.
    func insertAuditKeys(first: AuditEpoch, signer: Ed25519SecretKey) throws {
        for role in [AuditKeyRole.first, .current] {
            try write(role, first.key, epoch: first)
        }
        try write(
            .signer, signer.seed(),
            epoch: AuditEpoch(number: 0, first: 0, started: first.started, key: first.key))
    }

    /// The public key of the auditor who alone can open the first key, or `nil` without one.
    package func auditor() throws -> BoxPublicKey? {
        try auditKeys.row(.first).optionalBlob(3).map { try BoxPublicKey($0) }
    }

    /// The chain's first key, when the vault itself has it or `auditor` opens it.
    ///
    /// - Throws: `StoreError.wrongAuditor` when the first key is another auditor's.
    func firstAuditKey(opening auditor: BoxKeyPair?) throws -> SecretKey? {
        let row = try auditKeys.row(.first)
        guard let recipient = try row.optionalBlob(3) else {
            return try auditKeys.open(.first, row)
        }
        guard let auditor else { return nil }
        let sealed = try row.blob(4)
        guard recipient == auditor.publicKey.bytes else { throw StoreError.wrongAuditor }
        do {
            return try SecretKey(SealedBox.openSecret(sealed.span, with: auditor))
        } catch {
            throw StoreError.wrongAuditor
        }
    }

    /// Gives the first key to an auditor, and to nobody else.
    ///
    /// The open epoch ends with it: what was written before cannot be written again.
    /// - Parameter former: The key of the auditor there was before.
    /// - Throws: `StoreError.auditorThere` when there was one and there is no `former`,
    ///   `StoreError.wrongAuditor` when `former` is not his.
    package func setAuditor(_ recipient: BoxPublicKey, formerly former: BoxKeyPair?) throws {
        guard let key = try firstAuditKey(opening: former) else { throw StoreError.auditorThere }
        let row = try auditKeys.row(.first)
        let sealed = try key.withSpan { (span) throws(SodiumError) in
            try SealedBox.seal(span, to: recipient)
        }
        try store(.first, [row[0], row[1], row[2], .blob(recipient.bytes), .blob(sealed)])
        if head.current.sequence >= head.epoch.first { try evolveAuditKey() }
    }

    /// Begins the next epoch when the open one is over.
    package func evolveAuditKeyIfOver() throws {
        if head.epoch.isOver(after: head.current.sequence, at: .now) { try evolveAuditKey() }
    }

    private func evolveAuditKey() throws {
        let next = try head.epoch.next(first: head.current.sequence + 1, at: .now)
        try write(.current, next.key, epoch: next)
        head.enter(next)
    }

    /// Seals the audit log's keys again under the newest generation of the vault's own key.
    package func resealAuditKeys() throws {
        for role in AuditKeyRole.allCases {
            let row = try auditKeys.row(role)
            guard try row.optionalBlob(3) == nil else { continue }
            let epoch = AuditEpoch(
                number: try row.integer(0), first: try row.integer(1),
                started: try row.integer(2), key: try auditKeys.open(role, row))
            try write(role, epoch.key, epoch: epoch)
        }
    }

    // MARK: Rows

    private func write(_ role: AuditKeyRole, _ key: SecretKey, epoch: AuditEpoch) throws {
        try store(
            role,
            [
                .integer(epoch.number), .integer(epoch.first), .integer(epoch.started), .null,
                .blob(try auditKeys.seal(key, as: role, epoch: epoch.number)),
            ])
    }

    /// Puts a row in the place of the one of the same role, and counts both.
    private func store(_ role: AuditKeyRole, _ values: [SQLiteValue]) throws {
        let name = SQLiteValue.text(role.rawValue)
        let old = try connection.first(
            """
            SELECT role, epoch, first, started, recipient, sealed FROM audit_key WHERE role = ?
            """, [name])
        var marks = [Self.mark("audit_key", [name] + values, digestKey)]
        if let old {
            marks.append(Self.mark("audit_key", old.values, digestKey))
            _ = try connection.run(
                """
                UPDATE audit_key SET epoch = ?, first = ?, started = ?, recipient = ?, sealed = ? \
                WHERE role = ?
                """, values + [name])
        } else {
            _ = try connection.run(
                """
                INSERT INTO audit_key (role, epoch, first, started, recipient, sealed) \
                VALUES (?, ?, ?, ?, ?, ?)
                """, [name] + values)
        }
        head.change { [marks] state in
            for mark in marks { state.toggle(mark) }
        }
    }
}
