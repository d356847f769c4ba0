internal import CUV

extension Stream {
    /// The address of this end; `nil` once closed.
    package var localAddress: SocketAddress? {
        loop.preconditionOnLoop()
        guard !isClosed else { return nil }
        guard kind == .tcp else { return .unix(path: "") }
        let tcp = unsafe raw.assumingMemoryBound(to: uv_tcp_t.self)
        return unsafe SocketAddress { unsafe uv_tcp_getsockname(tcp, $0, $1) }
    }

    /// The address of the other end; `nil` once either end has gone.
    package var peerAddress: SocketAddress? {
        loop.preconditionOnLoop()
        guard !isClosed else { return nil }
        guard kind == .tcp else { return .unix(path: "") }
        let tcp = unsafe raw.assumingMemoryBound(to: uv_tcp_t.self)
        return unsafe SocketAddress { unsafe uv_tcp_getpeername(tcp, $0, $1) }
    }

    /// Who is at the other end of a Unix socket (SO_PEERCRED, as it was when it connected); `nil`
    /// for TCP.
    package func peerCredentials() -> PeerCredentials? {
        loop.preconditionOnLoop()
        var peer = signet_peer()
        guard kind == .unix, let descriptor,
            unsafe signet_peer_credentials(descriptor, &peer) == 0
        else { return nil }
        return PeerCredentials(process: peer.pid, user: peer.uid, group: peer.gid)
    }

    /// Whether TCP_NODELAY is on, as it is for every TCP stream.
    var hasNoDelay: Bool {
        guard let descriptor else { return false }
        return signet_no_delay(descriptor) == 1
    }
}

/// The process at the other end of a Unix socket.
package struct PeerCredentials: Sendable, Hashable {
    /// Its process identifier.
    package let process: Int32
    /// Its effective user identifier.
    package let user: UInt32
    /// Its effective group identifier.
    package let group: UInt32
}
