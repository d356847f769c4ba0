private import Access
private import EventLoop
private import Glibc
private import SQLite
private import Sodium
private import TLS
internal import VaultModel
private import VaultStore

// What the vault depends on outside its own files.
extension RunDoctor {
    /// How far the clock may be behind the last audit entry, in seconds.
    static let clockToleranceSeconds: Int64 = 2
    /// How long before its end a stored certificate is a finding, in days.
    static let certificateDays: Int64 = 14

    /// Clock, certificates, ports and libraries; before this request is in the audit log.
    static func surroundings(in context: OperationContext) async throws -> [DoctorFinding] {
        let tenant = context.tenant
        let (last, certificates) = try await context.vault.store.read { transaction in
            (try transaction.lastAuditTime(), try transaction.certificates(in: tenant))
        }
        let ends = certificates.map { (name: $0.content.name.text, expires: $0.expires) }
        let isNamed = AccessControl.allows(context.principal, .connectionRead, on: .vault)
        return [
            clock(last: last, now: .now), expiry(of: ends, isNamed: isNamed, now: .now), ports(),
            libraries(),
        ]
    }

    /// Whether time went on since the last audit entry; otherwise tokens live longer than they
    /// should.
    static func clock(last: Timestamp?, now: Timestamp) -> DoctorFinding {
        let behind = last.map { ($0.milliseconds - now.milliseconds) / 1000 } ?? 0
        let ok = behind <= clockToleranceSeconds
        return DoctorFinding(
            check: "clock", ok: ok,
            detail: ok
                ? "\(now), not before the last audit entry"
                : "\(now) is \(behind) s before the last audit entry: set the system's clock")
    }

    /// Whether a stored certificate ends soon; which ones, only if they may be named.
    static func expiry(
        of certificates: [(name: String, expires: Timestamp)], isNamed: Bool = true, now: Timestamp
    ) -> DoctorFinding {
        let ending = certificates.filter {
            $0.expires < now.adding(seconds: certificateDays * 86_400)
        }.sorted { $0.expires < $1.expires }
        let detail =
            ending.isEmpty
            ? "\(certificates.count) stored, none ends within \(certificateDays) days"
            : !isNamed
                ? "\(ending.count) of \(certificates.count) ended or end within \(certificateDays) days"
                : ending.map {
                    "\($0.name) \($0.expires < now ? "ended" : "ends") \($0.expires)"
                }.joined(separator: ", ") + ": replace with vault certificate add"
        return DoctorFinding(check: "certificates", ok: ending.isEmpty, detail: detail)
    }

    /// Which of the sandbox's usual ports are taken, by this vault's server or by others.
    static func ports() -> DoctorFinding {
        let usual: [(port: UInt16, option: String)] = [
            (1025, "--sandbox-smtp"), (1465, "--sandbox-smtps"), (1110, "--pop3"),
            (1995, "--pop3s"),
        ]
        let taken = usual.filter { !isFree($0.port) }
        let detail =
            taken.isEmpty
            ? "the sandbox's usual ports are free"
            : "taken, by a server of this vault or another program: "
                + taken.map { "\($0.port) (\($0.option))" }.joined(separator: ", ")
        return DoctorFinding(check: "ports", ok: true, detail: detail)
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | 0o2_000_000, 0)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        var yes: Int32 = 1
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// The libraries that run, and whether each is as new as this program needs.
    static func libraries() -> DoctorFinding {
        let found = [
            (name: "libsodium", version: SodiumRuntime.version, least: [1, 0, 18]),
            (name: "SQLite", version: SQLiteConnection.libraryVersion, least: [3, 40, 0]),
            (name: "OpenSSL", version: OpenSSLVersion.text, least: [3, 0, 0]),
            (name: "libuv", version: EventLoop.libraryVersion, least: [1, 44, 0]),
        ]
        let old = found.filter { isOlder($0.version, than: $0.least) }
        let list = found.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
        return DoctorFinding(
            check: "libraries", ok: old.isEmpty,
            detail: old.isEmpty
                ? list : list + ": update " + old.map(\.name).joined(separator: ", "))
    }

    /// Whether a version with dots between its numbers is before another.
    static func isOlder(_ version: String, than least: [Int]) -> Bool {
        let numbers = version.split(separator: ".").map { part in
            Int(part.prefix { $0.isASCII && $0.isNumber }) ?? 0
        }
        return numbers.lexicographicallyPrecedes(least)
    }
}
