package import Access
private import Explained
private import Glibc
private import Sodium
package import VaultModel
internal import VaultStore

/// What `vault status` tells.
package struct VaultStatus: Sendable, Codable {
    /// The vault's identity.
    package var vault: VaultID
    /// Its folder.
    package var home: String
    /// `unsealed`, or `sealed`: then only what needs no key is told.
    package var state: String
    /// How many secrets there are.
    package var secrets: Int?
    /// How many connections there are.
    package var connections: Int?
    /// How many tokens can be used.
    package var tokens: Int?
    /// The number of the last audit entry.
    package var auditEntries: Int64?
    /// Whether keys lie in locked memory.
    package var memoryLocked: Bool
    /// This program's version.
    package var version: String
    /// Secrets that are due, expired, refused or left in the middle of a rotation: by name for whoever
    /// may see secrets, otherwise how many and what is the matter (``SecretAlert/unnamed``).
    package var secretsToRotate: [SecretAlert]
    /// How many slots of each kind open the vault.
    package var slots: [SlotCount]
    /// How far shares have come, while the vault is sealed.
    package var shares: [ShareProgress]?
}

/// This program's version.
package enum ProductVersion {
    /// The version, as `vault version` prints it.
    package static let text = "0.1.0"
}

/// `vault status`.
package struct ShowStatus: OperationRequest {
    package typealias Response = VaultStatus
    package static let operation = OperationName.vaultStatus

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<VaultStatus> {
        let tenant = context.tenant
        let vault = context.vault
        let seesSecrets = AccessControl.allows(context.principal, .secretStat, on: .vault)
        return OperationReply(
            try await context.commit { transaction in
                let ageing = try transaction.ageing(in: tenant, vault.rotations)
                return VaultStatus(
                    vault: vault.store.vault, home: vault.home.path, state: "unsealed",
                    secrets: ageing.count,
                    connections: try transaction.connections(in: tenant).count,
                    tokens: try transaction.tokens(in: tenant)
                        .filter { TokenSummary($0).state == "active" }.count,
                    auditEntries: transaction.lastAuditSequence,
                    memoryLocked: SodiumRuntime.slabUsage?.isLocked ?? false,
                    version: ProductVersion.text,
                    secretsToRotate: try ageing.compactMap { $0.alert(at: .now) }.map {
                        seesSecrets ? $0 : try $0.unnamed
                    },
                    slots: SlotCount.of(try transaction.slots()))
            })
    }
}

/// One finding of `vault doctor`.
package struct DoctorFinding: Sendable, Codable {
    /// What was looked at.
    package var check: String
    /// Whether it is as it should be.
    package var ok: Bool
    /// What was found, and what to do if it is not.
    package var detail: String
}

/// `vault doctor`: file modes, key, memory, every row, the audit chain, clock, certificates, ports,
/// libraries, disk space.
package struct RunDoctor: OperationRequest {
    package typealias Response = [DoctorFinding]
    package static let operation = OperationName.vaultDoctor

    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[DoctorFinding]> {
        let vault = context.vault
        var findings = Self.files(of: vault.home)
        findings += ProtectionLevel.findings(
            slots: try await vault.store.slots(),
            isMemoryLocked: SodiumRuntime.slabUsage?.isLocked ?? false,
            isHardened: SodiumRuntime.isHardened)
        do {
            try await vault.store.checkEverything()
            findings.append(
                DoctorFinding(check: "rows", ok: true, detail: "every row is authentic"))
        } catch {
            findings.append(
                DoctorFinding(
                    check: "rows", ok: false, detail: VaultError(wrapping: error).description))
        }
        let verdict = try await context.commit { try $0.verifyAudit() }
        findings.append(
            DoctorFinding(
                check: "audit chain", ok: verdict.ok,
                detail: verdict.ok
                    ? "\(verdict.entries) entries"
                    : "entry \(verdict.firstBad ?? 0) \(verdict.problem ?? ""); restore a backup"))
        findings += try await Self.surroundings(in: context)
        findings.append(Self.disk(of: vault.home))
        let isThere = Ballast(of: vault.home).isThere
        findings.append(
            DoctorFinding(
                check: "ballast", ok: true,
                detail: isThere
                    ? "room is kept for a full disk"
                    : "no room is kept for a full disk; vault serve takes it when there is some"))
        return OperationReply(findings)
    }

    private static func files(of home: VaultHome) -> [DoctorFinding] {
        let paths =
            [(home.path, 0o077), (home.data, 0o077), (home.keys, 0o077), (home.database, 0o077)]
            + home.keyFiles().map { ($0, 0o077) }
        return paths.map { path, forbidden in
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else {
                return DoctorFinding(check: path, ok: false, detail: "cannot be looked at")
            }
            let mode = Int(status.st_mode) & 0o777
            let ok = mode & forbidden == 0 && status.st_uid == geteuid()
            return DoctorFinding(
                check: path, ok: ok,
                detail: "mode \(String(mode, radix: 8))"
                    + (ok ? "" : ": others can reach it; chmod go= it"))
        }
    }

    private static func disk(of home: VaultHome) -> DoctorFinding {
        var status = statvfs()
        guard unsafe statvfs(home.data, &status) == 0 else {
            return DoctorFinding(check: "disk", ok: false, detail: "cannot be looked at")
        }
        let megabytes = (UInt64(status.f_bavail) * UInt64(status.f_frsize)) >> 20
        return DoctorFinding(
            check: "disk", ok: megabytes >= 100,
            detail: "\(megabytes) MiB free" + (megabytes >= 100 ? "" : ": make room"))
    }
}
