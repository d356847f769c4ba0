internal import CommandLineCore
internal import Operations
internal import VaultModel

/// The options that `token create` and `token attenuate` share.
enum TokenFlags {
    /// The options, which narrow a token, and its label.
    static var conditions: [OptionSpec] {
        [
            .value(
                "not-before", "TIME", "When it begins to be valid: a time, or a duration from now."),
            .repeated("from", "ADDRESS", "Who its mail may come from: an address, or @DOMAIN."),
            .repeated("recipient-domain", "DOMAIN", "Where its mail may go."),
            .value("rate", "N/s", "How many messages it may send: N/s, N/m or N/h."),
            .value("daily", "N", "How many messages it may send a day (UTC)."),
            .repeated(
                "cidr", "NETWORK",
                "Where its bearer may be, as ADDRESS/BITS; this machine is 127.0.0.1 and ::1."),
            .value("uses", "N", "How many requests it may make."),
            .repeated(
                "env", "ENV", "The environments whose connections it may do anything with.",
                form: .choice(
                    DeploymentEnvironment.allCases.map(\.rawValue),
                    accepting: ["dev": "development", "prod": "production"])),
            .repeated("connection", "GLOB", "The connections that it may do anything with."),
            .value("label", "TEXT", "What it is for."),
        ]
    }

    /// The scopes that were given.
    static func scopes(_ invocation: Invocation) throws -> [TokenScope] {
        try invocation.values("scope").map { text throws(ModelError) in
            try TokenScope(parsing: text)
        }
    }

    /// The seconds that `--expires` asks for: 0 for ever, `nil` for the default.
    static func lifetime(_ invocation: Invocation) throws -> Int64? {
        if invocation.optionalString("expires") == "never" { return 0 }
        let longest = Duration.seconds(VaultLimits.tokenSeconds)
        return try invocation.duration("expires", in: .seconds(1)...longest)?.components.seconds
    }

    /// The conditions that were given.
    static func conditions(_ invocation: Invocation) throws -> TokenConditions {
        var conditions = TokenConditions()
        conditions.environments = try invocation.values("env").map { text throws(ModelError) in
            try DeploymentEnvironment(parsing: text)
        }
        conditions.connections = invocation.values("connection")
        conditions.from = try invocation.values("from").map { text throws(ModelError) in
            try SenderPattern(parsing: text)
        }
        conditions.recipientDomains = try invocation.values("recipient-domain").map {
            text throws(ModelError) in try RecipientDomain(parsing: text)
        }
        conditions.networks = try invocation.values("cidr").map { text throws(ModelError) in
            try IPNetwork(parsing: text)
        }
        conditions.rate = try invocation.optionalString("rate").map { text throws(ModelError) in
            try TokenRate(parsing: text)
        }
        conditions.daily = try invocation.int("daily", in: VaultLimits.tokenDaily)
        conditions.uses = try invocation.int("uses", in: VaultLimits.tokenUses)
        let now = Timestamp.now.seconds
        conditions.notBefore = try invocation.instant("not-before", now: now, counting: .ahead)
            .map { Timestamp(milliseconds: 0).adding(seconds: $0) }
        return conditions
    }

    /// Adds what narrows a token to what is shown of it.
    static func describe(_ conditions: TokenConditions, in fields: inout FieldList) {
        let lists = [
            ("Environments", conditions.environments.map(\.rawValue)),
            ("Connections", conditions.connections),
            ("From", conditions.from.map(\.description)),
            ("Recipients", conditions.recipientDomains.map(\.text)),
            ("Networks", conditions.networks.map(\.description)),
        ]
        for (name, items) in lists where !items.isEmpty {
            fields.append(name, Wording.list(items))
        }
        if let rate = conditions.rate { fields.append("Rate", rate.description) }
        if let daily = conditions.daily { fields.append("Daily", "\(daily)") }
        if let start = conditions.notBefore { fields.append("Not before", Wording.time(start)) }
        if let uses = conditions.uses { fields.append("Uses", "\(uses)") }
    }
}
