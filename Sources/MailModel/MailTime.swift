/// An instant with the offset of the place where it is told, given by the caller's clock.
package struct MailTime: Sendable, Hashable {
    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    package let milliseconds: Int64
    /// Minutes east of UTC, −1439 to 1439.
    package let offsetMinutes: Int

    /// Refuses instants whose local year is not 1 to 9999.
    package init(
        milliseconds: Int64, offsetMinutes: Int = 0, field: String = "date"
    ) throws(ComposeError) {
        // 0001-01-02 and 9999-12-30, so that no offset leaves the range.
        guard (-62_135_510_400_000...253_402_128_000_000).contains(milliseconds),
            (-1_439...1_439).contains(offsetMinutes)
        else { throw .badDate(field: field) }
        self.milliseconds = milliseconds
        self.offsetMinutes = offsetMinutes
    }

    /// The `date-time` of RFC 5322 §3.3, such as `Tue, 03 Mar 2026 09:05:00 +0300`.
    package var headerText: String {
        let seconds =
            Self.floorDivide(milliseconds, by: 1_000).quotient + Int64(offsetMinutes) * 60
        let (day, second) = Self.floorDivide(seconds, by: 86_400)
        let date = Self.civil(day)
        let weekday = Self.weekdays[Int(Self.floorDivide(day + 4, by: 7).remainder)]
        let clock =
            "\(Self.pad(second / 3_600, 2)):\(Self.pad(second / 60 % 60, 2)):"
            + Self.pad(second % 60, 2)
        let zone = Int64(abs(offsetMinutes))
        return "\(weekday), \(Self.pad(date.day, 2)) \(Self.months[Int(date.month) - 1]) "
            + "\(Self.pad(date.year, 4)) \(clock) \(offsetMinutes < 0 ? "-" : "+")"
            + Self.pad(zone / 60 * 100 + zone % 60, 4)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func floorDivide(
        _ value: Int64, by divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01.
    ///
    /// Years begin in March, so that the leap day ends one; 400 of them have 146,097 days.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(day + 719_468, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
