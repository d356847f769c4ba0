import JSONCoding
import Testing
import VaultModel

@Suite("Times")
struct TimestampTests {
    private static let day: Int64 = 86_400_000

    @Test(
        "A time is written in UTC with milliseconds and reads back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (999, "1970-01-01T00:00:00.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_078_012_800_000, "2004-02-29T00:00:00.000Z"),
            (1_763_026_200_000, "2025-11-13T09:30:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func writes(milliseconds: Int64, text: String) throws {
        let time = Timestamp(milliseconds: milliseconds)
        #expect(time.description == text)
        #expect(Timestamp(rfc3339: text) == time)
        let read: [Timestamp] = try JSONCoding.decode(from: JSONCoding.encode([time]))
        #expect(read == [time])
    }

    @Test("Every day of four centuries is written and read back, and follows the one before")
    func everyDay() throws {
        var previous = ""
        for number in Int64(-36_525)..<(146_097 - 36_525) {
            let time = Timestamp(milliseconds: number * Self.day + 43_200_000)
            let text = time.description
            guard Timestamp(rfc3339: text) == time,
                text > previous || number == 0 || previous.isEmpty
            else {
                Issue.record("\(text) after \(previous)")
                return
            }
            previous = text
        }
    }

    @Test(
        "Times read with offsets, without fractions, and as dates alone",
        arguments: [
            ("1970-01-01", 0), ("1970-01-02", day), ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00z", 0), ("1970-01-01 00:00:00Z", 0),
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T23:00:00-01:00", 0),
            ("1970-01-01T05:30:00+05:30", 0), ("1970-01-01T00:00:00-00:00", 0),
            ("1970-01-01T00:00:00.5Z", 500), ("1970-01-01T00:00:00.05Z", 50),
            ("1970-01-01T00:00:00.123456789Z", 123), ("1970-01-01T00:00:00.9999Z", 999),
            ("1970-01-01T00:00:00.25+00:01", 250 - 60_000), ("1970-01-01T23:59:59Z", day - 1000),
            ("2024-02-29", 1_709_164_800_000), ("2000-02-29", 951_782_400_000),
            ("1990-12-31T23:59:60Z", 662_688_000_000),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        "What is no time does not read",
        arguments: [
            "", "2025", "2025-11", "2025-11-1", "2025-13-01", "2025-00-01", "2025-01-00",
            "2025-01-32",
            "2025-02-29", "2023-02-29", "2100-02-29", "1900-02-29", "2024-02-30", "2025-04-31",
            "2025-06-31", "2025-09-31", "2025-11-31", "2025/11/13", "25-11-13", "+025-11-13",
            "2025-11-13T", "2025-11-13T09", "2025-11-13T09:30", "2025-11-13T09:30Z",
            "2025-11-13T09:30:00", "2025-11-13T24:00:00Z", "2025-11-13T09:60:00Z",
            "2025-11-13T09:30:61Z", "2025-11-13T09:30:00.Z", "2025-11-13T09:30:00.5",
            "2025-11-13T09:30:00+0100", "2025-11-13T09:30:00+01", "2025-11-13T09:30:00+1:00",
            "2025-11-13T09:30:00+24:00", "2025-11-13T09:30:00+01:60", "2025-11-13T09:30:00+99:99",
            "2025-11-13T09:30:00Zx", "2025-11-13T09:30:00Z ", " 2025-11-13", "2025-11-13x09:30:00Z",
            "2025-11-13T09:30:00,5Z", "2025-11-13T-9:30:00Z", "２025-11-13", "now",
            "2025-11-13T09:30:00ZZ",
        ])
    func refuses(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test("Times compare and add in milliseconds")
    func arithmetic() {
        let time = Timestamp(milliseconds: 1500)
        #expect(time.seconds == 1)
        #expect(time.adding(seconds: 2).milliseconds == 3500)
        #expect(time < time.adding(seconds: 1))
        #expect(Timestamp.now > Timestamp(milliseconds: 1_700_000_000_000))
    }

    @Test("Environments read by their full and short names")
    func environments() throws {
        let names: [(String, DeploymentEnvironment)] = [
            ("development", .development), ("dev", .development), ("test", .test),
            ("production", .production), ("prod", .production), ("PROD", .production),
        ]
        for (text, environment) in names {
            #expect(try DeploymentEnvironment(parsing: text) == environment)
        }
        for text in ["", "live", "stage", " test", "test "] {
            #expect(throws: ModelError.self) { try DeploymentEnvironment(parsing: text) }
        }
    }
}
