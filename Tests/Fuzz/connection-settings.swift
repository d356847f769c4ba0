// Fuzzes the JSON of connections and `--set`: what is taken can be stored and read back unchanged.
import JSONCoding
import VaultModel

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    if let settings = try? JSONCoding.decode(ConnectionSettings.self, from: input) {
        check(settings)
    }
    var settings = ConnectionSettings(host: "mail.example.org", from: "noreply@example.org")
    for line in input.split(separator: UInt8(ascii: "\n")) {
        _ = try? ConnectionField.apply(String(decoding: line, as: UTF8.self), to: &settings)
    }
    check(settings)
    return 0
}

private func check(_ settings: ConnectionSettings) {
    guard let text = try? JSONCoding.encode(settings),
        let again = try? JSONCoding.decode(ConnectionSettings.self, from: text)
    else { preconditionFailure("settings have no text of their own") }
    precondition(again == settings, "settings keep their values")
    for environment in DeploymentEnvironment.allCases {
        guard (try? settings.validate(in: environment)) != nil else { continue }
        precondition(VaultLimits.ports.contains(settings.transport.port))
        precondition(
            settings.transport.protection != .plain || !settings.transport.passwordMayCrossInClear
                || LoopbackName.matches(settings.host), "a password in clear stays on this machine")
        if environment == .production, !LoopbackName.matches(settings.host) {
            precondition(settings.encryption != .none)
        }
        for pin in settings.tls.fingerprintsSha256 { precondition(pin.utf8.count == 64) }
    }
}
