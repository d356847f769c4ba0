private import Glibc
private import Locking
internal import VaultModel
internal import VaultStore

/// The system's log: a datagram for each checkpoint, in one line (RFC 3164 §4.1).
///
/// It answers nothing, so only a socket that is gone or full is noticed.
final class SyslogSink: CheckpointSink {
    /// Facility `authpriv` (10), severity `notice` (5).
    private static let priority = 10 * 8 + 5
    private let path: String
    private let descriptor = Locked<Int32?>(nil)

    init(path: String) { self.path = path }

    deinit { close() }

    func close() {
        if let open = descriptor.withLock({ $0.take() }) { Glibc.close(open) }
    }

    func inspect(mark: Int64?, durable: Int64) throws(SinkFailure) { _ = try connected() }

    func write(_ note: SignedNote) throws(SinkFailure) {
        let bytes = Self.datagram(note, at: .now, process: getpid())
        for isLast in [false, true] {
            let socket = try connected()
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count == bytes.count { return }
            let reason = SinkFailure.reason()
            // A log service that was started again has another socket of the same name.
            close()
            guard !isLast else {
                throw SinkFailure(
                    "the system's log at \(path) does not take checkpoints: \(reason)",
                    "start the log service, or take it out of SIGNET_AUDIT_SINKS")
            }
        }
    }

    private func connected() throws(SinkFailure) -> Int32 {
        if let open = descriptor.withLock({ $0 }) { return open }
        let socket = Glibc.socket(
            AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard socket >= 0, name.count < 108 else { throw unreachable("its path is too long") }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        // The runner waits no longer than this either.
        var limit = timeval(tv_sec: 1, tv_usec: 500_000)
        unsafe setsockopt(
            socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let code = unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0 else {
            let reason = SinkFailure.reason()
            Glibc.close(socket)
            throw unreachable(reason)
        }
        descriptor.withLock { $0 = socket }
        return socket
    }

    private func unreachable(_ reason: String) -> SinkFailure {
        SinkFailure(
            "the system's log at \(path) cannot be reached: \(reason)",
            "start the log service, or take it out of SIGNET_AUDIT_SINKS")
    }

    /// `<85>Mmm dd hh:mm:ss signet[PID]: audit checkpoint ORIGIN SIZE ROOT SIGNATURE`, the time in
    /// UTC.
    static func datagram(_ note: SignedNote, at now: Timestamp, process: Int32) -> [UInt8] {
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        // 2026-11-05T07:08:09.000Z
        let digits = Array("\(now)".utf8)
        func text(_ range: Range<Int>) -> String {
            String(decoding: digits[range], as: UTF8.self)
        }
        let month = months[((Int(text(5..<7)) ?? 1) + 11) % 12]
        let day = digits[8] == UInt8(ascii: "0") ? " " + text(9..<10) : text(8..<10)
        let words = note.text.split(separator: "\n") + [note.signatureText[...]]
        return Array(
            ("<\(priority)>\(month) \(day) \(text(11..<19)) signet[\(process)]: "
                + "audit checkpoint \(words.joined(separator: " "))").utf8)
    }
}
