// Fuzzes properties files and what they come to: nothing that is taken makes settings that their
// own properties contradict, and no password gets through.
import ConnectionProperties
import VaultModel

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    guard let text = try? PropertiesText.parse(input) else { return 0 }
    precondition(Set(text.entries.map(\.key)).count == text.entries.count)
    precondition(text.entries.count <= VaultLimits.properties)
    for entry in text.entries { check(entry) }
    for isLenient in [false, true] {
        guard let found = try? PropertyRegistry.translate(text.properties, lenient: isLenient)
        else { continue }
        var settings = ConnectionSettings(host: "mail.example.org", from: "a@example.org")
        for assignment in found.assignments {
            guard
                (try? ConnectionField.set(assignment.field, to: assignment.value, in: &settings))
                    != nil
            else { preconditionFailure("\(assignment.field) is no field or takes no such value") }
        }
        settings.properties = text.properties
        guard (try? PropertyRegistry.conflicts(in: settings)) != nil else {
            preconditionFailure("properties contradict what they set")
        }
        _ = try? settings.validate(in: .production)
    }
    return 0
}

private func check(_ entry: PropertiesText.Entry) {
    precondition(!entry.key.isEmpty && entry.key.utf8.count <= PropertyLimits.nameBytes)
    guard PropertyRegistry.isSecret(entry.key) else { return }
    precondition(
        entry.value.isEmpty || entry.value == PropertiesText.withheld
            || entry.value.hasPrefix("secret://")
            || ["true", "false"].contains(entry.value.lowercased()), "a password got through")
}
