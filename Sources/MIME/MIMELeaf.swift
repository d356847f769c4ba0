internal import CGMime

/// One part that is no multipart, valid while the message that it belongs to is.
@safe struct MIMELeaf: ~Copyable {
    private let object: UnsafeMutablePointer<GMimeObject>
    /// The place among the leaves of the message, from 1.
    let number: Int

    init(_ object: UnsafeMutablePointer<GMimeObject>, number: Int) {
        unsafe self.object = object
        self.number = number
    }

    /// Whether this is a body of the given type: not named, and not said to be an attachment.
    func isBody(_ type: String, _ subtype: String) -> Bool {
        guard unsafe signet_as_part(object) != nil,
            let contentType = unsafe signet_g_mime_object_get_content_type(object),
            unsafe signet_g_mime_content_type_is_type(contentType, type, subtype) != 0
        else { return false }
        return disposition != "attachment" && filename == nil
    }

    private var disposition: String? {
        unsafe GMimeText.copy(signet_g_mime_object_get_disposition(object))?.lowercased()
    }

    /// The `filename` of Content-Disposition or the `name` of Content-Type, decoded.
    private var filename: String? {
        guard let part = unsafe signet_as_part(object),
            let name = unsafe GMimeText.copy(signet_g_mime_part_get_filename(part)), !name.isEmpty
        else { return nil }
        return repairedFilename ?? name
    }

    /// The filename again where encoded words in its parameter need the repair.
    private var repairedFilename: String? {
        let isDisposition =
            unsafe signet_g_mime_object_get_content_disposition_parameter(object, "filename") != nil
        let (field, key) =
            isDisposition ? ("Content-Disposition", "filename") : ("Content-Type", "name")
        guard
            let header = unsafe signet_g_mime_header_list_get_header(
                signet_g_mime_object_get_header_list(object), field),
            let raw = unsafe GMimeText.copy(signet_g_mime_header_get_raw_value(header))
        else { return nil }
        let value = String(raw.unicodeScalars.filter { $0 != "\r" && $0 != "\n" })
        let repaired = EncodedWordRepair.repaired(value)
        // A field without padded words is right as GMime has read it.
        guard repaired != value else { return nil }
        let type = "application/x; " + repaired.drop { $0 != ";" }.dropFirst()
        guard let parsed = unsafe GMimeHandle(signet_g_mime_content_type_parse(nil, type)),
            let name = unsafe GMimeText.copy(
                signet_g_mime_content_type_get_parameter(parsed.pointer, key)), !name.isEmpty
        else { return nil }
        return name
    }

    /// What a list of attachments says of the part.
    func attachment() throws(MIMEError) -> ParsedMessage.Attachment {
        var type: String?
        if let contentType = unsafe signet_g_mime_object_get_content_type(object) {
            type = unsafe GMimeText.take(signet_g_mime_content_type_get_mime_type(contentType))
        }
        return ParsedMessage.Attachment(
            part: number, filename: filename,
            contentType: type?.lowercased() ?? "application/octet-stream",
            contentID: unsafe GMimeText.copy(signet_g_mime_object_get_content_id(object)),
            isInline: disposition == "inline", size: try size())
    }

    /// The part as a string, by its charset, with LF newlines.
    func text() throws(MIMEError) -> String {
        let charset = unsafe GMimeText.copy(
            signet_g_mime_object_get_content_type_parameter(object, "charset"))
        if let charset, !TextDecoder.isUnicodeOrUnknown(charset),
            let filter = unsafe GMimeHandle(signet_g_mime_filter_charset_new(charset, "UTF-8"))
        {
            let bytes = try unsafe memory { target throws(MIMEError) in
                guard let filtered = unsafe GMimeHandle(signet_g_mime_stream_filter_new(target))
                else {
                    throw .outOfMemory
                }
                unsafe signet_g_mime_stream_filter_add(filtered.pointer, filter.pointer)
                unsafe write(to: filtered.pointer)
                unsafe signet_g_mime_stream_flush(filtered.pointer)
            }
            return String(decoding: TextDecoder.withLineFeeds(bytes), as: UTF8.self)
        }
        return TextDecoder.string(TextDecoder.withLineFeeds(try bytes()))
    }

    /// The decoded octets.
    func bytes() throws(MIMEError) -> [UInt8] {
        try unsafe memory { target throws(MIMEError) in unsafe write(to: target) }
    }

    /// The number of decoded octets, without keeping them.
    private func size() throws(MIMEError) -> Int {
        guard let null = unsafe GMimeHandle(signet_g_mime_stream_null_new()) else {
            throw .outOfMemory
        }
        return max(0, unsafe write(to: null.pointer))
    }

    /// Writes the content: of a message its source, of other parts what their encoding hides.
    @discardableResult
    private func write(to stream: UnsafeMutablePointer<GMimeStream>) -> Int {
        if let holder = unsafe signet_as_message_part(object) {
            guard let message = unsafe signet_g_mime_message_part_get_message(holder) else {
                return 0
            }
            return unsafe signet_g_mime_object_write_to_stream(
                signet_message_object(message), nil, stream)
        }
        guard let part = unsafe signet_as_part(object),
            let wrapper = unsafe signet_g_mime_part_get_content(part)
        else { return 0 }
        return unsafe signet_g_mime_data_wrapper_write_to_stream(wrapper, stream)
    }

    private func memory(
        _ fill: (UnsafeMutablePointer<GMimeStream>) throws(MIMEError) -> Void
    ) throws(MIMEError) -> [UInt8] {
        guard let stream = unsafe GMimeHandle(signet_g_mime_stream_mem_new()) else {
            throw .outOfMemory
        }
        try unsafe fill(stream.pointer)
        guard let array = unsafe signet_g_mime_stream_mem_get_byte_array(stream.pointer),
            let base = unsafe array.pointee.data
        else { return [] }
        return unsafe Array(
            UnsafeBufferPointer(start: base, count: Int(array.pointee.len)))
    }
}
