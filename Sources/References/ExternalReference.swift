/// The text that stands for a secret kept elsewhere.
///
/// - `env://NAME`, a variable of the server's environment;
/// - `file:///PATH`, a file of the server's machine;
/// - `openbao://MOUNT/PATH#FIELD`, a field of a KV version 2 secret of OpenBao or Vault.
///
/// Nothing in it is escaped: a part that would need it (`%`, `?`, `#`, controls) is refused.
package enum ExternalReference: Sendable, Hashable {
    /// A variable of the server's environment.
    case environment(name: String)
    /// An absolute path.
    case file(path: String)
    /// A mount, the parts of a path below it, and a field.
    case openBao(mount: String, path: [String], field: String)

    /// Whether a text is meant as a reference of one of the schemes.
    package static func isReference(_ text: String) -> Bool {
        ["env://", "file://", "openbao://"].contains { text.hasPrefix($0) }
    }

    /// Reads a reference.
    ///
    /// - Throws: `.malformed`.
    package init(parsing text: String) throws(ReferenceError) {
        guard text.utf8.count <= ReferenceLimits.textBytes else {
            throw .malformed("is longer than \(ReferenceLimits.textBytes) bytes")
        }
        guard let mark = text.firstRange(of: "://") else { throw .malformed("has no scheme") }
        let rest = text[mark.upperBound...]
        switch text[..<mark.lowerBound] {
        case "env": self = try Self.environment(rest)
        case "file": self = try Self.file(rest)
        case "openbao": self = try Self.openBao(rest)
        default: throw .malformed("has an unknown scheme")
        }
    }

    private static func environment(
        _ rest: Substring
    ) throws(ReferenceError) -> ExternalReference {
        let isName = rest.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, (1...ReferenceLimits.variableBytes).contains(rest.utf8.count),
            rest.first?.isNumber == false
        else { throw .malformed("has no name of a variable after env://") }
        return .environment(name: String(rest))
    }

    private static func file(_ rest: Substring) throws(ReferenceError) -> ExternalReference {
        guard rest.hasPrefix("/") else { throw .malformed("has no absolute path after file://") }
        _ = try parts(of: rest.dropFirst())
        return .file(path: String(rest))
    }

    private static func openBao(_ rest: Substring) throws(ReferenceError) -> ExternalReference {
        guard let mark = rest.firstIndex(of: "#") else {
            throw .malformed("has no #FIELD at its end")
        }
        let field = String(rest[rest.index(after: mark)...])
        guard (1...ReferenceLimits.fieldBytes).contains(field.utf8.count),
            field.unicodeScalars.allSatisfy(isPlain)
        else { throw .malformed("has no usable field after #") }
        let parts = try parts(of: rest[..<mark])
        guard parts.count >= 2 else { throw .malformed("has no path after its mount") }
        return .openBao(mount: parts[0], path: Array(parts.dropFirst()), field: field)
    }

    private static func parts(of path: Substring) throws(ReferenceError) -> [String] {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for part in parts {
            guard !["", ".", ".."].contains(part) else {
                throw .malformed("has an empty or relative part in its path")
            }
            guard part.unicodeScalars.allSatisfy(isPlain) else {
                throw .malformed("has a %, ?, # or control character in its path")
            }
        }
        return parts
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory != .control && !"%?#".unicodeScalars.contains(scalar)
    }
}

// MARK: - CustomStringConvertible

extension ExternalReference: CustomStringConvertible {
    package var description: String {
        switch self {
        case .environment(let name): "env://\(name)"
        case .file(let path): "file://\(path)"
        case .openBao(let mount, let path, let field):
            "openbao://\(mount)/\(path.joined(separator: "/"))#\(field)"
        }
    }
}
