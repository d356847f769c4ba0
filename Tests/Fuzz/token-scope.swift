// Fuzzes scopes: what parses says the same again, and covers nothing but its own permission.
import VaultModel

private let objects: [AccessObject] = {
    guard let name = try? ResourceName("alerts") else { preconditionFailure("a name is valid") }
    return [.vault, .secret(name), .inbox(name)]
        + DeploymentEnvironment.allCases.map { .connection(name, $0) }
}()

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let text = String(decoding: input, as: UTF8.self)
    if let scope = try? TokenScope(parsing: text) {
        precondition(text.utf8.count <= VaultLimits.scopeBytes)
        guard let again = try? TokenScope(parsing: scope.description) else {
            preconditionFailure("a scope's own text does not parse")
        }
        precondition(again == scope, "a scope keeps its meaning")
        precondition(scope.contains(scope), "a scope is no wider than itself")
        for object in objects {
            for permission in Permission.allCases where permission != scope.permission {
                precondition(!scope.covers(permission, on: object), "a scope has one permission")
            }
            _ = scope.covers(scope.permission, on: object)
        }
    }
    let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { checkGlob(String(parts[0]), String(parts[1])) }
    return 0
}

/// A pattern without wildcards matches itself alone, and `*` matches everything.
private func checkGlob(_ pattern: String, _ text: String) {
    let matches = Glob.matches(pattern, text)
    if !pattern.utf8.contains(UInt8(ascii: "*")), !pattern.utf8.contains(UInt8(ascii: "?")) {
        precondition(matches == (Array(pattern.utf8) == Array(text.utf8)))
    }
    precondition(Glob.matches("*", text))
    precondition(Glob.covers(pattern, pattern) && Glob.covers("*", text))
    if Glob.covers(pattern, text) {
        // `?` stands for some letter, `*` for none or some.
        for filling in ["", "x", "xx"] {
            let instance = text.replacing("?", with: "x").replacing("*", with: filling)
            precondition(Glob.matches(pattern, instance), "what is covered is matched")
        }
    }
    if matches { precondition(Glob.matches("*" + pattern, text)) }
}
