package import VaultModel

/// A name and an address out of a header field.
package struct SandboxAddress: Codable, Sendable, Hashable {
    /// The display name, decoded; empty when there is none.
    package let name: String
    /// The address as written.
    package let address: String

    /// Pairs a name with an address.
    package init(name: String = "", address: String) {
        self.name = name
        self.address = address
    }

    /// `Name <address>`, or `<address>`.
    package var text: String { name.isEmpty ? "<\(address)>" : "\(name) <\(address)>" }
}

/// A message as a list shows it.
package struct SandboxMessageSummary: Codable, Sendable, Hashable {
    /// The identity of the message in its store.
    package let id: SandboxMessageID
    /// Its number in its inbox: 1 for the first, never given twice.
    package let seq: Int64
    /// The name of the inbox.
    package let inbox: String
    /// When all of it had arrived.
    package let received: Timestamp
    /// The first author of the From field, if there is one.
    package let from: SandboxAddress?
    /// The To field.
    package let to: [SandboxAddress]
    /// The Cc field.
    package let cc: [SandboxAddress]
    /// The Subject, decoded.
    package let subject: String
    /// The Message-ID without its angle brackets, if there is one.
    package let messageID: String?
    /// The size of the raw message in bytes.
    package let size: Int
    /// How many attachments it has.
    package let attachmentCount: Int
    /// The beginning of the text.
    package let snippet: String
    /// What MAIL and RCPT said.
    package let envelope: SandboxEnvelope
    /// Why the message could not be read as mail, if it could not.
    package let parseError: String?

    private enum CodingKeys: String, CodingKey {
        case id, seq, inbox, received, from, to, cc, subject, size, attachmentCount, snippet
        case envelope, parseError
        // What snake case gives back for `message_id`.
        case messageID = "messageId"
    }
}

/// What MAIL and RCPT said, each address without its angle brackets.
package struct SandboxEnvelope: Codable, Sendable, Hashable {
    /// The argument of MAIL; empty for `<>`.
    package let mailFrom: String
    /// The arguments of RCPT, in order.
    package let rcptTo: [String]
    /// The parameters of MAIL as sent.
    package let mailParameters: String
    /// The parameters of each RCPT as sent, in the order of `rcptTo`.
    package let rcptParameters: [String]

    /// Collects an envelope; `rcptParameters` is as long as `rcptTo`, or empty when there are none.
    package init(
        mailFrom: String, rcptTo: [String], mailParameters: String = "",
        rcptParameters: [String] = []
    ) {
        self.mailFrom = mailFrom
        self.rcptTo = rcptTo
        self.mailParameters = mailParameters
        self.rcptParameters = rcptParameters
    }
}

/// The session in which a message came.
package struct SandboxSessionFacts: Codable, Sendable, Hashable {
    /// What TLS agreed on.
    package struct TLS: Codable, Sendable, Hashable {
        /// Such as `TLSv1.3`.
        package let version: String
        /// OpenSSL's name of the suite.
        package let cipher: String

        /// Pairs both.
        package init(version: String, cipher: String) {
            self.version = version
            self.cipher = cipher
        }
    }

    /// Who the client proved, or said, to be.
    package struct Auth: Codable, Sendable, Hashable {
        /// The mechanism's registered name.
        package let mechanism: String
        /// The user name.
        package let identity: String

        /// Pairs both.
        package init(mechanism: String, identity: String) {
            self.mechanism = mechanism
            self.identity = identity
        }
    }

    /// The session's random identity.
    package let id: String
    /// The other end, such as `127.0.0.1:40312` or `unix`.
    package let peer: String
    /// The argument of EHLO or HELO.
    package var helo: String
    /// Whether the client said EHLO.
    package var isExtended: Bool
    /// TLS, if the session had it.
    package var tls: TLS?
    /// AUTH, if it succeeded.
    package var auth: Auth?

    /// Starts the record of a session.
    package init(id: String, peer: String, helo: String = "", isExtended: Bool = true) {
        self.id = id
        self.peer = peer
        self.helo = helo
        self.isExtended = isExtended
    }
}

/// A header field, decoded.
package struct SandboxHeader: Codable, Sendable, Hashable {
    /// The name as written.
    package let name: String
    /// The value, unfolded, with encoded words decoded.
    package let value: String

    /// Pairs both.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// An attachment or inline part.
package struct SandboxAttachment: Codable, Sendable, Hashable {
    /// The name given by the sender; nothing is ever stored under it.
    package let filename: String?
    /// Such as `application/pdf`.
    package let contentType: String
    /// The Content-ID without its angle brackets.
    package let contentID: String?
    /// The decoded size in bytes.
    package let size: Int

    /// Collects what is known of a part.
    package init(filename: String?, contentType: String, contentID: String?, size: Int) {
        self.filename = filename
        self.contentType = contentType
        self.contentID = contentID
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case filename, contentType, size
        case contentID = "contentId"
    }
}

/// A message with all that is known of it, but for its raw bytes.
package struct SandboxMessage: Codable, Sendable, Hashable {
    /// What a list shows.
    package let summary: SandboxMessageSummary
    /// The session in which it came.
    package let session: SandboxSessionFacts
    /// The header fields in their order.
    package let headers: [SandboxHeader]
    /// The plain text, if there is any.
    package let text: String?
    /// The HTML, if there is any; it is untrusted.
    package let html: String?
    /// The parts that are neither.
    package let attachments: [SandboxAttachment]

    private enum CodingKeys: String, CodingKey {
        case session, headers, text, html, attachments
    }

    init(
        summary: SandboxMessageSummary, session: SandboxSessionFacts, headers: [SandboxHeader],
        text: String?, html: String?, attachments: [SandboxAttachment]
    ) {
        self.summary = summary
        self.session = session
        self.headers = headers
        self.text = text
        self.html = html
        self.attachments = attachments
    }

    /// Reads the one flat object that `encode` writes.
    package init(from decoder: any Decoder) throws {
        summary = try SandboxMessageSummary(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        session = try container.decode(SandboxSessionFacts.self, forKey: .session)
        headers = try container.decode([SandboxHeader].self, forKey: .headers)
        text = try container.decodeIfPresent(String.self, forKey: .text)
        html = try container.decodeIfPresent(String.self, forKey: .html)
        attachments = try container.decode([SandboxAttachment].self, forKey: .attachments)
    }

    package func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(session, forKey: .session)
        try container.encode(headers, forKey: .headers)
        try container.encodeIfPresent(text, forKey: .text)
        try container.encodeIfPresent(html, forKey: .html)
        try container.encode(attachments, forKey: .attachments)
    }
}
