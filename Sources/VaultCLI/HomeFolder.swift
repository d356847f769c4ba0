private import Glibc
internal import Operations

/// Finds the vault's folder.
enum HomeFolder {
    /// The folder that was given, or `signet` in the data directory of the XDG Base Directory
    /// Specification; always absolute.
    ///
    /// - Throws: when neither is known.
    static func path(
        given: String?, _ environment: ProcessEnvironment
    ) throws(VaultError) -> String {
        if let given { return absolute(given) }
        // A relative XDG_DATA_HOME is invalid by the specification and counts as unset.
        if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/signet" }
        if let home = environment["HOME"] { return absolute(home) + "/.local/share/signet" }
        throw VaultError(
            .usage, "no-home", "neither HOME nor XDG_DATA_HOME says where the vault is",
            "name its folder with --home or SIGNET_HOME")
    }

    /// `path` as seen from the root.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let buffer = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(buffer) }
        let folder = unsafe String(cString: buffer)
        if path == "." { return folder }
        let rest = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return (folder == "/" ? "" : folder) + "/" + rest
    }
}
