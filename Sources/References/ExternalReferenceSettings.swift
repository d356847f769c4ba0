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
    /// Where it is: an https URL, or an http URL of this machine, without a path.
    package let address: HTTPURL
    /// The file that holds its token; its last line end does not count.
    package let tokenFile: String
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
        address: String, tokenFile: String, authorityPEM: [UInt8]? = nil,
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
        self.tokenFile = tokenFile
        self.authorityPEM = authorityPEM
        self.namespace = namespace
        self.pathPrefixes = pathPrefixes
    }

    /// Whether a host is this machine by its name; the connection is judged again by its address.
    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }
}
