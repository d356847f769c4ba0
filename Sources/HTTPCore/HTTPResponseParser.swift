internal import Sodium

/// Reads one response to one request out of bytes in pieces of any size (RFC 9112).
///
/// It is strict where leniency has been a hole: lines end in CRLF, no field is folded, and a body
/// has one length, given in one way. Interim responses are passed over. What comes after the
/// response is left alone: it answers nothing.
package struct HTTPResponseParser: ~Copyable, Sendable {
    private enum State {
        case statusLine
        case fields
        case body(left: Int)
        case bodyUntilEnd
        case chunkLine
        case chunk(left: Int)
        case chunkEnd
        case trailers
        case complete
        case failed(HTTPError)
    }

    private var state = State.statusLine
    private var line: [UInt8] = []
    private var sawCR = false
    /// Bytes of all lines so far, chunk lines aside.
    private var headBytes = 0
    private var framingBytes = 0
    private var interimResponses = 0
    private var fieldCount = 0
    private var version10 = false
    private var status = 0
    private var fields: [HTTPField] = []
    private var body: SecretBuffer

    /// Awaits a response.
    ///
    /// - Parameter bodyLimit: The largest body, at most `HTTPLimits.bodyBytes`.
    /// - Throws: `.secureMemory`.
    package init(bodyLimit: Int = HTTPLimits.bodyBytes) throws(HTTPError) {
        do {
            body = try SecretBuffer(limit: min(bodyLimit, HTTPLimits.bodyBytes))
        } catch {
            throw .secureMemory(error)
        }
    }

    /// Whether the response is whole.
    package var isComplete: Bool {
        if case .complete = state { true } else { false }
    }

    /// Takes bytes that have arrived.
    ///
    /// - Throws: The first violation, and the same one on every later call.
    package mutating func receive(_ bytes: Span<UInt8>) throws(HTTPError) {
        do {
            var position = 0
            while position < bytes.count, try take(bytes, &position) {}
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Takes note that the connection has ended, which is how some bodies end.
    ///
    /// - Parameter isClean: Whether the peer said that it was done: under TLS, its goodbye.
    /// - Throws: `.truncated` unless the response is whole now.
    package mutating func receiveEnd(isClean: Bool) throws(HTTPError) {
        switch state {
        case .complete: return
        case .failed(let error): throw error
        case .bodyUntilEnd where isClean: state = .complete
        default:
            state = .failed(.truncated)
            throw .truncated
        }
    }

    /// The response.
    ///
    /// - Precondition: It is complete.
    package consuming func finish() -> HTTPResponse {
        precondition(isComplete, "a response is taken when it is whole")
        return HTTPResponse(status: status, fields: fields, body: body.finish())
    }

    /// Takes as much as belongs together; returns whether the parser wants more.
    private mutating func take(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(HTTPError) -> Bool {
        switch state {
        case .complete: return false
        case .failed(let error): throw error
        case .body(let left):
            let taken = try takeContent(bytes, &position, left)
            state = taken == left ? .complete : .body(left: left - taken)
        case .bodyUntilEnd:
            _ = try takeContent(bytes, &position, .max)
        case .chunk(let left):
            let taken = try takeContent(bytes, &position, left)
            state = taken == left ? .chunkEnd : .chunk(left: left - taken)
        case .statusLine, .fields, .chunkLine, .chunkEnd, .trailers:
            let byte = bytes[position]
            position += 1
            try countLineByte()
            if try append(byte) {
                let whole = line
                line.removeAll(keepingCapacity: true)
                try takeLine(whole)
            }
        }
        return true
    }

    private mutating func takeContent(
        _ bytes: Span<UInt8>, _ position: inout Int, _ left: Int
    ) throws(HTTPError) -> Int {
        let end = position + min(left, bytes.count - position)
        do {
            try body.append(bytes.extracting(position..<end))
        } catch .tooLarge {
            throw .bodyTooLarge(limitBytes: body.limit)
        } catch {
            throw .secureMemory(error)
        }
        defer { position = end }
        return end - position
    }
}

// MARK: - Lines

extension HTTPResponseParser {
    private mutating func countLineByte() throws(HTTPError) {
        switch state {
        case .chunkLine, .chunkEnd:
            framingBytes += 1
            guard framingBytes <= HTTPLimits.chunkFramingBytes,
                line.count <= HTTPLimits.chunkLineBytes
            else { throw .malformedChunk }
        default:
            headBytes += 1
            guard headBytes <= HTTPLimits.headBytes else { throw .headTooLarge }
        }
    }

    /// Adds a byte to the line; returns whether that ends it.
    private mutating func append(_ byte: UInt8) throws(HTTPError) -> Bool {
        if sawCR {
            guard byte == UInt8(ascii: "\n") else { throw .malformedLine }
            sawCR = false
            return true
        }
        if byte == UInt8(ascii: "\r") {
            sawCR = true
        } else {
            guard HTTPGrammar.isReceived(byte) else { throw .malformedLine }
            line.append(byte)
        }
        return false
    }

    private mutating func takeLine(_ line: [UInt8]) throws(HTTPError) {
        switch state {
        case .statusLine: try takeStatusLine(line)
        case .fields:
            if line.isEmpty { try endHead() } else { try takeField(line) }
        case .chunkLine: try takeChunkLine(line)
        case .chunkEnd:
            guard line.isEmpty else { throw .malformedChunk }
            state = .chunkLine
        case .trailers:
            if line.isEmpty { state = .complete } else { _ = try field(line) }
        case .body, .bodyUntilEnd, .chunk, .complete, .failed: break
        }
    }

    /// `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 §4), the second space optional.
    private mutating func takeStatusLine(_ line: [UInt8]) throws(HTTPError) {
        let space = UInt8(ascii: " ")
        let version = line.prefix(9)
        version10 = version.elementsEqual("HTTP/1.0 ".utf8)
        guard version10 || version.elementsEqual("HTTP/1.1 ".utf8), line.count >= 12,
            line[9..<12].allSatisfy(HTTPGrammar.isDigit), line.count == 12 || line[12] == space,
            let code = Int(String(decoding: line[9..<12], as: UTF8.self)),
            (100...599).contains(code)
        else { throw .malformedStatusLine }
        status = code
        fields = []
        state = .fields
    }

    private mutating func takeField(_ line: [UInt8]) throws(HTTPError) {
        fields.append(try field(line))
    }

    /// `field-name ":" OWS field-value OWS` (RFC 9112 §5).
    private mutating func field(_ line: [UInt8]) throws(HTTPError) -> HTTPField {
        fieldCount += 1
        guard fieldCount <= HTTPLimits.fields else { throw .tooManyFields }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy(HTTPGrammar.isToken)
        else { throw .malformedField }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        var value = line[(colon + 1)...].drop(while: isSpace)
        while let last = value.last, isSpace(last) { value.removeLast() }
        return HTTPField(
            name: String(decoding: line[..<colon].map(HTTPGrammar.lowercased), as: UTF8.self),
            value: String(decoding: value, as: UTF8.self))
    }

    /// `chunk-size [ chunk-ext ]` (RFC 9112 §7.1).
    private mutating func takeChunkLine(_ line: [UInt8]) throws(HTTPError) {
        let digits = line.prefix { HTTPGrammar.hexadecimal($0) != nil }
        let rest = line[digits.endIndex...].drop { $0 == 0x20 || $0 == 0x09 }
        guard (1...8).contains(digits.count), rest.isEmpty || rest.first == UInt8(ascii: ";")
        else { throw .malformedChunk }
        let size = digits.reduce(0) { $0 << 4 | (HTTPGrammar.hexadecimal($1) ?? 0) }
        guard size <= body.room else { throw .bodyTooLarge(limitBytes: body.limit) }
        state = size == 0 ? .trailers : .chunk(left: size)
    }
}

// MARK: - The length of the body

extension HTTPResponseParser {
    /// Decides by the rules of RFC 9112 §6.3 how the body ends.
    private mutating func endHead() throws(HTTPError) {
        guard status >= 200 else { return try passOverInterim() }
        let lengths = fields.filter { $0.name == "content-length" }
        let codings = fields.filter { $0.name == "transfer-encoding" }
        guard lengths.count + codings.count <= 1 else { throw .ambiguousLength }
        let contentCodings = fields.filter { $0.name == "content-encoding" }
        guard contentCodings.allSatisfy({ $0.value.lowercased() == "identity" }) else {
            throw .unsupportedCoding
        }
        if status == 204 || status == 304 {
            state = .complete
        } else if let coding = codings.first {
            guard !version10 else { throw .ambiguousLength }
            guard coding.value.lowercased() == "chunked" else { throw .unsupportedCoding }
            state = .chunkLine
        } else if let length = lengths.first {
            let count = try self.length(length.value)
            state = count == 0 ? .complete : .body(left: count)
        } else {
            state = .bodyUntilEnd
        }
    }

    private func length(_ text: String) throws(HTTPError) -> Int {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy(HTTPGrammar.isDigit),
            let count = Int(text)
        else { throw .ambiguousLength }
        guard count <= body.limit else { throw .bodyTooLarge(limitBytes: body.limit) }
        return count
    }

    private mutating func passOverInterim() throws(HTTPError) {
        interimResponses += 1
        guard status != 101, interimResponses <= HTTPLimits.interimResponses else {
            throw .unexpectedInterim
        }
        state = .statusLine
    }
}
