/// Seconds since 1970 that print as `2025-03-01T12:00:00Z`.
struct UTCTime: CustomStringConvertible {
    private let seconds: Int64

    /// Takes seconds since 1970 in UTC.
    init(_ seconds: Int64) {
        self.seconds = seconds
    }

    var description: String {
        let (days, rest) = Self.floorDivide(seconds, 86_400)
        let (year, month, day) = Self.civilDate(daysSince1970: days)
        let date = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
        let time = [rest / 3_600, rest / 60 % 60, rest % 60].map { Self.padded($0, 2) }
        return "\(date)T\(time.joined(separator: ":"))Z"
    }

    /// Counts in eras of 400 years that begin on 1 March, so that the leap day comes last.
    private static func civilDate(daysSince1970: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
