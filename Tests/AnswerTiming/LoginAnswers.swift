import Access
import Delivery
import Operations
import Sodium
import VaultModel

/// Answers to people who log in, with the real cost of a password.
enum LoginAnswers {
    private static let password = "correct horse battery"

    /// The vault, opened anew for each round: it remembers failures of a source while it is open,
    /// and holds the sixth back.
    private final class Host {
        private let home: VaultHome
        private(set) var vault: VaultService?

        init(_ home: VaultHome) { self.home = home }

        func reopen() async throws {
            await close()
            vault = try await VaultService.open(
                home: home, keyFile: nil, settings: DeliverySettings())
        }

        func close() async {
            await vault?.close()
            vault = nil
        }
    }

    /// Makes a person in a vault that nobody has open and compares its logins with a stranger's.
    static func measure(
        in home: VaultHome, as user: UInt32, tries: Int
    ) async throws -> (title: String, rows: [Comparison.Row]) {
        let host = Host(home)
        try await host.reopen()
        let person = try ResourceName("person-000")
        _ = try await host.vault?.perform(CreatePrincipal(name: person), from: .local(user: user))
        _ = try await host.vault?.perform(
            SetPrincipalPassword(name: person), from: .local(user: user),
            secret: try parcel(password))
        func kind(
            _ name: String, _ password: String, isRight: Bool = false,
            _ person: @escaping (Int) -> String
        ) -> Comparison.Kind {
            Comparison.Kind(name: name) { round in
                let isLetIn = try await logIn(person(round), password, at: host.vault, as: user)
                precondition(isLetIn == isRight, "the right password alone is let in")
            }
        }
        let comparison = Comparison(
            title: "login",
            kinds: [
                kind("unknown person", password) { "nobody-\(100 + $0)" },
                kind("wrong password", "correct horse buttery") { _ in person.text },
                kind("right password", password, isRight: true) { _ in person.text },
            ], warmUp: 2, prepare: { try await host.reopen() })
        let rows = try await comparison.measure(tries: tries)
        await host.close()
        return (comparison.title, rows)
    }

    /// Whether a login is let in.
    private static func logIn(
        _ person: String, _ password: String, at vault: VaultService?, as user: UInt32
    ) async throws -> Bool {
        do {
            _ = try await vault?.perform(
                OpenSession(name: person), from: .local(user: user),
                secret: try parcel(password))
            return true
        } catch {
            let failure = VaultError(wrapping: error)
            guard failure.code == "login-failed" else { throw failure }
            return false
        }
    }

    private static func parcel(_ text: String) throws -> SecretParcel {
        let bytes = Array(text.utf8)
        return SecretParcel(try SecretBytes(copying: bytes.span))
    }
}
