// Fuzzes the scanner of secret JSON: any text is read or refused, and what is read stays the same
// when it is put into another text.
import JSONCoding
import SecretJSON
import Sodium

private let isStarted: Bool = {
    do {
        try SodiumRuntime.start(allowSwap: true)
        return true
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

private let paths = [[], ["a"], ["a", "b"], ["data", "data", "f"], ["access_token"]]

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard isStarted, let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    for path in paths { check(input, path) }
    return 0
}

private func check(_ input: [UInt8], _ path: [String]) {
    guard let value = try? SecretJSON.value(at: path, in: input.span) else { return }
    _ = try? SecretJSON.integer(at: path, in: input.span)
    guard value.kind == .string else { return }
    guard let found = string(input, path) else {
        preconditionFailure("a string that is there is not read")
    }
    precondition(String(validating: found, as: UTF8.self) != nil, "a string is no UTF-8")
    precondition(found.count <= input.count)
    let text = try? SecretJSON.text(at: path, in: input.span, limit: input.count)
    precondition(text.map { Array($0.utf8) } == found, "two readers differ")
    let target = Array(#"{"x":"old","y":1}"#.utf8)
    let whole = try? SecretJSON.replacingString(
        at: ["x"], in: target.span, by: path, of: input.span)
    guard let whole else {
        precondition(input.count > SecretJSONLimits.textBytes - target.count)
        return
    }
    let replaced = whole.withSpan { span in span.indices.map { span[$0] } }
    precondition(string(replaced, ["x"]) == found, "a string changed by being moved")
}

private func string(_ text: [UInt8], _ path: [String]) -> [UInt8]? {
    guard let found = try? SecretJSON.string(at: path, in: text.span) else { return nil }
    return found.withSpan { span in span.indices.map { span[$0] } }
}
