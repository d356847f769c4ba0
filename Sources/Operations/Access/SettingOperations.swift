package import Access
package import VaultModel
internal import VaultStore

/// A setting that a tenant's owners change.
package enum VaultSetting: String, Sendable, Hashable, Codable, CaseIterable {
    /// Whether values of secrets can be shown at all.
    case reveal = "secret.reveal"

    /// What it decides, for people.
    package var meaning: String {
        switch self {
        case .reveal: "whether vault secret reveal shows values, to who may and gives a reason"
        }
    }

    /// What it is while nobody set it.
    package var initial: String {
        switch self {
        case .reveal: "off"
        }
    }

    /// What it can be set to.
    package var values: [String] {
        switch self {
        case .reveal: ["off", "on"]
        }
    }
}

/// What may be told of a setting.
package struct SettingSummary: Sendable, Codable {
    /// The setting's name.
    package var name: VaultSetting
    /// What it is set to.
    package var value: String
    /// What it can be set to.
    package var values: [String]
    /// What it decides.
    package var meaning: String
    /// Who set it; `nil` when nobody did.
    package var author: String?
    /// When.
    package var updated: Timestamp?

    init(_ setting: VaultSetting, _ content: VaultSettingRecord.Content?) {
        name = setting
        value = content?.value ?? setting.initial
        values = setting.values
        meaning = setting.meaning
        author = content?.author
        updated = content?.updated
    }
}

/// `vault setting list`.
package struct ListSettings: OperationRequest {
    package typealias Response = [SettingSummary]
    package static let operation = OperationName.settingList

    /// Asks for the tenant's settings.
    package init() {}

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<[SettingSummary]> {
        let tenant = context.tenant
        return OperationReply(
            try await context.commit { transaction in
                try VaultSetting.allCases.map {
                    SettingSummary(
                        $0, try transaction.setting(named: $0.rawValue, in: tenant)?.content)
                }
            })
    }
}

/// `vault setting set NAME VALUE`.
package struct SetSetting: OperationRequest {
    package typealias Response = SettingSummary
    package static let operation = OperationName.settingSet

    /// The setting.
    package var name: VaultSetting
    /// What it is to be.
    package var value: String

    /// Asks for a change.
    package init(name: VaultSetting, value: String) {
        self.name = name
        self.value = value
    }

    package var auditObject: String { "setting/\(name.rawValue)" }

    package func perform(
        with grant: consuming Grant, in context: OperationContext
    ) async throws -> OperationReply<SettingSummary> {
        guard name.values.contains(value) else {
            throw VaultError.invalid(
                "\(name.rawValue) cannot be that",
                "give one of \(name.values.joined(separator: ", "))")
        }
        let tenant = context.tenant
        let content = VaultSettingRecord.Content(
            name: name.rawValue, value: value, author: context.principal.name)
        return OperationReply(
            try await context.commit(detail: ["value": value]) { transaction in
                try transaction.setSetting(content, in: tenant)
                return SettingSummary(name, content)
            })
    }
}
