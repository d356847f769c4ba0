/// A value that threads share, each access under its own lock.
// Safe: `state` is read and written inside `lock` alone.
package final class Locked<State: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    private var state: State

    /// Keeps `state` behind a lock.
    package init(_ state: State) { self.state = state }

    /// Lends the value to `body`: decide inside, act on the decision outside.
    package func withLock<R, E>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        lock.acquire()
        defer { lock.release() }
        return try body(&state)
    }
}
