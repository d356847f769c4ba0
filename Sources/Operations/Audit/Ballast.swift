private import Glibc

/// Room beside the database that is given up when the disk is full, so that the operator can still
/// do, and log, what cannot wait.
package struct Ballast: Sendable {
    private let path: String
    private let folder: String
    /// Less free room than this counts as a full disk, in bytes.
    private static let fullBytes: UInt64 = 4 << 20

    /// The ballast of a vault.
    package init(of home: VaultHome) {
        path = home.ballast
        folder = home.data
    }

    /// Whether all of it is there.
    package var isThere: Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
            && Int(status.st_blocks) * 512 >= AuditLimits.ballastBytes
    }

    /// Takes the room, if the disk has twice as much; whether it is there.
    @discardableResult
    package func fill() -> Bool {
        if isThere { return true }
        guard free >= UInt64(AuditLimits.ballastBytes) * 2 else { return false }
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(AuditLimits.ballastBytes)) == 0 else {
            unsafe unlink(path)
            return false
        }
        return true
    }

    /// Gives the room back if the disk is full; whether it did.
    func releaseIfFull() -> Bool {
        var status = stat()
        guard free < Self.fullBytes, unsafe lstat(path, &status) == 0 else { return false }
        return unsafe unlink(path) == 0
    }

    private var free: UInt64 {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return .max }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}

extension OperationName {
    /// Whether it cannot wait for room on a full disk: it takes access away or renews what leaked.
    var isUrgent: Bool {
        switch self {
        case .secretRotate, .secretRollback, .rotationResume, .rotationAbort, .tokenRevoke,
            .principalDisable, .principalDelete, .principalSetPassword, .roleUnbind,
            .connectionDisable, .tenantDisable, .vaultRotateRootKey, .protectorRemove, .vaultSeal,
            .vaultUnseal:
            true
        default: false
        }
    }
}
