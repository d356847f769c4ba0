internal import EventLoop
internal import Locking
internal import SASL
internal import SMTPCore
internal import TLS

/// What the sessions of a server share.
final class SandboxService: Sendable {
    /// A listener's kind.
    enum Door: Sendable {
        case plain, implicitTLS, unix, pop3, pop3s
    }

    /// How clients are told apart.
    enum Gate: Sendable {
        case anyone
        case users(UserFile)
        case verifier(any SandboxAuthenticator)
    }

    /// Replies that are the sandbox's own.
    struct Replies: Sendable {
        let tooManySessions: SMTPServerReply
        let idle: SMTPServerReply
        let stopping: SMTPServerReply
        let noRoom: SMTPServerReply
        let notStored: SMTPServerReply
        let badAuth: SMTPServerReply
        let tooManyAuthFailures: SMTPServerReply
        let noLongerValid: SMTPServerReply

        init() throws(SMTPSyntaxError) {
            tooManySessions = try .init(421, .init(4, 3, 2), "Too many sessions, try again later")
            idle = try .init(421, .init(4, 4, 2), "Idle for too long, closing")
            stopping = try .init(421, .init(4, 3, 2), "Shutting down")
            noRoom = try .init(452, .init(4, 3, 1), "No room for the message, try again later")
            notStored = try .init(451, .init(4, 3, 0), "The message could not be stored")
            badAuth = try .init(501, .init(5, 5, 2), "Malformed authentication")
            tooManyAuthFailures = try .init(421, .init(4, 7, 0), "Too many failures, closing")
            noLongerValid = try .init(
                421, .init(4, 7, 0), "The credentials are no longer valid, closing")
        }
    }

    let store: SandboxStore
    let limits: SandboxConfiguration.Limits
    let hostName: String
    let requiresAuth: Bool
    let gate: Gate
    let certificates: SandboxCertificates?
    let replies: Replies
    let budget: ByteBudget
    private let openSessions = Locked(0)
    private let clear: SMTPServerConfiguration
    private let clearWithAuth: SMTPServerConfiguration
    private let local: SMTPServerConfiguration

    init(
        store: SandboxStore, configuration: SandboxConfiguration, folder: String
    ) throws(SandboxError) {
        self.store = store
        limits = configuration.limits
        hostName = configuration.hostName
        requiresAuth = configuration.requiresAuth
        budget = ByteBudget(limit: configuration.limits.inFlightBytes)
        gate =
            switch configuration.authentication {
            case .acceptAny: .anyone
            case .file(let path): .users(try UserFile(path: path))
            case .verifier(let verifier): .verifier(verifier)
            }
        var names = configuration.certificateNames
        if !names.contains(hostName) { names.insert(hostName, at: 0) }
        certificates =
            configuration.hasNetworkListener
            ? try SandboxCertificates.load(folder: folder, names: names) : nil
        do {
            replies = try Replies()
            clear = try Self.machine(
                configuration, offersStartTLS: true, allowsAuthInClear: false,
                requiresAuth: requiresAuth)
            clearWithAuth = try Self.machine(
                configuration, offersStartTLS: true, allowsAuthInClear: true,
                requiresAuth: requiresAuth)
            // The system lets nobody but the socket's owner in: the vault, with the mail of Test connections.
            local = try Self.machine(
                configuration, offersStartTLS: false, allowsAuthInClear: true, requiresAuth: false)
        } catch {
            throw .invalidSetting("the host name \(configuration.hostName): \(error)")
        }
    }

    private static func machine(
        _ configuration: SandboxConfiguration, offersStartTLS: Bool, allowsAuthInClear: Bool,
        requiresAuth: Bool
    ) throws(SMTPSyntaxError) -> SMTPServerConfiguration {
        var limits = SMTPServerConfiguration.Limits()
        limits.messageBytes = configuration.limits.messageBytes
        limits.recipients = configuration.limits.recipients
        limits.errors = configuration.limits.errors
        var policy = SMTPServerConfiguration.Policy()
        let authentication = configuration.authentication
        policy.mechanisms = authentication.mechanisms.map(\.rawValue)
        policy.protectedMechanisms = authentication.protectedMechanisms.map(\.rawValue)
        policy.offersStartTLS = offersStartTLS
        policy.allowsAuthInClear = allowsAuthInClear
        policy.requiresAuth = requiresAuth
        return try SMTPServerConfiguration(
            hostName: configuration.hostName, limits: limits, policy: policy)
    }

    /// What a client from `peer` is offered: its password never crosses a network in clear.
    func machineConfiguration(_ door: Door, peer: SocketAddress?) -> SMTPServerConfiguration {
        switch door {
        case .unix: local
        case .plain, .implicitTLS, .pop3, .pop3s: peer?.isLoopback == true ? clearWithAuth : clear
        }
    }

    /// Counts a session; `false` when there are as many as may be.
    func enter() -> Bool {
        openSessions.withLock { count in
            guard count < limits.sessions else { return false }
            count += 1
            return true
        }
    }

    /// A counted session has ended.
    func leave() { openSessions.withLock { $0 -= 1 } }

    /// How many sessions are open.
    var sessionCount: Int { openSessions.withLock { $0 } }
}

/// The memory that messages may take before they are stored.
final class ByteBudget: Sendable {
    private let limit: Int
    private let taken = Locked(0)

    init(limit: Int) { self.limit = limit }

    /// Takes `count` bytes, or nothing when there are not as many left.
    func take(_ count: Int) -> Bool {
        taken.withLock { taken in
            guard count <= limit - taken else { return false }
            taken += count
            return true
        }
    }

    /// Gives bytes back.
    func give(_ count: Int) {
        if count > 0 { taken.withLock { $0 -= count } }
    }
}
