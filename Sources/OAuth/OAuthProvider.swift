/// Providers whose token endpoint is known.
package enum OAuthProvider: Sendable, Hashable {
    /// Gmail and Google Workspace.
    case google
    /// Microsoft 365 and Outlook, for a tenant's identifier, domain, `common`, `organizations` …
    case microsoft(tenant: String)

    /// Reads a provider's name: `google`, `gmail`, `microsoft`, `office365`, in any case.
    ///
    /// - Parameter tenant: Microsoft's alone; `common` by default.
    /// - Throws: `.invalidMember` for another name, or a tenant that is none.
    package init(name: String, tenant: String?) throws(OAuthFailure) {
        switch name.lowercased() {
        case "google", "gmail":
            guard tenant == nil else { throw .invalidMember("tenant") }
            self = .google
        case "microsoft", "office365":
            let tenant = tenant ?? "common"
            guard (1...OAuthLimits.tenantBytes).contains(tenant.utf8.count),
                tenant.utf8.allSatisfy(Self.isTenant), tenant.utf8.first != UInt8(ascii: ".")
            else { throw .invalidMember("tenant") }
            self = .microsoft(tenant: tenant)
        default: throw .invalidMember("provider")
        }
    }

    /// Where access tokens are renewed.
    package var tokenEndpoint: String {
        switch self {
        case .google: "https://oauth2.googleapis.com/token"
        case .microsoft(let tenant):
            "https://login.microsoftonline.com/\(tenant)/oauth2/v2.0/token"
        }
    }

    private static func isTenant(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
