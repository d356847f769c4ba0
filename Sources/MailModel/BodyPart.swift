internal import Iconv

/// The tree of body parts: `mixed(related(alternative(text, html), inline), attachments)`.
///
/// A level with one child is left out, so plain text alone is a message without multipart.
struct BodyPart {
    private enum Content {
        case leaf([UInt8], TransferEncoding)
        case multipart(boundary: String, [BodyPart])
    }

    private let fields: [HeaderField]
    private let content: Content
    /// Whether the part holds octets above 127.
    let is8Bit: Bool
    /// What `append(to:)` writes, at most, give or take the header fields.
    let estimatedCount: Int

    /// Builds the tree of `draft`.
    ///
    /// - Parameter isEightBit: Leaves texts with octets above 127 as they are where their lines allow.
    init(
        of draft: MessageDraft, isEightBit: Bool = false,
        using generator: inout some RandomNumberGenerator
    ) throws(ComposeError) {
        var boundaries = BoundarySource(using: &generator)
        var root: BodyPart?
        var files: [BodyPart] = []
        var inline: [BodyPart] = []
        var identifiers: Set<String> = []
        for (index, attachment) in draft.attachments.enumerated() {
            let place = "attachments[\(index)]"
            let part = try BodyPart(attachment, field: place)
            if let identifier = attachment.contentID,
                !identifiers.insert(identifier).inserted
            {
                throw .repeatedContentID(field: place + ".contentID")
            }
            let isRelated =
                draft.html != nil && attachment.disposition == .inline
                && attachment.contentID != nil
            if isRelated { inline.append(part) } else { files.append(part) }
        }
        if let html = draft.html {
            var rich = try BodyPart(text: html, type: "text/html", draft.charset, isEightBit)
            var type = "text/html"
            if let text = draft.text {
                let plain = try BodyPart(text: text, type: "text/plain", draft.charset, isEightBit)
                rich = try BodyPart(
                    "multipart/alternative", [plain, rich], boundary: boundaries.next())
                type = "multipart/alternative"
            }
            if !inline.isEmpty {
                rich = try BodyPart(
                    "multipart/related", [rich] + inline, boundary: boundaries.next(),
                    rootType: type)
            }
            root = rich
        } else if draft.text != nil || files.isEmpty {
            root = try BodyPart(
                text: draft.text ?? "", type: "text/plain", draft.charset, isEightBit)
        }
        if let only = root, files.isEmpty {
            self = only
        } else {
            let parts = (root.map { [$0] } ?? []) + files
            self = try BodyPart("multipart/mixed", parts, boundary: boundaries.next())
        }
    }

    /// A text in the draft's character set, or in UTF-8 when that lacks one of its characters.
    private init(
        text: String, type: String, _ wanted: Charset, _ isEightBit: Bool
    ) throws(ComposeError) {
        var bytes = Newlines.normalised(text)
        var charset = Charset.utf8
        if wanted != .utf8,
            let encoded = wanted.encode(String(decoding: bytes, as: UTF8.self))
        {
            (bytes, charset) = (encoded, wanted)
        }
        let encoding = TransferEncoding.best(for: bytes.span, isEightBit: isEightBit)
        fields = [
            try HeaderField(
                name: "Content-Type", structured: type + "; charset=" + charset.name, field: type),
            try HeaderField(
                name: "Content-Transfer-Encoding", structured: encoding.rawValue, field: type),
        ]
        content = .leaf(bytes, encoding)
        is8Bit = encoding == .eightBit
        let isPlain = encoding == .sevenBit || encoding == .eightBit
        estimatedCount = bytes.count * (isPlain ? 2 : 3) / 2 + 256
    }

    private init(_ attachment: Attachment, field: String) throws(ComposeError) {
        var bytes = attachment.bytes
        var encoding = TransferEncoding.base64
        if attachment.contentType.isMessage {
            (bytes, encoding) = try Self.message(bytes, field: field + ".bytes")
        }
        var typeParameters = attachment.contentType.parameters.map {
            HeaderParameter(name: $0.name, value: $0.value)
        }
        var dispositionParameters: [HeaderParameter] = []
        if let filename = attachment.filename {
            guard !filename.isEmpty else { throw .empty(field: field + ".filename") }
            try FieldText.check(
                filename, limit: MailLimits.filename, field: field + ".filename")
            let parameter = HeaderParameter(name: "filename", value: filename)
            dispositionParameters.append(parameter)
            // For readers that look for a name only here.
            typeParameters.append(HeaderParameter(name: "name", value: parameter.fallback))
        }
        var fields = [
            try HeaderField(
                name: "Content-Type", value: attachment.contentType.mediaType,
                parameters: typeParameters, field: field + ".contentType"),
            try HeaderField(
                name: "Content-Transfer-Encoding", structured: encoding.rawValue, field: field),
            try HeaderField(
                name: "Content-Disposition", value: attachment.disposition.rawValue,
                parameters: dispositionParameters, field: field + ".filename"),
        ]
        if let identifier = attachment.contentID {
            try MessageID.check(Array(identifier.utf8), field: field + ".contentID")
            fields.append(
                try HeaderField(
                    name: "Content-ID", structured: "<" + identifier + ">",
                    field: field + ".contentID"))
        }
        self.fields = fields
        content = .leaf(bytes, encoding)
        is8Bit = encoding == .eightBit
        estimatedCount = bytes.count / 57 * 78 + 512
    }

    /// A `message/*` body, which RFC 2046 §5.2.1 forbids to encode.
    private static func message(
        _ bytes: [UInt8], field: String
    ) throws(ComposeError) -> ([UInt8], TransferEncoding) {
        var normalised: [UInt8] = []
        Newlines.append(bytes.span, to: &normalised)
        let survey = BodySurvey(normalised.span)
        guard !survey.hasNUL, survey.longestLine <= MailLimits.line else {
            throw .unencodableMessage(field: field)
        }
        return (normalised, survey.hasHighOctets ? .eightBit : .sevenBit)
    }

    private init(
        _ type: String, _ parts: [BodyPart], boundary: String, rootType: String? = nil
    ) throws(ComposeError) {
        var parameters = [HeaderParameter(name: "boundary", value: boundary)]
        if let rootType { parameters.insert(HeaderParameter(name: "type", value: rootType), at: 0) }
        is8Bit = parts.contains(where: \.is8Bit)
        var fields = [
            try HeaderField(
                name: "Content-Type", value: type, parameters: parameters, field: type)
        ]
        if is8Bit {
            fields.append(
                try HeaderField(
                    name: "Content-Transfer-Encoding", structured: "8bit", field: type))
        }
        self.fields = fields
        content = .multipart(boundary: boundary, parts)
        estimatedCount = parts.reduce(256) { $0 + $1.estimatedCount }
    }

    /// Writes the header fields, the empty line and the content.
    func append(to output: inout [UInt8]) {
        for field in fields { output += field.wireForm }
        output += [0x0D, 0x0A]
        switch content {
        case .leaf(let bytes, let encoding):
            encoding.append(bytes.span, to: &output)
        case .multipart(let boundary, let parts):
            for (index, part) in parts.enumerated() {
                output += ((index == 0 ? "--" : "\r\n--") + boundary + "\r\n").utf8
                part.append(to: &output)
            }
            output += ("\r\n--" + boundary + "--\r\n").utf8
        }
    }
}

/// Boundaries of one message: 128 random bits, and a number so that no two are equal.
///
/// They begin with `=_`, which neither quoted-printable nor base64 can contain; a 7bit text with a
/// line that begins so is sent as quoted-printable.
struct BoundarySource {
    private let stem: String
    private var count = 0

    init(using generator: inout some RandomNumberGenerator) {
        stem =
            "=_" + String(generator.next(), radix: 36) + "_" + String(generator.next(), radix: 36)
    }

    /// A boundary that no earlier one is a prefix of.
    mutating func next() -> String {
        count += 1
        return stem + "_\(count)_"
    }
}
