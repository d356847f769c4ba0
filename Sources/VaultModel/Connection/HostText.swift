internal import SMTPCore

/// The text of a host as it is stored: lower case, and A-labels for names that are not ASCII
/// (RFC 5891).
package enum HostText {
    /// The stored form; what has none is kept for the check to refuse, and so is text with
    /// variables, whose names have letters of either case.
    package static func normal(_ text: String) -> String {
        if VariableText.isTemplate(text) { return text }
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
        return DomainName(text)?.ascii ?? text
    }

    /// Why `host` is neither a name nor an IP address, or `nil`.
    package static func problem(of host: String) -> String? {
        guard !host.isEmpty else { return "is missing" }
        guard host.utf8.count <= VaultLimits.hostBytes else {
            return "is longer than \(VaultLimits.hostBytes) bytes"
        }
        if IPAddress(host) != nil { return nil }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let numeric = labels.last?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? true
        return !numeric && labels.allSatisfy(isLabel) ? nil : "is no host name or IP address"
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
            && label.utf8.last != UInt8(ascii: "-")
            && label.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte)
                    || (0x61...0x7a).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }
}
