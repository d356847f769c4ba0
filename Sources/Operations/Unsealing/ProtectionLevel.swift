internal import Sealing

/// How well the keys of a vault are kept, in words.
enum ProtectionLevel {
    /// What `vault doctor` says: the level in one sentence, the slots, locked memory, core dumps.
    static func findings(
        slots: [RootKeySlot], isMemoryLocked: Bool, isHardened: Bool
    ) -> [DoctorFinding] {
        [
            DoctorFinding(
                check: "protection", ok: true, detail: sentence(for: Set(slots.map(\.kind)))),
            DoctorFinding(check: "slots", ok: !slots.isEmpty, detail: list(of: slots)),
            DoctorFinding(
                check: "memory", ok: isMemoryLocked,
                detail: isMemoryLocked
                    ? "keys lie in locked memory" : "keys may be swapped: raise LimitMEMLOCK"),
            DoctorFinding(
                check: "core dumps", ok: isHardened,
                detail: isHardened ? "switched off" : "may be written"),
        ]
    }

    /// Against whom the vault's files are protected when nobody is there.
    static func sentence(for kinds: Set<SlotKind>) -> String {
        if kinds.contains(.keyFile) {
            return "A key file on this machine opens the vault: a copy of the data alone tells "
                + "nothing, a copy of data and key file tells everything."
        }
        if kinds.contains(.credential) {
            return "systemd decrypts the key for this service: a copy of the disk opens the vault "
                + "only if the credential is not bound to the TPM."
        }
        if kinds.contains(.exec) {
            return "A command fetches the key: a copy of the disk opens the vault only for whoever "
                + "may run that command."
        }
        return "No key lies on this machine: the vault opens only with "
            + "\(Unsealer.words(for: kinds)), and stays sealed after a restart until then."
    }

    private static func list(of slots: [RootKeySlot]) -> String {
        let kinds = SlotCount.of(slots).map { "\($0.count) \($0.kind)" }.joined(separator: ", ")
        return slots.count == 1
            ? "only one slot opens the vault (\(kinds)): whoever loses it loses everything; add one "
                + "with vault protector add"
            : kinds
    }
}
