/// Reads and writes the small value grammars of the command line.
package enum ValueText {
    /// What a duration looks like, for messages.
    package static let durationExample = "a duration such as 30s, 5m, 24h or 30d"
    /// What a number of bytes looks like, for messages.
    package static let byteCountExample = "a size such as 512, 64KiB, 10MiB or 1GiB"
    /// What a rate looks like, for messages.
    package static let rateExample = "a rate such as 5/s, 100/m, 1000/h or 5000/d"
    /// What a point in time looks like, for messages.
    package static let instantExample =
        "a time such as 2026-01-31, 2026-01-31T09:30:00Z, or a duration such as 24h"

    private static let durationUnits: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ]

    /// Reads an optional minus sign and digits; `nil` for all else, also for what overflows.
    package static func integer(_ text: String) -> Int? {
        let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        guard isNumber(digits) else { return nil }
        return Int(text)
    }

    /// Reads numbers with a unit each, from large to small: `1h30m`, `500ms`, `2w`; also `0`.
    package static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard !text.isEmpty else { return nil }
        var rest = text.utf8[...]
        var units = durationUnits[...]
        var total: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { isDigit($0) }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !isDigit($0) }
            rest = rest.dropFirst(letters.count)
            guard isNumber(digits), let count = Int64(String(Substring(digits))),
                let place = units.firstIndex(where: { $0.name == String(Substring(letters)) })
            else { return nil }
            let (part, tooLarge) = count.multipliedReportingOverflow(by: units[place].milliseconds)
            let (sum, overflow) = total.addingReportingOverflow(part)
            if tooLarge || overflow { return nil }
            total = sum
            units = units[(place + 1)...]
        }
        return .milliseconds(total)
    }

    /// Writes `duration` as ``duration(_:)`` reads it, cut to milliseconds: `1h30m`.
    package static func text(of duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0, seconds < .max / 1000 else { return "\(duration)" }
        var left = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        var text = ""
        for unit in durationUnits where left >= unit.milliseconds {
            text += "\(left / unit.milliseconds)\(unit.name)"
            left %= unit.milliseconds
        }
        return text.isEmpty ? "0s" : text
    }

    /// Reads a number of bytes: `K`, `M`, `G`, `T` and `KiB` … count in 1024s, `KB` … in 1000s.
    package static func byteCount(_ text: String) -> Int? {
        let digits = text.utf8.prefix { isDigit($0) }
        guard isNumber(digits), let count = Int(String(Substring(digits))) else { return nil }
        let unit = String(Substring(text.utf8.dropFirst(digits.count))).lowercased()
        let factor: Int
        switch unit {
        case "", "b": factor = 1
        case "k", "kib": factor = 1 << 10
        case "m", "mib": factor = 1 << 20
        case "g", "gib": factor = 1 << 30
        case "t", "tib": factor = 1 << 40
        case "kb": factor = 1000
        case "mb": factor = 1_000_000
        case "gb": factor = 1_000_000_000
        case "tb": factor = 1_000_000_000_000
        default: return nil
        }
        let (bytes, tooLarge) = count.multipliedReportingOverflow(by: factor)
        return tooLarge ? nil : bytes
    }

    /// Writes a number of bytes as ``byteCount(_:)`` reads it, in the largest unit that is exact.
    package static func text(ofBytes bytes: Int) -> String {
        for (name, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where bytes >= 1 << shift && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(name)"
        }
        return "\(bytes)"
    }

    /// Reads `N/s`, `N/m`, `N/h` or `N/d`.
    package static func rate(_ text: String) -> Rate? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, isNumber(parts[0].utf8), let count = Int(parts[0]), count > 0
        else { return nil }
        switch parts[1] {
        case "s": return Rate(count: count, period: .seconds(1))
        case "m", "min": return Rate(count: count, period: .seconds(60))
        case "h": return Rate(count: count, period: .seconds(3600))
        case "d": return Rate(count: count, period: .seconds(86_400))
        default: return nil
        }
    }

    /// Reads a date or time of RFC 3339 §5.6, the time and its zone being optional (UTC), into
    /// seconds since 1970; a leap second counts as the second after it.
    package static func unixSeconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes.count <= 40, bytes[4] == 0x2D, bytes[7] == 0x2D,
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), (1...12).contains(month),
            (1...daysInMonth(month, of: year)).contains(day)
        else { return nil }
        let midnight = daysSince1970(year, month, day) * 86_400
        if bytes.count == 10 { return midnight }
        guard bytes.count >= 19, [0x54, 0x74, 0x20].contains(bytes[10]), bytes[13] == 0x3A,
            bytes[16] == 0x3A, let hour = number(bytes[11..<13]),
            let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var zone = bytes[19...]
        if zone.first == 0x2E {
            let fraction = zone.dropFirst().prefix { isDigit($0) }
            if fraction.isEmpty { return nil }
            zone = zone.dropFirst(fraction.count + 1)
        }
        let local = midnight + Int64(hour * 3600 + minute * 60 + second)
        if zone.isEmpty || zone.elementsEqual([0x5A]) || zone.elementsEqual([0x7A]) { return local }
        let offset = Array(zone)
        guard offset.count == 6, offset[0] == 0x2B || offset[0] == 0x2D, offset[3] == 0x3A,
            let hours = number(offset[1..<3]), let minutes = number(offset[4..<6]),
            hours < 24, minutes < 60
        else { return nil }
        let seconds = Int64(hours * 3600 + minutes * 60)
        return offset[0] == 0x2B ? local - seconds : local + seconds
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isNumber(_ bytes: Substring.UTF8View) -> Bool {
        !bytes.isEmpty && bytes.count <= CommandLineLimits.digits && bytes.allSatisfy(isDigit)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy(isDigit) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }
}

/// So many events in a period.
package struct Rate: Sendable, Hashable {
    /// How many; at least 1.
    package let count: Int
    /// In how long.
    package let period: Duration

    /// Makes a rate.
    package init(count: Int, period: Duration) {
        self.count = count
        self.period = period
    }
}
