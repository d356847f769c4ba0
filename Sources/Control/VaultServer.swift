private import Access
package import Delivery
private import EventLoop
private import Glibc
private import JSONCoding
package import Operations
private import SASL
private import Sandbox
private import Sodium
private import VaultModel

/// `vault serve` and `vault sandbox serve`: runs the parts until a signal asks to stop.
package enum VaultServer {
    private static let defaultSMTP = "127.0.0.1:1025"
    private static let defaultSMTPS = "127.0.0.1:1465"
    private static let defaultPOP3 = "127.0.0.1:1110"
    private static let defaultPOP3S = "127.0.0.1:1995"
    private static let parts: Set<String> = [
        "http", "sandbox", "pop3", "relay", "worker", "console",
    ]

    /// Serves until SIGINT or SIGTERM; `ready` is called with the addresses once the server
    /// accepts.
    package static func run(
        home: VaultHome, sources: UnsealSources = UnsealSources(), options: ServeOptions,
        settings: DeliverySettings,
        ready: (ReadyLine) -> Void
    ) async throws(VaultError) {
        do {
            for part in options.without where !parts.contains(part) {
                throw VaultError.invalid(
                    "'\(part)' is no part of the server",
                    "name \(parts.sorted().joined(separator: ", "))")
            }
            raiseFileLimit()
            let signals = try EventLoop(name: "signals")
            try signals.start()
            let asked = signals.signals([SIGINT, SIGTERM])
            if options.standaloneSandbox {
                let host = SandboxHost(home: home)
                let line = try await serveSandbox(host, home, options, verifier: nil)
                try await announce(line, options, ready, until: asked)
                await host.close()
            } else {
                let owned = try OwnedHome(ofVaultIn: home, sources: sources)
                let gateway = try await SealableGateway(
                    owned: owned, isSealed: options.isSealed, settings: settings
                ) { vault in
                    Ballast(of: vault.home).fill()
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask { await vault.resumeKeyWork() }
                        group.addTask { await retire(in: vault) }
                    }
                }
                var line = ReadyLine(pid: getpid())
                if !options.without.contains("sandbox") {
                    line = try await serveSandbox(
                        owned.sandbox, home, options, verifier: TokenAuthenticator(vault: gateway))
                }
                let control = try ControlServer(path: home.socket, gateway: gateway)
                line.socket = home.socket
                line.state = options.isSealed ? "sealed" : "unsealed"
                try await announce(line, options, ready, until: asked)
                await control.close()
                await gateway.close()
            }
            await signals.stop()
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Ends grace periods when they are over, until it is cancelled.
    ///
    /// What fails is in the audit log, and is tried again.
    private static func retire(in vault: VaultService) async {
        while !Task.isCancelled {
            _ = try? await vault.retireDue(runsHooks: true)
            let next = (try? await vault.nextRetirement()) ?? nil
            let wait = next.map { $0.milliseconds - Timestamp.now.milliseconds } ?? .max
            try? await Task.sleep(
                for: .milliseconds(min(max(wait, retirementPause / 30), retirementPause)))
        }
    }

    /// The longest wait between two looks at what is due, in milliseconds: another command may have
    /// begun a shorter grace period.
    private static let retirementPause: Int64 = 30_000

    /// Lets the process open as many sockets as the system allows it.
    private static func raiseFileLimit() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(files, &limit)
    }

    private static func serveSandbox(
        _ host: SandboxHost, _ home: VaultHome, _ options: ServeOptions,
        verifier: TokenAuthenticator?
    ) async throws -> ReadyLine {
        var configuration = SandboxConfiguration()
        configuration.smtp = try address(options.sandboxSMTP ?? defaultSMTP, "sandbox-smtp")
        configuration.smtps = try address(options.sandboxSMTPS ?? defaultSMTPS, "sandbox-smtps")
        if !options.without.contains("pop3") {
            configuration.pop3 = try address(options.pop3 ?? defaultPOP3, "pop3")
            configuration.pop3s = try address(options.pop3s ?? defaultPOP3S, "pop3s")
        }
        configuration.unixPath = home.sandboxSocket
        if let path = options.authFile {
            configuration.authentication = .file(path: path)
        } else if let verifier {
            configuration.authentication = .verifier(verifier)
        }
        configuration.requiresAuth = options.requireAuth
        let addresses = try await host.serve(configuration)
        return ReadyLine(
            sandboxSmtp: addresses.smtp?.description, sandboxSmtps: addresses.smtps?.description,
            pop3: addresses.pop3?.description, pop3s: addresses.pop3s?.description,
            ca: addresses.authorityPath, pid: getpid())
    }

    private static func address(_ text: String, _ option: String) throws -> SocketAddress {
        let literal = text.hasPrefix("localhost:") ? "127.0.0.1:" + text.dropFirst(10) : text
        guard let address = SocketAddress(literal: literal) else {
            throw VaultError.invalid(
                "--\(option): '\(text)' is no address", "write 127.0.0.1:1025 or [::1]:1025")
        }
        return address
    }

    private static func announce(
        _ line: ReadyLine, _ options: ServeOptions, _ ready: (ReadyLine) -> Void,
        until asked: AsyncStream<Int32>
    ) async throws {
        if let path = options.readyFile { try write(line, to: path) }
        ready(line)
        for await _ in asked { break }
        if let path = options.readyFile { unsafe unlink(path) }
    }

    /// Writes the ready line beside `path` and moves it there, so that whoever waits reads all of
    /// it.
    private static func write(_ line: ReadyLine, to path: String) throws {
        let text = try JSONCoding.encode(line) + [0x0a]
        let draft = path + ".\(getpid())"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw VaultError.invalid(
                "the ready file \(path) cannot be written: \(unsafe String(cString: strerror(errno)))",
                "name a file in a folder that you may write")
        }
        let written = unsafe text.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        close(descriptor)
        guard written == text.count, unsafe rename(draft, path) == 0 else {
            throw VaultError(
                .failed, "ready-file", "the ready file \(path) cannot be written", "make room")
        }
    }
}

/// Lets a scoped token open an inbox of the sandbox, while the vault is open: user name = inbox,
/// password = token.
private struct TokenAuthenticator: SandboxAuthenticator {
    let vault: SealableGateway

    func inbox(
        for credentials: borrowing SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxPlace>? {
        let inbox = try? ResourceName(credentials.username)
        guard let token = token(credentials) else { return nil }
        let source = Self.source(peer)
        let admitted = try? await vault.withVault { vault in
            await vault.mayDeliver(to: inbox, with: token, from: source)
                .map { (ticket: $0, place: vault.place(for: $0)) }
        }
        guard let (ticket, place) = admitted ?? nil else { return nil }
        return SandboxAdmission(place) { [vault] in await Self.isValid(ticket, vault) }
    }

    func maildrop(
        for credentials: borrowing SASLCredentials, from peer: SocketAddress?
    ) async -> SandboxAdmission<SandboxMaildropAccess>? {
        let inbox = try? ResourceName(credentials.username)
        guard let token = token(credentials) else { return nil }
        let source = Self.source(peer)
        let admitted = try? await vault.withVault { vault in
            await vault.mayRead(inbox, with: token, from: source).map {
                (ticket: $0.ticket, mayDelete: $0.mayDelete, place: vault.place(for: $0.ticket))
            }
        }
        guard let (ticket, mayDelete, place) = admitted ?? nil else { return nil }
        return SandboxAdmission(SandboxMaildropAccess(.inbox(place), mayDelete: mayDelete)) {
            [vault] in await Self.isValid(ticket, vault)
        }
    }

    /// Whether a token still counts: never while the vault is sealed.
    private static func isValid(_ ticket: TokenTicket, _ vault: SealableGateway) async -> Bool {
        (try? await vault.withVault { await $0.isValid(ticket) }) ?? false
    }

    /// Where a client is; whoever reaches a Unix socket of the vault's folder is its owner.
    private static func source(_ peer: SocketAddress?) -> RequestSource {
        guard let bytes = peer?.ipBytes, let address = IPAddress(bytes: bytes) else {
            return .local(user: geteuid())
        }
        return .network(address)
    }

    private func token(_ credentials: borrowing SASLCredentials) -> SecretParcel? {
        try? credentials.withPassword { (span) throws(SodiumError) in
            SecretParcel(try SecretBytes(copying: span))
        }
    }
}
