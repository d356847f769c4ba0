package import Sodium

/// One field of a response.
package struct HTTPField: Sendable, Hashable {
    /// The name in lower case.
    package let name: String
    /// The value without the spaces around it; bytes that are no UTF-8 are replaced.
    package let value: String
}

/// A whole response; its body is a secret as long as nobody knows better.
package struct HTTPResponse: ~Copyable, Sendable {
    /// The status code, 200 to 599.
    package let status: Int
    /// The fields in their order, at most `HTTPLimits.fields`; trailers are not among them.
    package let fields: [HTTPField]
    /// The body, without chunks, at most `HTTPLimits.bodyBytes`.
    package let body: SecretBytes

    /// The value of the first field of that name, given in lower case.
    package func value(of name: String) -> String? {
        fields.first { $0.name == name }?.value
    }
}
