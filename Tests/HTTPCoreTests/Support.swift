import HTTPCore
import Sodium

/// The bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a secret holds, for comparison.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withSpan { span in String(decoding: span.indices.map { span[$0] }, as: UTF8.self) }
}

/// A secret of a text.
func secret(_ text: String) throws -> SecretBytes {
    try SodiumRuntime.start(allowSwap: true)
    return try SecretBytes(copying: bytes(text).span)
}

/// What became of a response that came in pieces.
struct Reading: Hashable {
    var status: Int?
    var fields: [String: String] = [:]
    var body: String?
    var error: HTTPError?

    /// Reads `input` cut at `cuts`, then its end.
    init(_ input: [UInt8], cutAt cuts: [Int] = [], isClean: Bool = true) throws {
        try SodiumRuntime.start(allowSwap: true)
        var parser = try HTTPResponseParser()
        do throws(HTTPError) {
            var start = 0
            for end in cuts + [input.count] {
                try parser.receive(input.span.extracting(start..<end))
                start = end
            }
            try parser.receiveEnd(isClean: isClean)
        } catch {
            self.error = error
            return
        }
        let response = parser.finish()
        status = response.status
        body = text(response.body)
        for field in response.fields { fields[field.name] = field.value }
    }
}
