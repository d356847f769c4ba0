package import VaultModel

/// Where checkpoints of the audit log go, as the operator's settings name it.
package enum CheckpointPlace: Sendable, Hashable {
    /// A file, to which they are appended.
    case file(path: String)
    /// The system's log, over its Unix socket.
    case syslog(path: String)

    /// Reads `SIGNET_AUDIT_SINKS`: `file:/PATH`, `syslog` or `syslog:/PATH`, with commas or
    /// blanks between.
    package static func parse(_ text: String) throws(ModelError) -> [CheckpointPlace] {
        var places: [CheckpointPlace] = []
        for word in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let place: CheckpointPlace
            if word == "syslog" {
                place = .syslog(path: "/dev/log")
            } else if word.hasPrefix("syslog:/") {
                place = .syslog(path: String(word.dropFirst(7)))
            } else if word.hasPrefix("file:/") {
                place = .file(path: String(word.dropFirst(5)))
            } else {
                throw malformed("does not read")
            }
            guard !places.contains(place) else { throw malformed("names one sink twice") }
            places.append(place)
        }
        guard places.count <= AuditLimits.sinks else { throw malformed("names too many sinks") }
        return places
    }

    private static func malformed(_ problem: String) -> ModelError {
        ModelError(
            "SIGNET_AUDIT_SINKS", problem,
            accepted: "at most \(AuditLimits.sinks) of file:/PATH, syslog and syslog:/PATH")
    }

    /// The place as settings name it.
    package var setting: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .syslog(let path): "syslog:\(path)"
        }
    }
}
