internal import Delivery
internal import Operations
internal import References
internal import Sodium
internal import Transport
internal import VaultModel

/// The operator's settings about sending, out of the environment (`docs/operator-settings.md`).
enum OperatorSettings {
    /// Reads them; what does not read is refused, not left out.
    static func read(_ environment: ProcessEnvironment) throws -> DeliverySettings {
        let allow = environment["SIGNET_EGRESS_ALLOW"]
        _ = try named("SIGNET_EGRESS_ALLOW") { () throws(ModelError) in
            try EgressPolicy(allow: allow, ports: nil)
        }
        return DeliverySettings(
            egress: try named("SIGNET_EGRESS_PORTS") { () throws(ModelError) in
                try EgressPolicy(allow: allow, ports: environment["SIGNET_EGRESS_PORTS"])
            },
            policy: try named("SIGNET_POLICY") { () throws(ModelError) in
                try TransportPolicy(parsing: environment["SIGNET_POLICY"])
            },
            proxies: try proxies(environment["SIGNET_PROXIES"] ?? ""),
            references: try references(environment))
    }

    /// Where checkpoints of the audit log go; `nil` when the variable is not set.
    static func auditSinks(
        _ environment: ProcessEnvironment
    ) throws(VaultError) -> [CheckpointPlace]? {
        guard let text = environment["SIGNET_AUDIT_SINKS"] else { return nil }
        do {
            return try CheckpointPlace.parse(text)
        } catch {
            throw VaultError(wrapping: error)
        }
    }

    /// Tells an error under the name of the variable that has it.
    private static func named<R>(
        _ variable: String, _ body: () throws(ModelError) -> R
    ) throws(ModelError) -> R {
        do throws(ModelError) {
            return try body()
        } catch {
            throw ModelError(variable, error.problem, accepted: error.accepted)
        }
    }

    // MARK: Proxies

    /// `NAME=socks5://[USER@]HOST:PORT` or `NAME=http://…`, with blanks between; a user's password
    /// is the content of the file after `#`.
    private static func proxies(_ text: String) throws -> [String: ProxySettings] {
        var found: [String: ProxySettings] = [:]
        for part in text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" }) {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { throw malformedProxy }
            let name = try ResourceName(String(sides[0]), field: "SIGNET_PROXIES")
            guard found.updateValue(try proxy(sides[1]), forKey: name.folded) == nil else {
                throw ModelError(
                    "SIGNET_PROXIES", "defines '\(name)' twice", accepted: "each name once")
            }
        }
        return found
    }

    private static func proxy(_ text: Substring) throws -> ProxySettings {
        let kinds: [(String, ProxySettings.Kind)] = [
            ("socks5://", .socks5), ("http://", .httpConnect),
        ]
        guard let (scheme, kind) = kinds.first(where: { text.hasPrefix($0.0) }) else {
            throw malformedProxy
        }
        let parts = text.dropFirst(scheme.count).split(
            separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        // A user's name may hold '@', a host cannot.
        let at = parts[0].lastIndex(of: "@")
        let place = at.map { parts[0][parts[0].index(after: $0)...] } ?? parts[0]
        guard let colon = place.lastIndex(of: ":"),
            let port = port(place[place.index(after: colon)...])
        else { throw malformedProxy }
        var host = place[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard HostText.problem(of: String(host)) == nil, (at == nil) == (parts.count == 1) else {
            throw malformedProxy
        }
        guard let at else { return ProxySettings(kind: kind, host: String(host), port: port) }
        let (user, file) = (String(parts[0][..<at]), String(parts[1]))
        guard !user.isEmpty, !file.isEmpty else { throw malformedProxy }
        return ProxySettings(
            kind: kind, host: String(host), port: port, username: user,
            password: { try FileInput.secret(file, limit: VaultLimits.secretBytes) })
    }

    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text),
            VaultLimits.ports.contains(port)
        else { return nil }
        return port
    }

    private static let malformedProxy = ModelError(
        "SIGNET_PROXIES", "does not read",
        accepted: "NAME=socks5://HOST:PORT, NAME=http://HOST:PORT or "
            + "NAME=socks5://USER@HOST:PORT#PASSWORD_FILE")

    // MARK: References

    private static func references(
        _ environment: ProcessEnvironment
    ) throws -> ExternalReferenceSettings {
        ExternalReferenceSettings(
            variablePrefixes: list(environment["SIGNET_REFERENCE_ENV"], separator: ",").map {
                $0 == "*" ? "" : $0
            },
            fileFolders: list(environment["SIGNET_REFERENCE_FILES"], separator: ":"),
            openBao: try openBao(environment))
    }

    /// The server of `openbao://`: Signet's own variables first, then those of `bao` and `vault`.
    ///
    /// An address that is meant for those programs alone, whose token Signet cannot use, is none.
    private static func openBao(_ environment: ProcessEnvironment) throws -> OpenBaoSettings? {
        func first(_ names: [String]) -> String? {
            names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        }
        guard let address = first(["SIGNET_OPENBAO_ADDR", "BAO_ADDR", "VAULT_ADDR"]) else {
            return nil
        }
        let token: OpenBaoSettings.Token
        if let file = first(["SIGNET_OPENBAO_TOKEN_FILE"]) {
            token = .file(file)
        } else if let name = ["BAO_TOKEN", "VAULT_TOKEN"].first(where: {
            environment[$0]?.isEmpty == false
        }) {
            token = .variable(name)
        } else if environment["SIGNET_OPENBAO_ADDR"]?.isEmpty ?? true {
            return nil
        } else {
            throw ModelError(
                "SIGNET_OPENBAO_TOKEN_FILE", "is missing, and so are BAO_TOKEN and VAULT_TOKEN",
                accepted: "the path of a file that holds the server's token")
        }
        let authority = try first(["SIGNET_OPENBAO_CA", "BAO_CACERT", "VAULT_CACERT"]).map {
            try FileInput.read($0, limit: VaultLimits.certificateBytes)
        }
        let paths = list(environment["SIGNET_OPENBAO_PATHS"], separator: ",")
        return try OpenBaoSettings(
            address: address, token: token, authorityPEM: authority,
            namespace: first(["SIGNET_OPENBAO_NAMESPACE", "BAO_NAMESPACE", "VAULT_NAMESPACE"]),
            pathPrefixes: paths.map { $0 == "*" ? "" : $0 })
    }

    private static func list(_ text: String?, separator: Character) -> [String] {
        (text ?? "").split(separator: separator).map { String($0) }
    }
}
