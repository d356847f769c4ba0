import CommandLineCore
import Testing

@Test(
    "A duration is numbers with units from large to small",
    arguments: [
        ("0", 0), ("30s", 30_000), ("5m", 300_000), ("24h", 86_400_000), ("30d", 2_592_000_000),
        ("2w", 1_209_600_000), ("500ms", 500), ("1h30m", 5_400_000), ("1d1ms", 86_400_001),
        ("007s", 7000), ("106751991167d", 9_223_372_036_828_800_000),
    ])
func readsDuration(_ text: String, _ milliseconds: Int64) {
    #expect(ValueText.duration(text) == .milliseconds(milliseconds))
}

@Test(
    "What is no duration is refused",
    arguments: [
        "", "5", "s", "5x", "-5s", "1m1h", "1s1s", "5 s", "1.5h", "٣s", "99999999999999999999s",
        "106751991168d", "9223372036854775807w", "5S", "s5", "1h30",
    ])
func refusesDuration(_ text: String) { #expect(ValueText.duration(text) == nil) }

@Test(
    "A duration that was written reads back",
    arguments: [0, 1, 999, 1000, 61_000, 90_061_001, 604_800_000, Int64.max / 1_000_000])
func durationReadsBack(_ milliseconds: Int64) {
    let duration = Duration.milliseconds(milliseconds)
    #expect(ValueText.duration(ValueText.text(of: duration)) == duration)
}

@Test(
    "A size is a number with a unit",
    arguments: [
        ("0", 0), ("512", 512), ("512B", 512), ("64KiB", 65_536), ("64k", 65_536),
        ("10MiB", 10_485_760), ("10MB", 10_000_000), ("1G", 1 << 30), ("1tb", 1_000_000_000_000),
        ("9223372036854775807", Int.max),
    ])
func readsByteCount(_ text: String, _ bytes: Int) {
    #expect(ValueText.byteCount(text) == bytes)
    #expect(ValueText.byteCount(ValueText.text(ofBytes: bytes)) == bytes)
}

@Test(
    "What is no size is refused",
    arguments: ["", "M", "-1", "1.5M", "1 M", "1X", "9223372036854775808", "8388608TiB", "1e3"])
func refusesByteCount(_ text: String) { #expect(ValueText.byteCount(text) == nil) }

@Test(
    "What is no whole number is refused",
    arguments: ["", "-", "+1", "1_000", " 1", "0x10", "1.0", "9223372036854775808", "--1", "٣"])
func refusesInteger(_ text: String) { #expect(ValueText.integer(text) == nil) }

@Test("Whole numbers may be negative")
func readsInteger() {
    #expect(ValueText.integer("-12") == -12)
    #expect(ValueText.integer("0007") == 7)
}

@Test("A rate has a count and a period", arguments: ["", "5", "/s", "5/", "0/s", "5/y", "5/s/s"])
func refusesRate(_ text: String) {
    #expect(ValueText.rate(text) == nil)
    #expect(ValueText.rate("100/m") == Rate(count: 100, period: .seconds(60)))
    #expect(ValueText.rate("7/d") == Rate(count: 7, period: .seconds(86_400)))
}

@Test(
    "A point in time follows RFC 3339",
    arguments: [
        ("1970-01-01", 0), ("1970-01-01T00:00:01Z", 1), ("2000-02-29", 951_782_400),
        ("2026-01-31T09:30:00Z", 1_769_851_800), ("2026-01-31T09:30:00+01:00", 1_769_848_200),
        ("2026-01-31t09:30:00.25-00:30", 1_769_853_600), ("2026-01-31 09:30:00", 1_769_851_800),
        ("1969-12-31T23:59:59Z", -1), ("0000-01-01", -62_167_219_200),
        ("9999-12-31T23:59:60Z", 253_402_300_800),
    ])
func readsInstant(_ text: String, _ seconds: Int64) {
    #expect(ValueText.unixSeconds(text) == seconds)
}

@Test(
    "What is no point in time is refused",
    arguments: [
        "", "2026", "2026-1-31", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-32",
        "2026-01-31T", "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z", "2026-01-31T09:30:61Z",
        "2026-01-31T09:30:00.Z", "2026-01-31T09:30:00+1:00", "2026-01-31T09:30:00Zx",
        "2026-01-31T09:30Z", "-026-01-31", "2026-01-3é",
    ])
func refusesInstant(_ text: String) { #expect(ValueText.unixSeconds(text) == nil) }
