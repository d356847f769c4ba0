private import Locking
private import Sodium
package import VaultModel

/// Makes and checks password hashes on threads of their own, so many at once and no more: each
/// takes 256 MiB for a second.
package final class PasswordDesk: Sendable {
    private struct State {
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    /// A desk at which nobody waits.
    package init() {}

    /// Hashes a password.
    ///
    /// - Throws: ``PasswordError``.
    package func hash(_ password: SecretParcel) async throws(PasswordError) -> PasswordHash {
        try await run(password) { (password) throws(SodiumError) in
            try PasswordHash(of: password)
        }
    }

    /// Whether a password is the one of `hash`; without a hash it takes as long and is not.
    package func check(
        _ password: SecretParcel, against hash: PasswordHash?
    ) async throws(PasswordError) -> Bool {
        let hash = hash ?? .matchingNothing()
        return try await run(password) { (password) throws(SodiumError) in
            try hash.matches(password)
        }
    }

    private func run<R: Sendable>(
        _ password: SecretParcel,
        _ work: @escaping @Sendable (borrowing SecretBytes) throws(SodiumError) -> R
    ) async throws(PasswordError) -> R {
        try await enter()
        defer { leave() }
        let result: Result<R, PasswordError> = await withCheckedContinuation { continuation in
            let started = WorkerThread.start(named: "password") {
                guard let password = password.take() else {
                    return continuation.resume(returning: .failure(.missing))
                }
                do throws(SodiumError) {
                    continuation.resume(returning: .success(try work(password)))
                } catch {
                    continuation.resume(returning: .failure(.memory(error)))
                }
            }
            if !started { continuation.resume(returning: .failure(.busy)) }
        }
        return try result.get()
    }

    // MARK: Turns

    private func enter() async throws(PasswordError) {
        guard state.withLock({ $0.waiting.count < AccessLimits.hashesWaiting }) else {
            throw .busy
        }
        await withCheckedContinuation { continuation in
            let mayRun = state.withLock { state in
                guard state.running >= AccessLimits.hashesAtOnce else {
                    state.running += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if mayRun { continuation.resume() }
        }
    }

    /// Hands the turn on, or gives it back.
    private func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.running -= 1
            return nil
        }
        next?.resume()
    }
}
