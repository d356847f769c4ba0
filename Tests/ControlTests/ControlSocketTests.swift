import Access
import Delivery
import Explained
import Glibc
import Operations
import Sodium
import Testing
import VaultModel

@testable import Control

/// A vault in a temporary folder, served on its socket.
private struct ServedVault {
    let home: VaultHome
    let vault: VaultService
    let server: ControlServer

    init() async throws {
        try SodiumRuntime.start()
        home = VaultHome(path: "/tmp/signet-control-\(RequestID())")
        vault = try await VaultService.create(
            home: home, keyFile: nil, withRecoveryCode: false, settings: DeliverySettings()
        ).service
        server = try ControlServer(path: home.socket, gateway: vault)
    }

    func client(token: @escaping @Sendable () -> SecretParcel? = { nil }) throws -> SocketClient {
        try #require(try SocketClient(path: home.socket, identity: RequestIdentity(token: token)))
    }

    func rawConnection() throws -> Int32 {
        try #require(try UnixSocket.connect(to: home.socket))
    }

    func end() async {
        await server.close()
        await vault.close()
        for folder in [home.data, home.keys, home.run, home.tls] {
            for name in names(in: folder) { unsafe unlink(folder + "/" + name) }
            unsafe rmdir(folder)
        }
        unsafe rmdir(home.path)
    }

    private func names(in folder: String) -> [String] {
        guard let stream = unsafe opendir(folder) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            names.append(
                unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        unsafe String(cString: $0)
                    }
                })
        }
        return names
    }
}

private func secret(_ text: String) throws -> SecretParcel {
    let bytes = Array(text.utf8)
    return SecretParcel(try SecretBytes(copying: bytes.span))
}

@Suite("The control socket", .serialized)
struct ControlSocketTests {
    @Test("A request over the socket is answered as in process, and its secret arrives")
    func requestAndSecret() async throws {
        let served = try await ServedVault()
        let client = try served.client()
        let name = try ResourceName("smtp-pass")
        let reply = try await client.call(SetSecret(name: name), secret: secret("value"))
        #expect(reply.response.currentVersion == 1)
        let local = try await served.vault.perform(
            ShowSecret(name: name), from: .local(user: geteuid()))
        let remote = try await client.call(ShowSecret(name: name))
        #expect(local.response.created == remote.created)
        await served.end()
    }

    @Test("A new token comes back as a secret and works over the socket within its scope alone")
    func tokens() async throws {
        let served = try await ServedVault()
        let operatorClient = try served.client()
        let scope = try TokenScope(parsing: "connection:read")
        let made = try await operatorClient.call(
            CreateToken(scopes: [scope], seconds: 60, label: ""), secret: nil)
        guard let token = made.secret?.take() else {
            Issue.record("the new token did not come back")
            return
        }
        let copy = try token.copy()
        let first = SecretParcel(token)
        let reader = try served.client { first }
        #expect(try await reader.call(ListConnections()).isEmpty)
        let second = SecretParcel(copy)
        let writer = try served.client { second }
        let denied = await #expect(throws: VaultError.self) { try await writer.call(ListTokens()) }
        #expect(denied?.exit == .denied)
        await served.end()
    }

    @Test("A spent or empty token is refused and never taken for the local operator")
    func spentToken() async throws {
        let served = try await ServedVault()
        let spent = try secret("x")
        _ = spent.take()
        let client = try served.client { spent }
        let error = await #expect(throws: VaultError.self) { try await client.call(ListSecrets()) }
        #expect(error?.code == "unauthenticated")
        await served.end()
    }

    @Test("An error crosses the socket with its exit code, name, cause and remedy")
    func errors() async throws {
        let served = try await ServedVault()
        let client = try served.client()
        let name = try ResourceName("nobody")
        let error = await #expect(throws: VaultError.self) {
            try await client.call(ShowSecret(name: name))
        }
        #expect(error == .notFound("secret", "nobody"))
        await served.end()
    }

    @Test(
        "What is not the protocol ends its own connection, and the server goes on",
        arguments: [
            Array("GET / HTTP/1.1\r\n\r\nHost: x\r\n\r\n".utf8),
            [0x53, 0x47, 0x43, 0x31, 9, 0, 0, 0] + [UInt8](repeating: 0, count: 16),
            [0x53, 0x47, 0x43, 0x31, 1, 0, 0, 0] + [UInt8](repeating: 0xff, count: 16),
        ])
    func foreignBytes(_ bytes: [UInt8]) async throws {
        let served = try await ServedVault()
        let connection = try served.rawConnection()
        try DescriptorIO.write(bytes.span, to: connection)
        // Unread bytes make the system reset the connection instead of closing it.
        let answer = try? DescriptorIO.read(1, from: connection, mayEnd: true)
        #expect((answer ?? nil) == nil)
        close(connection)
        let client = try served.client()
        #expect(try await client.call(ListSecrets()).isEmpty)
        await served.end()
    }

    @Test("An operation that the server does not know is an error of the request alone")
    func unknownOperation() async throws {
        let served = try await ServedVault()
        let connection = try served.rawConnection()
        let frame = Frame(
            kind: .request, operation: Array("vault.explode".utf8), body: Array("{}".utf8),
            token: nil,
            secret: nil)
        try frame.write(to: connection)
        let answer = try #require(try Frame(from: connection))
        #expect(answer.kind == .error)
        close(connection)
        await served.end()
    }

    @Test("The socket's file has mode 0600 and is gone after closing")
    func socketFile() async throws {
        let served = try await ServedVault()
        var status = stat()
        #expect(unsafe lstat(served.home.socket, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        await served.server.close()
        #expect(unsafe access(served.home.socket, F_OK) != 0)
        await served.vault.close()
    }

    @Test("Every operation has a request of its own name")
    func everyOperationHasARequest() {
        for name in OperationName.allCases where name != .rotationPlan {
            #expect(name.requestType.operation == name)
        }
    }
}
