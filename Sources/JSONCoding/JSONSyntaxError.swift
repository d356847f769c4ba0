/// Why a text is no JSON (RFC 8259).
package enum JSONSyntaxError: Error, Hashable {
    /// A byte that may not stand where it does, counted from 0; or the end, when it comes too soon.
    case malformed(offset: Int)
    /// More than ``JSONLimits/depth`` objects and arrays inside each other.
    case tooDeep
}
