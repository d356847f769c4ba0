internal import Glibc
internal import Operations

/// The few calls of Unix sockets that the control socket needs.
enum UnixSocket {
    static func make() throws(VaultError) -> Int32 {
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw VaultError(
                .failed, "socket", "no socket can be made", "raise the limit of open files")
        }
        return descriptor
    }

    static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(VaultError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else {
            throw VaultError.invalid(
                "the path \(path) is too long for a socket", "choose a --home with a shorter path")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// A connected socket, or `nil` when nobody serves `path`.
    static func connect(to path: String) throws(VaultError) -> Int32? {
        let descriptor = try make()
        let result = try unsafe withAddress(path) { unsafe Glibc.connect(descriptor, $0, $1) }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            guard code != EACCES, code != EPERM else {
                throw VaultError(
                    .denied, "socket", "\(path) belongs to another user",
                    "run the command as the user who runs vault serve")
            }
            return nil
        }
        return descriptor
    }

    /// The user of the process at the other end, by the kernel's word.
    static func peerUser(of descriptor: Int32) -> UInt32? {
        // struct ucred of unix(7): pid, uid, gid.
        var credentials: [UInt32] = [0, 0, 0]
        var length = socklen_t(3 * MemoryLayout<UInt32>.size)
        let code = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
        return code == 0 ? credentials[1] : nil
    }

    static func setReceiveTimeout(_ descriptor: Int32, seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
}
