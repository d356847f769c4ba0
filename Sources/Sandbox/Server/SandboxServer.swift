internal import EventLoop
internal import Glibc
internal import Locking

/// The capture server: SMTP and POP3 listeners and sessions on one event loop, over one store.
///
/// libsodium must have been started (`SodiumRuntime.start`) before `start`.
package final class SandboxServer: Sendable {
    private struct Running: Sendable {
        let loop: EventLoop
        let listeners: [Listener]
        let task: Task<Void, Never>
        let service: SandboxService
    }

    private enum Phase: Sendable {
        case idle, starting, running(Running), stopped
    }

    private let store: SandboxStore
    private let configuration: SandboxConfiguration
    private let folder: String
    private let phase = Locked(Phase.idle)

    /// Describes a server; nothing happens before `start`.
    ///
    /// - Parameter certificates: The folder in which the certificates are kept.
    package init(
        store: SandboxStore, configuration: SandboxConfiguration, certificates folder: String
    ) {
        self.store = store
        self.configuration = configuration
        self.folder = folder
    }

    /// Makes what is missing in the folder, binds every address and accepts; can be called once.
    ///
    /// - Throws: `.invalidSetting`, `.listener`, `.certificate`, `.certificateFile`,
    ///   `.credentialFile` or `.closed`.
    package func start() async throws(SandboxError) -> SandboxAddresses {
        let isFirst = phase.withLock { phase in
            guard case .idle = phase else { return false }
            phase = .starting
            return true
        }
        guard isFirst else { throw .closed }
        do {
            let (running, addresses) = try await open()
            phase.withLock { $0 = .running(running) }
            return addresses
        } catch {
            phase.withLock { $0 = .stopped }
            throw error
        }
    }

    /// Closes the listeners and ends every session; each message is by then stored or refused.
    package func stop() async {
        let running: Running? = phase.withLock { phase in
            guard case .running(let running) = phase else { return nil }
            phase = .stopped
            return running
        }
        guard let running else { return }
        await Task(executorPreference: running.loop) {
            for listener in running.listeners { listener.close() }
        }.value
        running.task.cancel()
        await running.task.value
        await running.loop.stop()
    }

    /// How many sessions are open.
    package var sessionCount: Int {
        phase.withLock { phase in
            if case .running(let running) = phase { running.service.sessionCount } else { 0 }
        }
    }

    private func open() async throws(SandboxError) -> (Running, SandboxAddresses) {
        guard configuration.hasNetworkListener || configuration.unixPath != nil else {
            throw .invalidSetting("the sandbox has no address to listen on")
        }
        let service = try SandboxService(
            store: store, configuration: configuration, folder: folder)
        let loop: EventLoop
        do {
            loop = try EventLoop(name: "sandbox-smtp")
            try loop.start()
        } catch {
            throw .listener(error)
        }
        do {
            let doors = try await Task(executorPreference: loop) { [configuration] in
                try Self.listen(configuration, on: loop)
            }.value
            let task = Task(executorPreference: loop) {
                await Self.serve(doors, service, on: loop)
            }
            let addresses = SandboxAddresses(
                smtp: Self.address(.plain, doors), smtps: Self.address(.implicitTLS, doors),
                pop3: Self.address(.pop3, doors), pop3s: Self.address(.pop3s, doors),
                unixPath: configuration.unixPath,
                authorityPath: service.certificates?.authorityPath)
            let running = Running(
                loop: loop, listeners: doors.map(\.listener), task: task, service: service)
            return (running, addresses)
        } catch {
            await loop.stop()
            throw SandboxError(error)
        }
    }

    private struct OpenDoor: Sendable {
        let kind: SandboxService.Door
        let listener: Listener
        let address: SocketAddress
    }

    private static func address(
        _ kind: SandboxService.Door, _ doors: [OpenDoor]
    ) -> SocketAddress? {
        doors.first { $0.kind == kind }?.address
    }

    private static func listen(
        _ configuration: SandboxConfiguration, on loop: EventLoop
    ) throws -> [OpenDoor] {
        var wanted: [(SandboxService.Door, SocketAddress)] = []
        if let address = configuration.smtp { wanted.append((.plain, address)) }
        if let address = configuration.smtps { wanted.append((.implicitTLS, address)) }
        if let address = configuration.pop3 { wanted.append((.pop3, address)) }
        if let address = configuration.pop3s { wanted.append((.pop3s, address)) }
        if let path = configuration.unixPath { wanted.append((.unix, .unix(path: path))) }
        return try wanted.map { kind, address in
            let listener = try loop.listen(on: address)
            return OpenDoor(kind: kind, listener: listener, address: listener.address)
        }
    }

    private static func serve(
        _ doors: [OpenDoor], _ service: SandboxService, on loop: EventLoop
    ) async {
        await withDiscardingTaskGroup { group in
            for door in doors {
                group.addTask(executorPreference: loop) {
                    await Self.accept(door, service, on: loop)
                }
            }
        }
    }

    private static func accept(
        _ door: OpenDoor, _ service: SandboxService, on loop: EventLoop
    ) async {
        await withDiscardingTaskGroup { sessions in
            while let stream = try? await door.listener.accept() {
                sessions.addTask(executorPreference: loop) {
                    let isAdmitted = service.enter()
                    await Self.serve(stream, door.kind, service, isAdmitted: isAdmitted)
                    if isAdmitted { service.leave() }
                }
            }
        }
    }

    private static func serve(
        _ stream: Stream, _ door: SandboxService.Door, _ service: SandboxService, isAdmitted: Bool
    ) async {
        switch door {
        case .plain, .implicitTLS, .unix:
            await SandboxSession(stream: stream, door: door, service: service)
                .run(isAdmitted: isAdmitted)
        case .pop3, .pop3s:
            await SandboxPOP3Session(stream: stream, door: door, service: service)
                .run(isAdmitted: isAdmitted)
        }
    }
}
