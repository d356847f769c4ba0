// Fuzzes the parser of HTTP responses: bytes of a hostile server in pieces of any size.
import HTTPCore
import Sodium

private let isStarted: Bool = {
    do {
        try SodiumRuntime.start(allowSwap: true)
        return true
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

/// What a response came to.
private struct Reading: Equatable {
    var error: HTTPError?
    var status = 0
    var fields: [HTTPField] = []
    var body: [UInt8] = []
}

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard isStarted, let data = unsafe data, count >= 2 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let isClean = input[0] & 1 == 0
    let bytes = Array(input[2...])
    let whole = read(bytes, piece: bytes.count + 1, isClean)
    let pieces = read(bytes, piece: Int(input[1] % 32) + 1, isClean)
    precondition(whole == pieces, "a split changed the response")
    if whole.error == nil {
        precondition((200...599).contains(whole.status))
        precondition(whole.fields.count <= HTTPLimits.fields)
        precondition(whole.body.count <= bytes.count)
    }
    if let text = String(validating: bytes, as: UTF8.self),
        let url = try? HTTPURL(parsing: text)
    {
        precondition((try? HTTPURL(parsing: "\(url)")) == url, "a URL changed by being written")
    }
    return 0
}

private func read(_ bytes: [UInt8], piece: Int, _ isClean: Bool) -> Reading {
    var reading = Reading()
    do throws(HTTPError) {
        var parser = try HTTPResponseParser()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let end = min(start + piece, bytes.count)
            try parser.receive(bytes.span.extracting(start..<end))
        }
        try parser.receiveEnd(isClean: isClean)
        let response = parser.finish()
        reading.status = response.status
        reading.fields = response.fields
        reading.body = response.body.withSpan { span in span.indices.map { span[$0] } }
    } catch {
        reading.error = error
    }
    return reading
}
