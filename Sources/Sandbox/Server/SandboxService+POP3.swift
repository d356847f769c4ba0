internal import EventLoop
internal import POP3Core
internal import SASL
internal import VaultModel

extension SandboxService {
    /// What a POP3 client from `peer` is offered: its password never crosses a network in clear.
    ///
    /// APOP needs the passwords themselves, which the file of users alone has.
    func pop3Configuration(peer: SocketAddress?) -> POP3ServerConfiguration {
        var offersAPOP = false
        if case .users = gate { offersAPOP = true }
        var limits = POP3ServerConfiguration.Limits()
        limits.errors = self.limits.errors
        limits.loginFailures = SandboxLimits.authFailures
        return POP3ServerConfiguration(
            offersSTLS: true, allowsPasswordInClear: peer?.isLoopback == true,
            offersAPOP: offersAPOP, limits: limits)
    }

    /// What name and password open; `nil` for nothing.
    func maildrop(
        for credentials: consuming SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxMaildropAccess>? {
        let own = SandboxMaildropAccess(.deliveries(credentials.username), mayDelete: true)
        switch gate {
        case .anyone: return SandboxAdmission(own)
        case .users(let file): return file.accepts(credentials) ? SandboxAdmission(own) : nil
        case .verifier(let verifier):
            return await verifier.maildrop(for: credentials, from: peer)
        }
    }

    /// What name and digest open; `nil` for nothing.
    func maildrop(
        of username: String, timestamp: APOPTimestamp, digest: [UInt8]
    ) -> SandboxMaildropAccess? {
        guard case .users(let file) = gate,
            file.accepts(username, timestamp: timestamp, digest: digest)
        else { return nil }
        return .init(.deliveries(username), mayDelete: true)
    }
}
