extension EventLoop {
    /// Listens on an IP address or a Unix socket path (file mode 0600).
    ///
    /// - Parameters:
    ///   - address: Port 0 takes a free one, see `Listener.address`; IPv6 serves IPv6 alone.
    ///   - sharesPort: Lets the listeners of several loops share the address (SO_REUSEPORT).
    /// - Throws: `.addressInUse`, `.addressNotAvailable`, `.permissionDenied`, `.stopped` and what
    ///   `listenUnix` can say.
    package func listen(
        on address: SocketAddress, backlog: Int32 = EventLoopLimits.backlog,
        sharesPort: Bool = false
    ) throws(EventLoopError) -> Listener {
        if case .unix(let path) = address { return try listenUnix(path: path, backlog: backlog) }
        return try opening(Listener(address, loop: self)) { listener throws(EventLoopError) in
            try listener.listenTCP(backlog: backlog, sharesPort: sharesPort)
        }
    }

    /// Listens on a Unix socket; its file is removed again when the listener closes.
    ///
    /// A socket file that nobody serves is replaced.
    /// - Throws: `.addressInUse` when somebody serves it or it is no socket, `.pathTooLong`,
    ///   `.permissionDenied`, `.notFound` or `.stopped`.
    package func listenUnix(
        path: String, mode: UInt32 = 0o600, backlog: Int32 = EventLoopLimits.backlog
    ) throws(EventLoopError) -> Listener {
        try opening(Listener(.unix(path: path), loop: self)) { listener throws(EventLoopError) in
            try listener.listenUnix(path: path, mode: mode, backlog: backlog)
        }
    }

    private func opening(
        _ listener: Listener, _ open: (Listener) throws(EventLoopError) -> Void
    ) throws(EventLoopError) -> Listener {
        do {
            try open(listener)
        } catch {
            listener.close()
            throw error
        }
        return listener
    }
}
