internal import SMTPCore
internal import VaultModel

extension ConnectionSettings {
    /// Checks that the connection's policy lets mail come from `author`; display names are free.
    ///
    /// Addresses are compared without regard to case, domains as A-labels.
    func requirePermitted(_ author: SMTPAddress) throws {
        guard fromPolicy != .any, !isOwn(author) else { return }
        guard fromPolicy == .allowlist, fromAllowlist.contains(where: { covers($0, author) }) else {
            let allowed =
                fromPolicy == .allowlist
                ? "an address that from_allowlist names" : "the connection's own, \(from.address)"
            throw VaultError(
                .denied, "from-not-allowed",
                "mail through this connection may not come from \(author.wireForm)",
                "use \(allowed), or change from_policy")
        }
    }

    private func isOwn(_ author: SMTPAddress) -> Bool {
        (try? SMTPAddress(parsing: from.address)).map { same($0, author) } ?? false
    }

    private func covers(_ entry: String, _ author: SMTPAddress) -> Bool {
        if entry.hasPrefix("@") {
            return HostText.normal(String(entry.dropFirst())) == HostText.normal(author.domain)
        }
        return (try? SMTPAddress(parsing: entry)).map { same($0, author) } ?? false
    }

    private func same(_ one: SMTPAddress, _ other: SMTPAddress) -> Bool {
        one.localPart.lowercased() == other.localPart.lowercased()
            && HostText.normal(one.domain) == HostText.normal(other.domain)
    }
}
