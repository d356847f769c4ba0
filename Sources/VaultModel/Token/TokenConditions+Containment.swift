// What a token may hand on.
extension TokenConditions {
    /// The conditions of a child that asks for `self`: what it leaves open is as with the parent.
    package func inheriting(_ parent: TokenConditions) -> TokenConditions {
        var child = self
        if child.environments.isEmpty { child.environments = parent.environments }
        if child.connections.isEmpty { child.connections = parent.connections }
        if child.from.isEmpty { child.from = parent.from }
        if child.recipientDomains.isEmpty { child.recipientDomains = parent.recipientDomains }
        if child.networks.isEmpty { child.networks = parent.networks }
        child.rate = child.rate ?? parent.rate
        child.daily = child.daily ?? parent.daily
        child.notBefore = child.notBefore ?? parent.notBefore
        child.uses = child.uses ?? parent.uses
        return child
    }

    /// The dimension in which `child` permits what these conditions forbid; `nil` when there is
    /// none.
    ///
    /// It never overlooks one; patterns of connections are compared as ``Glob/covers(_:_:)`` does.
    package func dimension(exceededBy child: TokenConditions) -> String? {
        if !Self.holds(environments, child.environments, { $0 == $1 }) { return "environments" }
        let globs = { (outer: String, inner: String) in
            Glob.covers(outer.lowercased(), inner.lowercased())
        }
        if !Self.holds(connections, child.connections, globs) { return "connections" }
        if !Self.holds(from, child.from, { $0.contains($1) }) { return "from" }
        if !Self.holds(recipientDomains, child.recipientDomains, { $0 == $1 }) {
            return "recipient_domains"
        }
        if !Self.holds(networks, child.networks, { $0.contains($1) }) { return "networks" }
        if let rate, !(child.rate.map { rate.contains($0) } ?? false) { return "rate" }
        if let daily, child.daily ?? .max > daily { return "daily" }
        if let notBefore, !(child.notBefore.map { $0 >= notBefore } ?? false) {
            return "not_before"
        }
        if let uses, child.uses ?? .max > uses { return "uses" }
        return nil
    }

    /// Whether each of `inner` lies in one of `outer`, where none stands for all.
    private static func holds<Part>(
        _ outer: [Part], _ inner: [Part], _ contains: (Part, Part) -> Bool
    ) -> Bool {
        if outer.isEmpty { return true }
        return !inner.isEmpty && inner.allSatisfy { part in outer.contains { contains($0, part) } }
    }
}

extension [TokenScope] {
    /// The first scope of a child that none of these covers.
    package func scope(exceededBy child: [TokenScope]) -> TokenScope? {
        child.first { scope in !contains { $0.contains(scope) } }
    }
}
