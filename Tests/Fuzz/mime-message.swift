// Fuzzes the reading of mail: any bytes are parsed within the bounds or refused, never trapped on.
import MIME

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let raw = RawHeaders(input.span)
    precondition(raw.fields.count <= MIMELimits.headers)
    guard let message = try? ParsedMessage(input.span) else { return 0 }
    precondition(message.snippet.count <= MIMELimits.snippet)
    precondition(message.attachments.count <= MIMELimits.parts)
    for attachment in message.attachments {
        precondition(
            (try? ParsedMessage.content(ofPart: attachment.part, in: input.span)) != nil,
            "an attachment that is listed can be read")
    }
    return 0
}
