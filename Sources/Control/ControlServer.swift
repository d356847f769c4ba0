private import Glibc
private import Locking
package import Operations

/// Answers typed requests on a Unix socket (mode 0600) of the machine's own user.
///
/// A connection has a thread of its own, so that secrets go from the socket straight into locked
/// memory; the kernel tells whose process the other side is.
package final class ControlServer: Sendable {
    private struct State: Sendable {
        var connections: Set<Int32> = []
        var isClosed = false
    }

    private let descriptor: Int32
    private let path: String
    private let gateway: any Gateway
    private let state = Monitor(State())

    /// Listens at `path`; a socket file that nobody serves is replaced.
    ///
    /// The caller holds the lock that says that no other process serves the folder.
    package init(path: String, gateway: any Gateway) throws(VaultError) {
        self.path = path
        self.gateway = gateway
        unsafe unlink(path)
        descriptor = try UnixSocket.make()
        let mask = umask(0o177)
        let bound = try unsafe UnixSocket.withAddress(path) { address, length in
            unsafe bind(descriptor, address, length)
        }
        umask(mask)
        guard bound == 0, listen(descriptor, 128) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            Glibc.close(descriptor)
            throw VaultError(
                .failed, "socket", "\(path): \(reason)", "check the folder and its owner")
        }
        guard WorkerThread.start(named: "control-accept", { [self] in accept() }) else {
            Glibc.close(descriptor)
            throw VaultError(
                .failed, "thread", "no thread can be started", "raise the process limit")
        }
    }

    private func accept() {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                if errno == EMFILE || errno == ENFILE {
                    usleep(50_000)
                    continue
                }
                return
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            let isRoom = state.wait { state -> Bool? in
                if state.isClosed { return false }
                guard state.connections.count < ControlLimits.connections else { return nil }
                state.connections.insert(connection)
                return true
            }
            guard isRoom else {
                Glibc.close(connection)
                return
            }
            let started = WorkerThread.start(named: "control") { [self] in
                serve(connection)
                end(connection)
            }
            if !started { end(connection) }
        }
    }

    private func end(_ connection: Int32) {
        Glibc.close(connection)
        state.withLock { _ = $0.connections.remove(connection) }
        state.wakeAll()
    }

    private func serve(_ connection: Int32) {
        guard let user = UnixSocket.peerUser(of: connection) else { return }
        UnixSocket.setReceiveTimeout(connection, seconds: ControlLimits.requestSeconds)
        while let frame = try? Frame(from: connection) {
            let done = Monitor<Frame?>(nil)
            Task { [gateway] in
                let answer = await frame.answer(by: gateway, for: user)
                done.withLock { $0 = answer }
                done.wakeAll()
            }
            let answer = done.wait { $0 }
            guard (try? answer.write(to: connection)) != nil else { return }
        }
    }

    /// Refuses new requests, lets those under way be answered, and removes the socket.
    package func close() async {
        state.withLock { $0.isClosed = true }
        state.wakeAll()
        shutdown(descriptor, Int32(SHUT_RDWR))
        unsafe unlink(path)
        for connection in state.withLock({ $0.connections }) {
            shutdown(connection, Int32(SHUT_RD))
        }
        await withCheckedContinuation { continuation in
            let started = WorkerThread.start(named: "control-close") { [self] in
                state.wait { $0.connections.isEmpty ? () : nil }
                continuation.resume()
            }
            if !started { continuation.resume() }
        }
        Glibc.close(descriptor)
    }
}
