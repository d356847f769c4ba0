/// The regions of Amazon SES, each of which has SMTP passwords of its own.
///
/// Source: AWS General Reference, "Amazon Simple Email Service endpoints and quotas". Some of the
/// newest offer the API alone for now; a password is the same function of the region there too.
package struct SESRegion: Sendable, Hashable {
    /// The region's name, such as `eu-west-1`.
    package let name: String

    /// The host of the region's SMTP endpoint.
    package var host: String { "email-smtp.\(name).amazonaws.com" }

    /// Every region.
    package static let names = [
        "af-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5",
        "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
        "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
        "sa-east-1", "us-east-1", "us-east-2", "us-gov-east-1", "us-gov-west-1", "us-west-1",
        "us-west-2",
    ]

    /// The region of a name.
    package init(_ name: String) throws(ModelError) {
        guard Self.names.contains(name) else {
            throw ModelError(
                "region", "'\(name)' is none of Amazon SES",
                accepted: Self.names.joined(separator: ", "))
        }
        self.name = name
    }
}
