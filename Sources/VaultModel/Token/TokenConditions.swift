package import SMTPCore

/// What narrows a token besides its scopes; what is empty or `nil` narrows nothing.
///
/// Expiry stands beside them in the token itself, since every token has it.
package struct TokenConditions: Hashable, Sendable, Codable {
    /// The environments of the connections that it may do anything with.
    package var environments: [DeploymentEnvironment] = []
    /// Patterns of their names.
    package var connections: [String] = []
    /// Who its mail may come from.
    package var from: [SenderPattern] = []
    /// The domains that its mail may go to.
    package var recipientDomains: [RecipientDomain] = []
    /// How many messages it may send in a time.
    package var rate: TokenRate?
    /// How many messages it may send in a day of UTC.
    package var daily: Int?
    /// Where its bearer may be; callers of this machine count as 127.0.0.1 and ::1.
    package var networks: [IPNetwork] = []
    /// When it begins to be valid.
    package var notBefore: Timestamp?
    /// How many requests it may make.
    package var uses: Int?

    private enum CodingKeys: String, CodingKey {
        case environments, connections, from, recipientDomains, rate, daily, networks, notBefore
        case uses
    }

    /// Conditions that narrow nothing.
    package init() {}

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try container.take(&environments, .environments)
        try container.take(&connections, .connections)
        try container.take(&from, .from)
        try container.take(&recipientDomains, .recipientDomains)
        rate = try container.decodeIfPresent(TokenRate.self, forKey: .rate)
        daily = try container.decodeIfPresent(Int.self, forKey: .daily)
        try container.take(&networks, .networks)
        notBefore = try container.decodeIfPresent(Timestamp.self, forKey: .notBefore)
        uses = try container.decodeIfPresent(Int.self, forKey: .uses)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        if !environments.isEmpty { try container.encode(environments, forKey: .environments) }
        if !connections.isEmpty { try container.encode(connections, forKey: .connections) }
        if !from.isEmpty { try container.encode(from, forKey: .from) }
        if !recipientDomains.isEmpty {
            try container.encode(recipientDomains, forKey: .recipientDomains)
        }
        try container.encodeIfPresent(rate, forKey: .rate)
        try container.encodeIfPresent(daily, forKey: .daily)
        if !networks.isEmpty { try container.encode(networks, forKey: .networks) }
        try container.encodeIfPresent(notBefore, forKey: .notBefore)
        try container.encodeIfPresent(uses, forKey: .uses)
    }

    /// Whether messages are counted.
    package var countsMessages: Bool { rate != nil || daily != nil }

    /// Whether there is anything that only mail can be held to.
    package var concernsMail: Bool {
        countsMessages || !from.isEmpty || !recipientDomains.isEmpty
    }

    /// Refuses what is out of bounds (``VaultLimits``).
    package func validate() throws(ModelError) {
        let most = VaultLimits.tokenConditions
        let lists = [
            ("environments", environments.count), ("connections", connections.count),
            ("from", from.count), ("recipient_domains", recipientDomains.count),
            ("networks", networks.count),
        ]
        for (field, count) in lists where count > most {
            throw ModelError(field, "has \(count) entries", accepted: "at most \(most)")
        }
        for glob in connections where !Glob.isPattern(glob) {
            throw ModelError(
                "connections", "'\(glob)' is no pattern", accepted: "a name with * and ?")
        }
        if let daily, !VaultLimits.tokenDaily.contains(daily) {
            throw ModelError(
                "daily", "\(daily) is out of range",
                accepted: "1 to \(VaultLimits.tokenDaily.upperBound)")
        }
        if let uses, !VaultLimits.tokenUses.contains(uses) {
            throw ModelError(
                "uses", "\(uses) is out of range",
                accepted: "1 to \(VaultLimits.tokenUses.upperBound)")
        }
    }

    // MARK: What they permit

    /// Whether `permission` may be used on `object`.
    ///
    /// Where environments or connections are named, what concerns connections is permitted on those
    /// alone, and not on all of them at once.
    package func permit(_ permission: Permission, on object: AccessObject) -> Bool {
        guard !environments.isEmpty || !connections.isEmpty else { return true }
        guard case .connection(let name, let environment) = object else {
            return !permission.concernsConnections
        }
        return (environments.isEmpty || environment.map(environments.contains) ?? false)
            && (connections.isEmpty
                || connections.contains { Glob.matches($0.lowercased(), name.folded) })
    }

    /// Whether a bearer may be at one of `addresses`.
    package func permit(bearerAt addresses: [IPAddress]) -> Bool {
        networks.isEmpty
            || addresses.contains { address in networks.contains { $0.contains(address) } }
    }

    /// Whether the token is valid yet.
    package func permit(at now: Timestamp) -> Bool { notBefore.map { $0 <= now } ?? true }

    /// Why mail from `author` is forbidden; `nil` when it is not.
    package func refusal(ofAuthor author: SMTPAddress) -> TokenRefusal? {
        from.isEmpty || from.contains { $0.covers(author) } ? nil : .from(author.wireForm)
    }

    /// Why mail to `recipient` is forbidden; `nil` when it is not.
    package func refusal(ofRecipient recipient: SMTPAddress) -> TokenRefusal? {
        recipientDomains.isEmpty || recipientDomains.contains { $0.covers(recipient) }
            ? nil : .recipient(recipient.wireForm)
    }
}

extension Permission {
    /// Whether it is about connections, or about sending through one.
    package var concernsConnections: Bool {
        self == .send || rawValue.hasPrefix("connection:")
    }
}
