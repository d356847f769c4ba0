// Fuzzes documents of connections: what is taken sets fields that exist, each once, and settings
// that are printed are read as themselves.
import ConnectionProperties
import JSONCoding
import VaultModel

private struct Shown: Codable {
    var settings: ConnectionSettings
}

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    guard let document = try? ConnectionDocument.parse(input) else { return 0 }
    precondition(Set(document.assignments.map(\.field)).count == document.assignments.count)
    var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
    guard (try? document.apply(to: &settings)) != nil else {
        preconditionFailure("a document sets what no field takes")
    }
    // Settings that are shown bring fields and properties of their own, which may disagree.
    let text = String(decoding: input, as: UTF8.self)
    if !text.contains("settings"), !text.contains("\\u") {
        guard (try? PropertyRegistry.conflicts(in: settings)) != nil else {
            preconditionFailure("a document sets fields that its properties contradict")
        }
    }
    guard (try? settings.validate(in: .development)) != nil else { return 0 }
    guard let shown = try? JSONCoding.encode(Shown(settings: settings)),
        let again = try? ConnectionDocument.parse(shown)
    else { preconditionFailure("settings that are printed are no document") }
    var read = ConnectionSettings(host: "", from: "")
    guard (try? again.apply(to: &read)) != nil else {
        preconditionFailure("settings that are printed cannot be set")
    }
    precondition(read == settings, "settings that are printed are others")
    return 0
}
