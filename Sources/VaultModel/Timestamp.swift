#if canImport(Glibc)
    private import Glibc
#endif

/// A moment, in milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Sendable, Comparable, Codable {
    /// Milliseconds since the epoch.
    package let milliseconds: Int64

    /// The moment so many milliseconds after the epoch.
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// The system's clock, now.
    package static var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Whole seconds since the epoch.
    package var seconds: Int64 { milliseconds / 1000 }

    /// The moment `seconds` later.
    package func adding(seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + seconds * 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Timestamp(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an RFC 3339 time")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

// MARK: - RFC 3339

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds, such as `2025-11-13T09:30:00.000Z`.
    package var description: String {
        let days = Self.floorDivide(milliseconds, 86_400_000)
        let time = milliseconds - days * 86_400_000
        let (year, month, day) = Self.civil(fromDays: days)
        func pad(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { pad($0, 2) }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
            + clock.joined(separator: ":") + ".\(pad(time % 1000, 3))Z"
    }

    /// Reads an RFC 3339 time, or a date alone, which means its midnight in UTC.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = Self.days(fromCivil: year, month, day)
        // The 30th of February comes out as a day of March.
        guard Self.civil(fromDays: days) == (year, month, day) else { return nil }
        var total = days * 86_400_000
        if bytes.count > 10 {
            guard bytes.count >= 20, [UInt8(ascii: "T"), UInt8(ascii: " ")].contains(bytes[10]),
                bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
                let hour = number(11..<13), let minute = number(14..<16),
                let second = number(17..<19), hour < 24, minute < 60, second < 61
            else { return nil }
            total += hour * 3_600_000 + minute * 60_000 + second * 1000
            var index = 19
            if bytes[index] == UInt8(ascii: ".") {
                index += 1
                guard number(index..<index + 1) != nil else { return nil }
                var scale: Int64 = 100
                while index < bytes.count, let digit = number(index..<index + 1) {
                    total += digit * scale
                    scale /= 10
                    index += 1
                }
            }
            guard index < bytes.count else { return nil }
            if bytes[index] == UInt8(ascii: "Z") || bytes[index] == UInt8(ascii: "z") {
                guard index == bytes.count - 1 else { return nil }
            } else {
                guard bytes.count == index + 6, bytes[index + 3] == UInt8(ascii: ":"),
                    let hours = number(index + 1..<index + 3),
                    let minutes = number(index + 4..<index + 6), hours < 24, minutes < 60
                else { return nil }
                let offset = hours * 3_600_000 + minutes * 60_000
                switch bytes[index] {
                case UInt8(ascii: "+"): total -= offset
                case UInt8(ascii: "-"): total += offset
                default: return nil
                }
            }
        }
        self.init(milliseconds: total)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    /// The proleptic Gregorian date of a day number (Howard Hinnant, "chrono-Compatible
    /// Low-Level Date Algorithms").
    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        return (
            yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * index + 2) / 5 + 1
        )
    }

    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let adjusted = month <= 2 ? year - 1 : year
        let era = floorDivide(adjusted, 400)
        let yearOfEra = adjusted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }
}
