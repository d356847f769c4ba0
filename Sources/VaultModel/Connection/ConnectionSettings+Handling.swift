extension ConnectionSettings {
    /// Who may see and use a connection.
    package enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
        /// Everyone whose role allows it.
        case system
        /// Its owner alone.
        case user
    }

    /// Which From addresses a request may name.
    package enum FromPolicy: String, Sendable, Hashable, Codable, CaseIterable {
        /// The connection's own, with any display name.
        case fixed
        /// The connection's own and those listed.
        case allowlist
        case any
    }

    /// Who the mail comes from.
    package struct Sender: Sendable, Hashable, Codable {
        /// The header From address, and the envelope sender unless ``envelope`` is set.
        package var address: String
        /// The display name.
        package var name: String?
        /// The envelope sender when it differs.
        package var envelope: String?
        /// Where answers go when that differs.
        package var replyTo: String?
    }

    /// How a message is handed over.
    package struct Transaction: Sendable, Hashable, Codable {
        /// What a refused recipient means for the others.
        package enum RecipientFailure: String, Sendable, Hashable, Codable, CaseIterable {
            case proceed = "continue"
            case abort
        }

        /// How the content travels.
        package enum DataMode: String, Sendable, Hashable, Codable, CaseIterable {
            case data
            /// `BDAT n LAST` where the server offers CHUNKING.
            case bdat
        }

        /// What the session says first.
        package enum Greeting: String, Sendable, Hashable, Codable, CaseIterable {
            case ehlo
            /// HELO, for a server that chokes on EHLO: neither TLS nor a login is possible then.
            case helo
        }

        /// What of a message a notice returns (RFC 3461 §4.3).
        package enum DSNReturn: String, Sendable, Hashable, Codable, CaseIterable {
            case full
            case headers
        }

        /// What a refused recipient means for the others.
        package var recipientFailure = RecipientFailure.proceed
        /// How the content travels.
        package var dataMode = DataMode.data
        /// What the session says first.
        package var greeting = Greeting.ehlo
        /// Whether a message of octets above 127 goes as it is where the server offers 8BITMIME.
        package var eightBit = false
        /// Demands TLS of every further server (RFC 8689).
        package var requireTls = false
        /// The value of AUTH= in MAIL (RFC 4954 §5).
        package var mailAuth: String?
        /// MT-PRIORITY (RFC 6710), -9 to 9.
        package var mtPriority: Int?
        /// When notices are asked for (RFC 3461 §4.1): `never`, or of `success`, `failure`,
        /// `delay`.
        package var dsnNotify: [String] = []
        /// What a notice returns.
        package var dsnReturn: DSNReturn?

        /// Every default.
        package init() {}
    }

    /// What is kept for debugging.
    package struct Debug: Sendable, Hashable, Codable {
        /// The end of it; `nil` when it is off.
        package var until: Timestamp?

        /// Every default.
        package init() {}
    }
}

// MARK: - Decodable

extension ConnectionSettings.Transaction {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&recipientFailure, .recipientFailure)
        try keys.take(&dataMode, .dataMode)
        try keys.take(&greeting, .greeting)
        try keys.take(&eightBit, .eightBit)
        try keys.take(&requireTls, .requireTls)
        try keys.take(&mailAuth, .mailAuth)
        try keys.take(&mtPriority, .mtPriority)
        try keys.take(&dsnNotify, .dsnNotify)
        try keys.take(&dsnReturn, .dsnReturn)
    }
}

extension ConnectionSettings.Debug {
    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try keys.take(&until, .until)
    }
}
