internal import JSONCoding
internal import Operations
internal import VaultStore

/// Audit entries as CSV (RFC 4180): a head, then a line for each.
enum AuditTable {
    private static let columns = [
        "sequence", "time", "actor", "action", "object", "outcome", "reason", "request", "detail",
    ]
    /// What spreadsheets take for the beginning of a formula.
    private static let formulaStarts: Set<Character> = ["=", "+", "-", "@", "\t", "\r"]

    /// The line with the columns' names.
    static var head: [UInt8] { line(columns) }

    /// The line of an entry.
    static func line(of entry: AuditEntry) throws(VaultError) -> [UInt8] {
        let detail: [UInt8]
        do {
            detail = try JSONCoding.encode(entry.detail)
        } catch {
            throw VaultError(.failed, "internal", error.reason, "report it")
        }
        return line([
            "\(entry.sequence)", "\(entry.time)", entry.actor, entry.action, entry.object,
            entry.outcome.rawValue, entry.reason, "\(entry.request)",
            entry.detail.isEmpty ? "" : String(decoding: detail, as: UTF8.self),
        ])
    }

    private static func line(_ cells: [String]) -> [UInt8] {
        Array((cells.map(cell).joined(separator: ",") + "\r\n").utf8)
    }

    /// A cell that no spreadsheet takes for a formula, quoted where it must be.
    static func cell(_ text: String) -> String {
        // An apostrophe before it makes it text.
        let safe = text.first.map(formulaStarts.contains) == true ? "'" + text : text
        guard safe.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
            return safe
        }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}

extension AuditEntry {
    /// The entry as one line of JSON.
    var jsonLine: [UInt8] {
        get throws(VaultError) {
            do {
                return try JSONCoding.encode(self) + [0x0a]
            } catch {
                throw VaultError(.failed, "internal", error.reason, "report it")
            }
        }
    }
}
