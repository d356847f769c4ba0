package import Iconv

/// What a caller wants to say: plain values, checked and turned into bytes by `compose`.
package struct MessageDraft: Sendable {
    /// The author, the one address of From.
    package var from: MailAddress
    /// The agent that sends for the author; written only when it differs from `from`.
    package var sender: MailAddress?
    /// The recipients that To names.
    package var to: [MailAddress]
    /// The recipients that Cc names.
    package var cc: [MailAddress]
    /// The recipients that no field names: they are in the envelope only.
    package var bcc: [MailAddress]
    /// Where answers go.
    package var replyTo: [MailAddress]
    /// The subject; may be empty.
    package var subject: String
    /// The body for readers of plain text; any newlines.
    package var text: String?
    /// The body for readers of HTML; any newlines.
    package var html: String?
    /// Files; inline ones with a Content-ID stand beside the HTML part.
    package var attachments: [Attachment]
    /// Further header fields, in this order.
    package var headers: [(name: String, value: String)]
    /// The Date field; the clock's time when `nil`.
    package var date: MailTime?
    /// The Message-ID without angle brackets; a new one when `nil`.
    package var messageID: String?
    /// What texts and encoded words are written in; one that the set cannot hold is UTF-8.
    package var charset = Charset.utf8
    /// Whether there is to be a second form, for servers with 8BITMIME, whose texts are not encoded.
    package var hasEightBitForm = false

    /// Collects the values; composing checks them.
    package init(
        from: MailAddress, sender: MailAddress? = nil, to: [MailAddress] = [],
        cc: [MailAddress] = [], bcc: [MailAddress] = [], replyTo: [MailAddress] = [],
        subject: String = "", text: String? = nil, html: String? = nil,
        attachments: [Attachment] = [], headers: [(name: String, value: String)] = [],
        date: MailTime? = nil, messageID: String? = nil
    ) {
        self.from = from
        self.sender = sender
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.replyTo = replyTo
        self.subject = subject
        self.text = text
        self.html = html
        self.attachments = attachments
        self.headers = headers
        self.date = date
        self.messageID = messageID
    }
}
