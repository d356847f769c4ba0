import Testing

@testable import TLS

/// Sessions against the `openssl` command over a socket.
@Suite(.serialized, .enabled(if: OpenSSLCommand.isInstalled))
struct OpenSSLPeerTests {
    @Test(
        "A client's session talks to openssl s_server",
        arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func clientAgainstServer(_ option: String, _ version: String) throws {
        let authority = try TestAuthority()
        var folder = try TemporaryFolder()
        let peer = try startServer(authority, [option], &folder)
        let socket = try Socket.connect(port: peer.port)
        let session = try TLSContext.client(authority.policy)
            .makeSession(to: TLSServerName("mail.example.com"))
        try shakeHands(session, socket)
        #expect(session.facts?.version == version)
        #expect(session.facts?.verification == .authority)

        try session.encrypt(Array("stressed\n".utf8).span)
        try socket.write(session.takeOutput())
        #expect(try readLine(session, socket) == "desserts")

        session.shutdown()
        try socket.write(session.takeOutput())
        var rest: [UInt8] = []
        #expect(try read(session, socket, into: &rest) == .closed)
    }

    @Test("A client refuses an openssl s_server of TLS 1.1")
    func clientAgainstOldServer() throws {
        let authority = try TestAuthority()
        var folder = try TemporaryFolder()
        let old = ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]
        let peer = try startServer(authority, old, &folder)
        let socket = try Socket.connect(port: peer.port)
        let session = try TLSContext.client(authority.policy)
            .makeSession(to: TLSServerName("mail.example.com"))
        #expect(throws: TLSError.protocolVersion) { try shakeHands(session, socket) }
    }

    @Test(
        "A server's session talks to openssl s_client, which verifies it",
        arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func serverAgainstClient(_ option: String, _ version: String) throws {
        let authority = try TestAuthority()
        var folder = try TemporaryFolder()
        let (listener, port) = try Socket.listen()
        let peer = try startClient(authority, port, [option], &folder)
        let socket = try listener.accept()
        let session = try authority.makeServer().makeSession()
        try shakeHands(session, socket)
        #expect(session.facts?.version == version)

        try peer.write("EHLO client.example\n")
        #expect(try readLine(session, socket) == "EHLO client.example")
        try session.encrypt(Array("250 mail.example.com\n".utf8).span)
        try socket.write(session.takeOutput())
        #expect(try peer.readLine() == "250 mail.example.com")

        peer.closeInput()
        var rest: [UInt8] = []
        #expect(try read(session, socket, into: &rest) == .closed)
    }

    @Test("A server's session hears of it when openssl s_client refuses the name")
    func serverRefusedByClient() throws {
        let authority = try TestAuthority()
        var folder = try TemporaryFolder()
        let (listener, port) = try Socket.listen()
        let peer = try startClient(
            authority, port, ["-verify_hostname", "other.example"], &folder)
        let socket = try listener.accept()
        let session = try authority.makeServer().makeSession()
        #expect(throws: TLSError.alertReceived(TLSAlert(code: 42))) {
            try shakeHands(session, socket)
        }
        withExtendedLifetime(peer) {}
    }

    @Test("A server refuses renegotiation by openssl s_client")
    func renegotiation() throws {
        let authority = try TestAuthority()
        var folder = try TemporaryFolder()
        let (listener, port) = try Socket.listen()
        // Without -quiet, s_client takes a line with R as the order to renegotiate.
        let file = try folder.write(authority.pem.span, to: "authority.pem")
        let peer = try OpenSSLCommand([
            "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", file, "-tls1_2",
        ])
        let socket = try listener.accept()
        let session = try authority.makeServer().makeSession()
        try shakeHands(session, socket)
        try peer.write("R\n")
        var received: [UInt8] = []
        #expect(throws: TLSError.self) {
            while true {
                guard case .bytes = try read(session, socket, into: &received) else {
                    throw TLSError.closed
                }
            }
        }
        #expect(received.isEmpty)
    }

    @Test("A server's session exports the same binding as openssl s_client does")
    func exporter() throws {
        let authority = try TestAuthority()
        let (listener, port) = try Socket.listen()
        let peer = try OpenSSLCommand([
            "s_client", "-connect", "127.0.0.1:\(port)", "-tls1_3", "-keymatexport",
            "EXPORTER-Channel-Binding", "-keymatexportlen", "32",
        ])
        let socket = try listener.accept()
        let session = try authority.makeServer().makeSession()
        try shakeHands(session, socket)
        let mark = "    Keying material: "
        var line = ""
        while !line.hasPrefix(mark) { line = try peer.readLine() }
        let binding = try #require(try session.channelBinding(.tlsExporter))
        #expect(Hexadecimal.text(binding) == line.dropFirst(mark.count).lowercased())
    }

    @Test(
        "A server's session has the tls-unique that Python's client has",
        .enabled(if: OpenSSLCommand.isPythonInstalled))
    func unique() throws {
        let authority = try TestAuthority()
        let (listener, port) = try Socket.listen()
        let script = """
            import socket, ssl, sys
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with context.wrap_socket(socket.create_connection(("127.0.0.1", \(port)))) as peer:
                print(peer.get_channel_binding("tls-unique").hex(), flush=True)
                sys.stdin.read()
            """
        let peer = try OpenSSLCommand(["-c", script], program: OpenSSLCommand.python)
        let socket = try listener.accept()
        let session = try authority.makeServer().makeSession()
        try shakeHands(session, socket)
        let binding = try #require(try session.channelBinding(.tlsUnique))
        #expect(Hexadecimal.text(binding) == (try peer.readLine()))
    }

    @Test(
        "A certificate binds by the hash of its signature, and by SHA-256 in place of a weak one",
        arguments: [
            (["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha384"], "sha384"),
            (["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha512"], "sha512"),
            (["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha1"], "sha256"),
            (["rsa:2048", "-sha256"], "sha256"),
            (["rsa:2048", "-sha384", "-sigopt", "rsa_padding_mode:pss"], "sha384"),
            (["ed25519"], nil as String?),
        ])
    func endPoint(_ options: [String], _ hash: String?) throws {
        var folder = try TemporaryFolder()
        let maker = try OpenSSLCommand(
            [
                "req", "-x509", "-nodes", "-subj", "/CN=mail.example.com", "-days", "2", "-keyout",
                "-", "-out", "-", "-newkey",
            ] + options)
        var text = ""
        while !text.hasSuffix("-----END CERTIFICATE-----\n") { text += try maker.readLine() + "\n" }
        let pem = Array(text.utf8)
        let server = try TLSContext.server(chainPEM: pem, key: PrivateKey(pem: pem.span))
        let client = try TLSContext.client(TLSClientPolicy(verifyPeer: false))
        let pair = SessionPair(
            client: try client.makeSession(to: TLSServerName("mail.example.com")),
            server: try server.makeSession())
        #expect(pair.shakeHands().isComplete)
        let bindings = (
            try pair.client.channelBinding(.tlsServerEndPoint),
            try pair.server.channelBinding(.tlsServerEndPoint)
        )
        #expect(bindings.0 == bindings.1)
        guard let hash else {
            #expect(bindings.0 == nil)
            return
        }
        let file = try folder.write(pem.span, to: "server.pem")
        let reader = try OpenSSLCommand(
            ["x509", "-noout", "-fingerprint", "-\(hash)", "-in", file])
        let digits = try reader.readLine().split(separator: "=").last?.filter { $0 != ":" }
        #expect(bindings.0.map(Hexadecimal.text) == digits?.lowercased())
    }

    @Test(
        "A server's session takes the certificate of openssl s_client, and demands one",
        arguments: ["-tls1_2", "-tls1_3"])
    func clientCertificate(_ option: String) throws {
        let authority = try TestAuthority()
        let identity = try authority.issueClient()
        var folder = try TemporaryFolder()
        let certificate = try folder.write(identity.chainPEM.span, to: "client.pem")
        let exported = try identity.key.exportPEM()
        let key = try exported.withSpan { span in try folder.write(span, to: "client.key") }
        let server = try authority.makeServer(clientAuthorities: [authority.pem])
        for isShown in [true, false] {
            let (listener, port) = try Socket.listen()
            let peer = try OpenSSLCommand(
                ["s_client", "-connect", "127.0.0.1:\(port)", "-quiet", option]
                    + (isShown ? ["-cert", certificate, "-key", key] : []))
            let socket = try listener.accept()
            let session = try server.makeSession()
            if isShown {
                try shakeHands(session, socket)
                #expect(session.facts?.verification == .authority)
                #expect(session.facts?.chain.first?.subject == "CN=client")
            } else {
                #expect(throws: TLSError.self) { try shakeHands(session, socket) }
                #expect(session.facts == nil)
            }
            withExtendedLifetime(peer) {}
        }
    }

    // MARK: - Peers

    private func startServer(
        _ authority: TestAuthority, _ options: [String], _ folder: inout TemporaryFolder
    ) throws -> (command: OpenSSLCommand, port: UInt16) {
        let identity = try authority.authority.issue(names: ["mail.example.com"])
        let certificate = try folder.write(identity.chainPEM.span, to: "server.pem")
        let exported = try identity.key.exportPEM()
        let key = try exported.withSpan { span in try folder.write(span, to: "server.key") }
        let command = try OpenSSLCommand(
            [
                "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-rev", "-cert",
                certificate, "-key", key,
            ] + options)
        while true {
            let words = try command.readLine().split(separator: " ")
            guard words.first == "ACCEPT" else { continue }
            let port = words.last?.split(separator: ":").last.flatMap { UInt16($0) }
            return (command, try #require(port))
        }
    }

    private func startClient(
        _ authority: TestAuthority, _ port: UInt16, _ options: [String],
        _ folder: inout TemporaryFolder
    ) throws -> OpenSSLCommand {
        let file = try folder.write(authority.pem.span, to: "authority.pem")
        let name =
            options.contains("-verify_hostname") ? [] : ["-verify_hostname", "mail.example.com"]
        return try OpenSSLCommand(
            [
                "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", file,
                "-verify_return_error", "-quiet", "-no_ign_eof",
            ] + name + options)
    }

    // MARK: - Driving a session

    private func shakeHands(_ session: TLSSession, _ socket: Socket) throws {
        while true {
            let status = Result { try session.handshake() }
            try socket.write(session.takeOutput())
            if try status.get() == .complete { return }
            let bytes = try socket.read()
            if bytes.isEmpty { session.receiveEnd() } else { session.receive(bytes) }
        }
    }

    /// Waits until plain text or the end is there.
    private func read(
        _ session: TLSSession, _ socket: Socket, into plainText: inout [UInt8]
    ) throws -> TLSSession.Decrypted {
        while true {
            let status = try session.decrypt(appendingTo: &plainText)
            if status != .wantsInput { return status }
            if session.hasOutput { try socket.write(session.takeOutput()) }
            let bytes = try socket.read()
            if bytes.isEmpty { session.receiveEnd() } else { session.receive(bytes) }
        }
    }

    private func readLine(_ session: TLSSession, _ socket: Socket) throws -> String {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            guard case .bytes = try read(session, socket, into: &line) else { break }
        }
        return String(decoding: line.dropLast(), as: UTF8.self)
    }
}
