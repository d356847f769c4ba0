internal import Access
private import ConnectionProperties
private import Locking
internal import VaultModel
internal import VaultStore

/// Keeps the accounts that connections log in as from whoever may not see them.
///
/// `connection:read` alone shows what one sends through, not whom one sends as (role `sender`). Every
/// answer passes here on its way out (``VaultService/perform(_:from:secret:)``); what an answer tells
/// of accounts, its type says as ``TellsAccounts``.
struct AccountCurtain: Sendable {
    /// What stands in the place of an account's name.
    static let mark = "[hidden]"

    private let principal: Principal
    /// What the request is about.
    private let objects: [AccessObject]
    /// The accounts to look for in texts; `nil` when nobody knows them, and texts are hidden whole.
    private let names: [[UInt8]]?

    /// What `principal` may not see in the answer to a request about `objects`.
    init(_ principal: Principal, objects: [AccessObject], names: Set<String>? = []) {
        self.principal = principal
        self.objects = objects
        // The longest first, so that nothing is left of one of which another is a part.
        self.names = names?.map { Array($0.utf8).map(Self.folded) }
            .sorted { $0.count > $1.count }
    }

    /// The same curtain for texts with other names.
    func naming(_ names: [String]) -> AccountCurtain {
        AccountCurtain(principal, objects: objects, names: Set(names))
    }

    /// Whether the accounts of `object` may be seen.
    func isOpen(for object: AccessObject) -> Bool {
        AccessControl.allows(principal, .connectionAccount, on: object)
    }

    /// Whether those of all that the request is about may be.
    var isOpen: Bool { objects.allSatisfy(isOpen(for:)) }

    // MARK: Hiding

    /// The settings without accounts.
    func masked(_ settings: ConnectionSettings) -> ConnectionSettings {
        var result = settings
        result.maskAccounts(with: Self.mark)
        for name in result.properties.keys where Self.isAccount(name) {
            result.properties[name] = Self.mark
        }
        return result
    }

    /// The differences without accounts: only that they differ.
    func masked(_ differences: [ConnectionField.Difference]) -> [ConnectionField.Difference] {
        differences.map { one in
            let property =
                one.field.hasPrefix("properties.")
                ? String(one.field.dropFirst("properties.".count)) : one.field
            guard Self.isAccount(property) else { return one }
            var result = one
            if !one.before.isEmpty { result.before = Self.mark }
            if !one.after.isEmpty { result.after = Self.mark }
            return result
        }
    }

    /// What a server or another layer said, without the accounts' names as whole words, whatever
    /// their case.
    func masked(_ text: String) -> String {
        guard let names else { return text.isEmpty ? text : Self.mark }
        guard !names.isEmpty else { return text }
        let bytes = Array(text.utf8)
        let folded = bytes.map(Self.folded)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if let name = names.first(where: { Self.isWord($0, in: folded, at: index) }) {
                result += Array(Self.mark.utf8)
                index += name.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// An error without them.
    func masked(_ error: VaultError) -> VaultError {
        var result = error
        result.cause = masked(error.cause)
        result.remedy = masked(error.remedy)
        return result
    }

    /// Whether a field or a property names an account, or holds it among other things.
    private static func isAccount(_ name: String) -> Bool {
        if ConnectionField.accounts.contains(name) { return true }
        let fields = PropertyRegistry.rule(for: name)?.fields ?? []
        return fields.contains(where: ConnectionField.accounts.contains)
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isWord(_ name: [UInt8], in text: [UInt8], at index: Int) -> Bool {
        let end = index + name.count
        guard !name.isEmpty, end <= text.count, text[index..<end].elementsEqual(name) else {
            return false
        }
        func isLetter(_ place: Int) -> Bool {
            guard text.indices.contains(place) else { return false }
            let byte = text[place]
            return byte >= 0x80 || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return !isLetter(index - 1) && !isLetter(end)
    }
}

/// An answer that tells of accounts.
protocol TellsAccounts {
    /// Whether it holds texts of others, in which names have to be looked for.
    static var quotes: Bool { get }
    /// The connections whose accounts those may name; `nil` for all that there are.
    var quotedConnections: [ConnectionReference]? { get }
    /// The answer without what `curtain` hides.
    func hiding(behind curtain: AccountCurtain) -> Self
}

extension TellsAccounts {
    static var quotes: Bool { false }
    var quotedConnections: [ConnectionReference]? { nil }
}

extension Array: TellsAccounts where Element: TellsAccounts {
    static var quotes: Bool { Element.quotes }

    var quotedConnections: [ConnectionReference]? {
        var found: Set<ConnectionReference> = []
        for element in self {
            guard let connections = element.quotedConnections else { return nil }
            found.formUnion(connections)
        }
        return Array<ConnectionReference>(found)
    }

    func hiding(behind curtain: AccountCurtain) -> Self {
        map { $0.hiding(behind: curtain) }
    }
}

/// The accounts that a request had to do with, so that its answer need not be searched for all.
final class AccountNotes: Sendable {
    private let state = Locked<Set<String>?>(nil)

    /// What was noted; `nil` when nothing was.
    var names: Set<String>? { state.withLock { $0 } }

    /// Notes names.
    func note(_ names: [String]) {
        state.withLock { state in state = (state ?? []).union(names.filter { !$0.isEmpty }) }
    }
}

extension OperationContext {
    /// The answer as the principal may see it.
    ///
    /// Where texts of others are in it, and the request noted no accounts, those of the connections
    /// that they are about are looked for.
    func shown<Request: OperationRequest>(
        _ reply: OperationReply<Request.Response>, to request: Request
    ) async throws -> OperationReply<Request.Response> {
        guard principal.authority != .localOperator,
            let answer = reply.response as? any TellsAccounts
        else { return reply }
        let objects = [request.object] + request.furtherObjects
        var names: Set<String>? = accounts.names ?? []
        if type(of: answer).quotes, accounts.names == nil,
            !AccountCurtain(principal, objects: objects + [.vault]).isOpen
        {
            let (tenant, quoted) = (tenant, answer.quotedConnections)
            names = try await vault.store.read { transaction in
                guard let quoted else { return try transaction.accounts(in: tenant) }
                return try transaction.accounts(of: quoted, in: tenant)
            }
        }
        let curtain = AccountCurtain(principal, objects: objects, names: names)
        guard let response = answer.hiding(behind: curtain) as? Request.Response else {
            throw VaultError(.failed, "internal", "an answer changed its type", "report it")
        }
        return OperationReply(response, secret: reply.secret)
    }

    /// The error as the principal may see it.
    func shown(_ error: VaultError, to request: some OperationRequest) -> VaultError {
        guard let names = accounts.names else { return error }
        let curtain = AccountCurtain(
            principal, objects: [request.object] + request.furtherObjects, names: names)
        return curtain.isOpen ? error : curtain.masked(error)
    }
}

extension StoreTransaction {
    /// The accounts of every connection of a tenant, with those that versions of secrets have of
    /// their own.
    func accounts(in tenant: TenantID) throws -> Set<String> {
        var names: Set<String> = []
        for connection in try connections(in: tenant) {
            names.formUnion(accounts(named: connection))
        }
        for secret in try secrets(in: tenant) { names.formUnion(try accounts(of: secret)) }
        return names
    }

    /// The accounts that some connections have and had; `nil` when one of them is gone.
    func accounts(
        of references: [ConnectionReference], in tenant: TenantID
    ) throws -> Set<String>? {
        var names: Set<String> = []
        for reference in references {
            guard let environment = reference.environment,
                let connection = try connection(named: reference.name, environment, in: tenant)
            else { return nil }
            names.formUnion(accounts(named: connection))
            for revision in try revisions(of: connection) {
                names.formUnion(revision.content.settings.accounts)
            }
            for id in connection.secrets.all {
                guard let secret = try find(SecretRecord.self, id, in: tenant) else { continue }
                names.formUnion(try accounts(of: secret))
            }
        }
        return names
    }

    private func accounts(named connection: ConnectionRecord) -> Set<String> {
        let settings =
            [connection.content.settings, connection.saved]
            + [try? effectiveSettings(of: connection)].compactMap(\.self)
        return Set(settings.flatMap(\.accounts))
    }

    private func accounts(of secret: SecretRecord) throws -> [String] {
        secret.content.policy.users + (try versions(of: secret).compactMap(\.content.username))
    }

    /// The variables, folded, that accounts of a tenant's connections are named with.
    func accountVariables(in tenant: TenantID) throws -> Set<String> {
        var names: Set<String> = []
        for connection in try connections(in: tenant) {
            for text in connection.content.settings.accounts + connection.saved.accounts {
                // One that does not expand stands for nothing.
                let used = try? VariableText.names(in: text, field: "account")
                names.formUnion((used ?? []).map { $0.lowercased() })
            }
        }
        return names
    }
}
