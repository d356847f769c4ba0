/// Counts what a MIME parser would build, in one pass, before it runs.
///
/// The scan follows boundaries as RFC 2046 §5.1 does, and errs on the side of more: a message that
/// it lets through has at most 200 parts, 20 deep. Where the syntax of a boundary leaves room for
/// two readings (RFC 2231, encoded words, comments, escapes), every line that begins with `--`
/// counts. Apart from the structure it bounds the lines that equal any boundary declared anywhere,
/// so a parser that sees another structure still meets a bounded one.
struct StructureScan {
    private struct Frame {
        /// The delimiter, `--` and boundary; `nil` for a message.
        let delimiter: [UInt8]?
        /// Whether parts without Content-Type are messages (RFC 2046 §5.1.5).
        let isDigest: Bool
    }

    private var stack: [Frame] = []
    private var parts = 1
    private var knownDelimiters: Set<[UInt8]> = []
    private var delimiterLines = 0
    private var isAmbiguous = false
    // The header block that is being read.
    private var isInHeaders = true
    private var headerOctets = 0
    private var headerCount = 0
    private var isInField = false
    private var pending: [ContentTypeField] = []

    private init() {}

    /// Refuses a message that passes a bound of `MIMELimits`.
    static func check(_ bytes: Span<UInt8>) throws(MIMEError) {
        guard bytes.count <= MIMELimits.message else {
            throw .messageTooLarge(limit: MIMELimits.message)
        }
        var scan = StructureScan()
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            let next = min(end + 1, bytes.count)
            try scan.take(bytes, line: start..<end, next: next)
            start = next
        }
    }

    /// Takes one line without its LF.
    private mutating func take(
        _ bytes: Span<UInt8>, line: Range<Int>, next: Int
    ) throws(MIMEError) {
        let first = line.isEmpty ? 0 : bytes[line.lowerBound]
        if first == UInt8(ascii: "-"), line.count >= 2,
            bytes[line.lowerBound + 1] == UInt8(ascii: "-"), try takeDelimiter(bytes, line)
        {
            return
        }
        // A Content-Type declares a boundary wherever it stands; only in a header block it opens
        // a container.
        if first | 0x20 == UInt8(ascii: "c"),
            let field = ContentTypeField(bytes, line: line, next: next)
        {
            try declare(field)
            if isInHeaders { pending.append(field) }
        }
        guard isInHeaders else { return }
        if line.isEmpty || (line.count == 1 && first == 0x0D) {
            try endHeaders()
        } else {
            try takeHeader(bytes, line, first: first)
        }
    }

    private mutating func takeHeader(
        _ bytes: Span<UInt8>, _ line: Range<Int>, first: UInt8
    ) throws(MIMEError) {
        if first != 0x20 && first != 0x09 {
            isInField = false
            for index in line where bytes[index] == UInt8(ascii: ":") {
                isInField = true
                headerCount += 1
                break
            }
        }
        // Lines that are no field end the block for most parsers, and cost them nothing.
        if isInField { headerOctets += line.count + 1 }
        guard headerOctets <= MIMELimits.headerBlock else {
            throw .headersTooLarge(limit: MIMELimits.headerBlock)
        }
        guard headerCount <= MIMELimits.headers else {
            throw .tooManyHeaders(limit: MIMELimits.headers)
        }
    }

    private mutating func declare(_ field: ContentTypeField) throws(MIMEError) {
        if field.isAmbiguous { isAmbiguous = true }
        guard let delimiter = field.delimiter, field.isMultipart else { return }
        knownDelimiters.insert(delimiter)
        guard knownDelimiters.count <= MIMELimits.boundaries else {
            throw .tooManyParts(limit: MIMELimits.parts)
        }
    }

    /// The empty line after a header block: containers that it declared open here.
    private mutating func endHeaders() throws(MIMEError) {
        let fields = pending
        let isDigestChild = fields.isEmpty && stack.last?.isDigest == true
        pending = []
        isInHeaders = false
        for field in fields where field.isMultipart {
            try push(Frame(delimiter: field.delimiter, isDigest: field.isDigest))
        }
        if isDigestChild || fields.contains(where: \.isMessage) {
            try push(Frame(delimiter: nil, isDigest: false))
            try beginPart()
        }
    }

    private mutating func push(_ frame: Frame) throws(MIMEError) {
        stack.append(frame)
        guard stack.count <= MIMELimits.depth else { throw .tooDeep(limit: MIMELimits.depth) }
    }

    private mutating func beginPart() throws(MIMEError) {
        parts += 1
        guard parts <= MIMELimits.parts else { throw .tooManyParts(limit: MIMELimits.parts) }
        isInHeaders = true
        isInField = false
        headerOctets = 0
        headerCount = 0
        pending = []
    }

    /// Takes a line that begins with `--`; false when it is content.
    private mutating func takeDelimiter(
        _ bytes: Span<UInt8>, _ line: Range<Int>
    ) throws(MIMEError) -> Bool {
        if isAmbiguous {
            delimiterLines += 1
            guard delimiterLines <= MIMELimits.parts else {
                throw .tooManyParts(limit: MIMELimits.parts)
            }
        }
        guard !knownDelimiters.isEmpty, let text = Self.trimmed(bytes, line) else { return false }
        if knownDelimiters.contains(text) {
            delimiterLines += 1
            guard delimiterLines <= MIMELimits.delimiterLines else {
                throw .tooManyParts(limit: MIMELimits.parts)
            }
        }
        for level in stack.indices.reversed() {
            guard let delimiter = stack[level].delimiter, text.starts(with: delimiter) else {
                continue
            }
            if text.count == delimiter.count {
                stack.removeLast(stack.count - level - 1)
                try beginPart()
                return true
            }
            if text.count == delimiter.count + 2, text.hasDashes(at: delimiter.count) {
                stack.removeLast(stack.count - level)
                isInHeaders = false
                return true
            }
        }
        return false
    }

    /// The line without white space at its end; `nil` when no delimiter can be so long.
    private static func trimmed(_ bytes: Span<UInt8>, _ line: Range<Int>) -> [UInt8]? {
        var end = line.upperBound
        while end > line.lowerBound,
            bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 || bytes[end - 1] == 0x0D
        {
            end -= 1
        }
        guard end - line.lowerBound <= MIMELimits.boundary + 4 else { return nil }
        return [UInt8](bytes, line.lowerBound..<end)
    }
}

extension [UInt8] {
    /// Copies a part of `span`.
    init(_ span: Span<UInt8>, _ range: Range<Int>) {
        self = unsafe span.extracting(range).withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Whether `--` stands at `index`.
    fileprivate func hasDashes(at index: Int) -> Bool {
        self[index] == UInt8(ascii: "-") && self[index + 1] == UInt8(ascii: "-")
    }
}
