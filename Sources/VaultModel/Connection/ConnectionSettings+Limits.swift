extension ConnectionSettings {
    /// How long each step may take, in milliseconds.
    package struct Timeouts: Sendable, Hashable, Codable {
        /// The TCP connection, over all addresses.
        package var connectMs = 30_000
        /// Each reply before the final dot.
        package var requestMs = 60_000
        /// Progress while the message is written.
        package var writeMs = 60_000
        /// The reply to the final dot.
        package var dataDoneMs = 600_000

        /// Every default.
        package init() {}
    }

    /// What asks an idle session whether it lives.
    package enum PingCommand: String, Sendable, Hashable, Codable, CaseIterable {
        case noop
        case rset
    }

    /// How sessions are kept.
    package struct Pool: Sendable, Hashable, Codable {
        /// What becomes of a session after its message.
        package enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
            case perRequest = "per_request"
            case reuse
        }

        /// What becomes of a session after its message.
        package var mode = Mode.perRequest
        /// Sessions at once.
        package var max = 1
        /// Milliseconds before an idle session is closed.
        package var idleMs = 8000

        /// Every default.
        package init() {}
    }

    /// When a message is tried again.
    package struct Retry: Sendable, Hashable, Codable {
        /// Milliseconds that the first wait is made from.
        package var intervalMs = 2000
        /// Attempts in all.
        package var maxAttempts = 10
        /// Seconds after which a message is given up.
        package var expiresAfterS = 86_400

        /// Every default.
        package init() {}
    }

    /// Where a message goes when the server cannot be reached.
    package struct Failover: Sendable, Hashable, Codable {
        /// Names of connections, or `host[:port]` with this connection's account and TLS.
        package var targets: [String] = []
        /// Seconds before a target that failed is asked again.
        package var retryPeriodS = 60

        /// Every default.
        package init() {}
    }

    /// How much may be sent; 0 for no bound.
    package struct Rate: Sendable, Hashable, Codable {
        /// Messages a second.
        package var maxPerSecond = 0.0
        /// Messages a minute.
        package var perMinute = 0
        /// Recipients a day.
        package var recipientsPerDay = 0
        /// Sessions at once, over all connections of the group.
        package var maxConcurrent = 0
        /// What connections of one provider account share their bounds by.
        package var quotaGroup: String?

        /// Every default.
        package init() {}
    }
}

// MARK: - Decodable

extension ConnectionSettings.Timeouts {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&connectMs, .connectMs)
        try keys.take(&requestMs, .requestMs)
        try keys.take(&writeMs, .writeMs)
        try keys.take(&dataDoneMs, .dataDoneMs)
    }
}

extension ConnectionSettings.Pool {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&mode, .mode)
        try keys.take(&max, .max)
        try keys.take(&idleMs, .idleMs)
    }
}

extension ConnectionSettings.Retry {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&intervalMs, .intervalMs)
        try keys.take(&maxAttempts, .maxAttempts)
        try keys.take(&expiresAfterS, .expiresAfterS)
    }
}

extension ConnectionSettings.Failover {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&targets, .targets)
        try keys.take(&retryPeriodS, .retryPeriodS)
    }
}

extension ConnectionSettings.Rate {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&maxPerSecond, .maxPerSecond)
        try keys.take(&perMinute, .perMinute)
        try keys.take(&recipientsPerDay, .recipientsPerDay)
        try keys.take(&maxConcurrent, .maxConcurrent)
        try keys.take(&quotaGroup, .quotaGroup)
    }
}
