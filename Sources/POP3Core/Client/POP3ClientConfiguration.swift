/// What a client session demands of its server.
package struct POP3ClientConfiguration: Sendable, Hashable {
    /// How the session becomes private.
    package enum Encryption: Sendable, Hashable {
        /// Clear text; STLS is not even tried.
        case none
        /// STLS (RFC 2595) or nothing.
        case stls
        /// TLS from the first byte: the driver shakes hands before it says `connected()`.
        case implicit
    }

    /// How the client proves who it is.
    package enum Method: Sendable, Hashable {
        /// APOP (RFC 1939 §7), or failure where the server gives no valid timestamp.
        case apop
        /// USER and PASS.
        case password
    }

    /// What may run without TLS.
    package enum ClearAuthentication: Sendable, Hashable {
        case never
        /// APOP, which does not send the password itself.
        case digestOnly
        /// USER and PASS as well, as a loopback server may need it.
        case any
    }

    /// Who authenticates.
    package var userName: String
    /// How the session becomes private.
    package var encryption: Encryption
    /// How the client proves who it is.
    package var method: Method
    /// What may run without TLS.
    package var inClear: ClearAuthentication

    /// Describes a session.
    package init(
        userName: String, encryption: Encryption, method: Method,
        inClear: ClearAuthentication = .never
    ) {
        self.userName = userName
        self.encryption = encryption
        self.method = method
        self.inClear = inClear
    }

    /// Whether the user name makes one argument of one line.
    var hasSendableUserName: Bool {
        let bytes = userName.utf8
        guard (1...POP3Limits.userName).contains(bytes.count) else { return false }
        // APOP separates its arguments by the space.
        let least: UInt8 = method == .apop ? 0x21 : 0x20
        return bytes.allSatisfy { $0 >= least && $0 != 0x7F }
    }

    /// Whether the method may run on a session that TLS does or does not protect.
    func permitsMethod(isEncrypted: Bool) -> Bool {
        switch inClear {
        case _ where isEncrypted: true
        case .never: false
        case .digestOnly: method == .apop
        case .any: true
        }
    }
}
