internal import CGMime

/// Reads one message through GMime while its octets are lent.
///
/// The objects are handles on the stack of `withReader`; GMime's tree borrows the caller's octets
/// and is gone before they are.
@safe struct MessageReader: ~Copyable {
    private let message: GMimeHandle<GMimeMessage>

    private init(_ message: consuming GMimeHandle<GMimeMessage>) {
        unsafe self.message = unsafe message
    }

    /// Parses `bytes` and lends a reader; does nothing when GMime finds no message at all.
    static func withReader(
        of bytes: Span<UInt8>, _ body: (borrowing MessageReader) throws(MIMEError) -> Void
    ) throws(MIMEError) {
        try unsafe bytes.withUnsafeBufferPointer { buffer throws(MIMEError) in
            // GMime only reads from this array: a parser's stream is never written.
            var array = unsafe GByteArray(
                data: UnsafeMutablePointer(mutating: buffer.baseAddress),
                len: UInt32(buffer.count))
            try unsafe withUnsafeMutablePointer(to: &array) { array throws(MIMEError) in
                try unsafe parse(array, body)
            }
        }
    }

    private static func parse(
        _ array: UnsafeMutablePointer<GByteArray>,
        _ body: (borrowing MessageReader) throws(MIMEError) -> Void
    ) throws(MIMEError) {
        guard let stream = unsafe GMimeHandle(signet_stream_borrowing(array)),
            let parser = unsafe GMimeHandle(signet_g_mime_parser_new_with_stream(stream.pointer))
        else { throw .outOfMemory }
        guard
            let message = unsafe GMimeHandle(
                signet_g_mime_parser_construct_message(parser.pointer, nil))
        else { return }
        try body(unsafe MessageReader(message))
    }

    // MARK: The whole message

    /// Fills in what the header fields alone do not tell.
    func read(into result: inout ParsedMessage) throws(MIMEError) {
        let message = unsafe message.pointer
        result.messageID = unsafe GMimeText.copy(signet_g_mime_message_get_message_id(message))
        if let date = unsafe signet_g_mime_message_get_date(message) {
            result.date = Int64(unsafe signet_g_date_time_to_unix(date))
        }
        var texts: [String] = []
        var pages: [String] = []
        try forEachLeaf { leaf throws(MIMEError) in
            if leaf.isBody("text", "plain") {
                texts.append(try leaf.text())
            } else if leaf.isBody("text", "html") {
                pages.append(try leaf.text())
            } else {
                result.attachments.append(try leaf.attachment())
            }
            return true
        }
        result.text = texts.isEmpty ? nil : texts.joined(separator: "\n")
        result.html = pages.isEmpty ? nil : pages.joined(separator: "\n")
    }

    /// The decoded octets of the part with this number.
    func content(ofPart number: Int) throws(MIMEError) -> [UInt8]? {
        var content: [UInt8]?
        try forEachLeaf { leaf throws(MIMEError) in
            guard leaf.number == number else { return true }
            content = try leaf.bytes()
            return false
        }
        return content
    }

    /// The mailboxes of one address field.
    static func addresses(_ value: String) -> [ParsedMessage.Address] {
        guard
            let list = unsafe GMimeHandle(
                signet_internet_address_list_parse(nil, GMimeText.forC(value)))
        else { return [] }
        var result: [ParsedMessage.Address] = []
        unsafe append(list.pointer, depth: 0, to: &result)
        return result
    }

    private static func append(
        _ list: UnsafeMutablePointer<InternetAddressList>, depth: Int,
        to result: inout [ParsedMessage.Address]
    ) {
        let count = unsafe signet_internet_address_list_length(list)
        for index in 0..<max(0, count) where result.count < MIMELimits.addresses {
            guard let address = unsafe signet_internet_address_list_get_address(list, index) else {
                continue
            }
            if let mailbox = unsafe signet_as_mailbox(address) {
                let text = unsafe GMimeText.copy(
                    signet_internet_address_mailbox_get_idn_addr(mailbox))
                let name = unsafe GMimeText.copy(signet_internet_address_get_name(address))
                result.append(
                    ParsedMessage.Address(
                        name: name?.isEmpty == true ? nil : name, address: text ?? ""))
            } else if let group = unsafe signet_as_group(address), depth < MIMELimits.depth,
                let members = unsafe signet_internet_address_group_get_members(group)
            {
                unsafe append(members, depth: depth + 1, to: &result)
            }
        }
    }

    // MARK: Parts

    /// Calls `body` for each part that is no multipart, in order, until it returns false.
    private func forEachLeaf(
        _ body: (borrowing MIMELeaf) throws(MIMEError) -> Bool
    ) throws(MIMEError) {
        guard let root = unsafe signet_g_mime_message_get_mime_part(message.pointer) else { return }
        // Depth first with a stack of our own, so no depth of the tree can exhaust the thread's.
        var stack = unsafe [(object: root, depth: 0)]
        var parts = 0
        var number = 0
        while let (object, depth) = unsafe stack.popLast() {
            parts += 1
            guard parts <= MIMELimits.parts else { throw .tooManyParts(limit: MIMELimits.parts) }
            guard depth <= MIMELimits.depth else { throw .tooDeep(limit: MIMELimits.depth) }
            if let multipart = unsafe signet_as_multipart(object) {
                let count = unsafe signet_g_mime_multipart_get_count(multipart)
                for index in (0..<max(0, count)).reversed() {
                    if let child = unsafe signet_g_mime_multipart_get_part(multipart, index) {
                        unsafe stack.append((child, depth + 1))
                    }
                }
            } else {
                number += 1
                guard try body(unsafe MIMELeaf(object, number: number)) else { return }
            }
        }
    }
}
