package import HTTPCore

/// Which references the operator permits, and what they need.
///
/// Whoever may store a reference makes the server read what it names, so nothing is permitted that
/// is not named here.
package struct ExternalReferenceSettings: Sendable {
    /// Beginnings of the names of variables that may be read; an empty one permits all.
    package var variablePrefixes: [String]
    /// Folders below which files may be read, links resolved; `/` permits all.
    package var fileFolders: [String]
    /// The server of openbao:// references.
    package var openBao: OpenBaoSettings?

    /// Permits what is named.
    package init(
        variablePrefixes: [String] = [], fileFolders: [String] = [],
        openBao: OpenBaoSettings? = nil
    ) {
        self.variablePrefixes = variablePrefixes
        self.fileFolders = fileFolders
        self.openBao = openBao
    }
}

/// An OpenBao or Vault server, as the operator describes it.
package struct OpenBaoSettings: Sendable, Hashable {
    /// Where the server's token comes from, each time it is needed.
    package enum Token: Sendable, Hashable {
        /// A file; its last line end does not count.
        case file(String)
        /// A variable of the environment.
        case variable(String)
    }

    /// Where it is: an https URL, or an http URL of this machine, without a path.
    package let address: HTTPURL
    /// Where its token comes from.
    package let token: Token
    /// The authority that its certificate must come from; `nil` for the system's.
    package let authorityPEM: [UInt8]?
    /// The namespace of all paths.
    package let namespace: String?
    /// Beginnings of `MOUNT/PATH` that references may name; an empty one permits all.
    package let pathPrefixes: [String]

    /// Describes a server.
    ///
    /// - Throws: `.badAddress`.
    package init(
        address: String, token: Token, authorityPEM: [UInt8]? = nil,
        namespace: String? = nil, pathPrefixes: [String] = [""]
    ) throws(ReferenceError) {
        let url: HTTPURL
        do {
            url = try HTTPURL(parsing: address)
        } catch {
            throw .badAddress("is no URL")
        }
        guard url.target == "/" else { throw .badAddress("has a path or query") }
        guard url.scheme == .https || Self.isLoopback(url.host) else {
            throw .badAddress("is in clear although the server is not of this machine")
        }
        self.address = url
        self.token = token
        self.authorityPEM = authorityPEM
        self.namespace = namespace
        self.pathPrefixes = pathPrefixes
    }

    /// Whether a host is this machine by its name; the connection is judged again by its address.
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
