import Access
import CrashVFS
import Delivery
import Glibc
import Operations
import Sealing
import Sodium
import Testing
import VaultModel
import VaultStore

/// A vault whose disk loses what was not synchronised when the power goes.
final class CutVault {
    /// One change of the vault, and what is true of the secret once it is acknowledged.
    struct Step: Sendable {
        let name: String
        /// The value that is current afterwards; `nil` when it stays.
        let current: String?
        let act: @Sendable (VaultService) async throws -> Void
    }

    /// What was acknowledged before the cut.
    struct Outcome {
        /// Values that may be current: the last acknowledged one, and that of the step in the middle.
        var currents: [String]
        /// The last audit entry that was acknowledged.
        var sequence: Int64
        /// How many steps were acknowledged.
        var steps: Int
    }

    /// What else is looked at after a cut; both give what is not as it should be.
    struct Look: Sendable {
        /// Looks at the files as the disk has them, before they are opened again.
        let atFiles: @Sendable (CutVault, Outcome) -> [String]
        /// Looks at the open vault.
        let atVault: @Sendable (VaultService, Outcome) async throws -> [String]
    }

    let folder = TemporaryFolder()
    let home: VaultHome
    private let image: [UInt8]
    /// What lies beside the database to tell its age.
    private let anchor: [UInt8]

    /// Makes a vault with a secret that a connection uses, fills it further, and keeps its file.
    init(filledBy fill: (VaultService) async throws -> Void = { _ in }) async throws {
        try SodiumRuntime.start(slabBytes: 8_388_608, allowSwap: true)
        home = VaultHome(path: folder.file("home"))
        let created = try await VaultService.create(
            home: home, keyFile: nil, withRecoveryCode: false, settings: DeliverySettings())
        let service = created.service
        try await Self.ask(service, SetSecret(name: name("smtp-pass")), "value 1")
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        settings.auth.mode = .smtp
        settings.auth.username = "user"
        settings.auth.secretRef = try SecretReference(parsing: "smtp-pass")
        try await Self.ask(
            service,
            CreateConnection(name: name("alerts"), environment: .production, settings: settings))
        try await fill(service)
        await service.close()
        image = Self.contents(of: home.database)
        anchor = Self.contents(of: home.anchor)
    }

    static func ask<Request: OperationRequest>(
        _ service: VaultService, _ request: Request, _ secret: String? = nil,
        in tenant: String? = nil
    ) async throws {
        _ = try await service.perform(
            request, from: .local(user: geteuid(), tenant: tenant),
            secret: try secret.map { try parcel($0) })
    }

    /// The life of a secret: set, rotated, rolled back, rotated again.
    static let secretSteps: [Step] = [
        Step(name: "set", current: "value 2") {
            try await ask($0, SetSecret(name: name("smtp-pass")), "value 2")
        },
        Step(name: "rotate", current: "value 3") {
            try await ask(
                $0, RotateSecret(name: name("smtp-pass"), connection: nil, skipTest: true),
                "value 3")
        },
        Step(name: "roll back", current: "value 2") {
            try await ask($0, RollBackSecret(name: name("smtp-pass")))
        },
        Step(name: "rotate again", current: "value 4") {
            try await ask(
                $0, RotateSecret(name: name("smtp-pass"), connection: nil, skipTest: true),
                "value 4")
        },
    ]

    /// New keys under all that there is.
    static let keySteps: [Step] = [
        Step(name: "tenant key", current: nil) {
            try await ask($0, RotateTenantKey(name: nil))
        },
        Step(name: "root key", current: nil) { try await ask($0, RotateRootKey(shred: false)) },
        Step(name: "set", current: "value 2") {
            try await ask($0, SetSecret(name: name("smtp-pass")), "value 2")
        },
        Step(name: "root key without the old one", current: nil) {
            try await ask($0, RotateRootKey(shred: true))
        },
    ]

    /// Opens the vault anew and takes the steps until the power goes; gives what was acknowledged.
    func run(_ steps: [Step], cut: Int64) async throws -> Outcome {
        for suffix in ["", "-wal", "-shm"] { unsafe unlink(home.database + suffix) }
        Self.put(image, at: home.database)
        Self.put(anchor, at: home.anchor)
        try #require(unsafe crash_vfs_begin(home.data, cut) == 0)
        var outcome = Outcome(currents: ["value 1"], sequence: 0, steps: 0)
        do {
            let service = try await VaultService.open(
                home: home, keyFile: nil, settings: DeliverySettings())
            do {
                for step in steps {
                    if let current = step.current { outcome.currents.append(current) }
                    try await step.act(service)
                    outcome.currents = [outcome.currents.last ?? ""]
                    outcome.sequence = try await service.store.end().sequence
                    outcome.steps += 1
                }
            } catch {
                if crash_vfs_is_cut() == 0 { Issue.record("\(error)") }
            }
            await service.close()
        } catch {
            if crash_vfs_is_cut() == 0 { Issue.record("\(error)") }
        }
        return outcome
    }

    /// Starts again after the cut and looks at everything; gives what is not as it should be.
    ///
    /// - Parameter look: Looks further, after the vault was found sound.
    func findings(
        after outcome: Outcome, _ loss: crash_vfs_loss, seed: UInt64,
        _ look: Look? = nil
    ) async throws -> [String] {
        guard crash_vfs_restart(loss, seed) == 0 else { return ["the files are not put back"] }
        var findings = look?.atFiles(self, outcome) ?? []
        do {
            let service = try await VaultService.open(
                home: home, keyFile: nil, settings: DeliverySettings())
            do {
                let inventory = try await service.store.inventory()
                if inventory.auditEntries < outcome.sequence {
                    findings.append("\(inventory.auditEntries) of \(outcome.sequence) entries")
                }
                findings += try await service.store.read { transaction in
                    try Self.findings(in: transaction, allowed: outcome.currents)
                }
                if let look { findings += try await look.atVault(service, outcome) }
                // The vault goes on.
                try await Self.ask(service, SetSecret(name: name("smtp-pass")), "afterwards")
            } catch {
                findings.append("\(error)")
            }
            await service.close()
        } catch {
            findings.append("\(error)")
        }
        return findings
    }

    /// Whether one version of the secret is current in a tenant and has an allowed value.
    static func findings(
        in transaction: StoreTransaction, tenant name: String = "default", allowed: [String]
    ) throws -> [String] {
        guard let tenant = try transaction.tenant(named: ResourceName(name)),
            let secret = try transaction.secret(named: ResourceName("smtp-pass"), in: tenant.id)
        else { return ["the secret is gone"] }
        let versions = try transaction.versions(of: secret)
        let current = versions.filter { $0.state == .current }
        guard current.count == 1, let sealed = current[0].sealed else {
            return ["\(current.count) versions are current"]
        }
        let value = try transaction.keys.open(sealed, at: current[0].place)
        let text = value.withSpan { span in
            String(decoding: span.indices.map { span[$0] }, as: UTF8.self)
        }
        return allowed.contains(text) ? [] : ["\(text) is current, none of \(allowed)"]
    }

    static func contents(of path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        var status = stat()
        _ = unsafe fstat(file, &status)
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        precondition(unsafe Glibc.read(file, &bytes, bytes.count) == bytes.count, "cannot read")
        return bytes
    }

    private static func put(_ bytes: [UInt8], at path: String) {
        let file = unsafe open(path, O_CREAT | O_TRUNC | O_WRONLY, 0o600)
        defer { close(file) }
        precondition(unsafe Glibc.write(file, bytes, bytes.count) == bytes.count, "cannot write")
    }
}
