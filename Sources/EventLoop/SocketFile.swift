internal import CUV
internal import Glibc

/// The file of a listening Unix socket, known by device and inode so that only it is removed.
struct SocketFile {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Binds a socket at `path`; a file left there by a process that has ended is replaced.
    ///
    /// - Returns: The bound descriptor, which the caller owns.
    static func make(path: String, mode: UInt32) throws(EventLoopError) -> (CInt, SocketFile) {
        try removeStale(path)
        let length = path.utf8.count
        let descriptor = unsafe path.withCString {
            unsafe signet_unix_socket($0, length, mode)
        }
        guard descriptor >= 0 else {
            throw EventLoopError(
                errno: errno, call: "bind", address: .unix(path: path), path: path)
        }
        guard let status = status(of: path) else {
            _ = CUV.close(descriptor)
            throw .notFound(path)
        }
        return (
            descriptor,
            SocketFile(path: path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        )
    }

    /// Removes the file unless another has taken its place.
    func remove() {
        guard let status = Self.status(of: path), UInt64(status.st_dev) == device,
            UInt64(status.st_ino) == inode
        else { return }
        unsafe unlink(path)
    }

    /// Makes way for a socket: only a socket that nobody serves is removed.
    private static func removeStale(_ path: String) throws(EventLoopError) {
        guard let status = status(of: path) else { return }
        guard UInt32(status.st_mode) & 0o170000 == 0o140000 else {
            throw .addressInUse(.unix(path: path))
        }
        let length = path.utf8.count
        switch unsafe path.withCString({ unsafe signet_unix_is_served($0, length) }) {
        case 0: unsafe unlink(path)
        case 1: throw .addressInUse(.unix(path: path))
        default:
            throw EventLoopError(
                errno: errno, call: "connect", address: .unix(path: path), path: path)
        }
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }
}
