private import Glibc

/// The process's variables; what is a secret is never asked for here.
package struct ProcessEnvironment: Sendable {
    private let lookUp: @Sendable (String) -> String?

    /// Variables that `lookUp` gives.
    package init(_ lookUp: @escaping @Sendable (String) -> String?) { self.lookUp = lookUp }

    /// Variables of this process.
    package static let current = ProcessEnvironment { name in
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(cString: text)
    }

    /// The value of `name`; `nil` when unset or empty.
    package subscript(name: String) -> String? {
        guard let text = lookUp(name), !text.isEmpty else { return nil }
        return text
    }
}
