extension Invocation {
    /// Reads a whole number within `range`; `nil` when none is given.
    package func int(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = optionalString(name) else { return nil }
        guard let number = ValueText.integer(text), range.contains(number) else {
            throw refusal(of: name, allowed: Self.wholeNumber(in: range))
        }
        return number
    }

    /// Reads a duration (`30s`, `5m`, `24h`, `30d`, `1h30m`); `nil` when none is given.
    package func duration(
        _ name: String, in range: ClosedRange<Duration>? = nil
    ) throws(UsageError) -> Duration? {
        guard let text = optionalString(name) else { return nil }
        guard let duration = ValueText.duration(text), range?.contains(duration) ?? true else {
            var allowed = ValueText.durationExample
            if let range {
                allowed += ", from \(ValueText.text(of: range.lowerBound))"
                allowed += " to \(ValueText.text(of: range.upperBound))"
            }
            throw refusal(of: name, allowed: allowed)
        }
        return duration
    }

    /// Reads a number of bytes (`512`, `64KiB`, `10MiB`); `nil` when none is given.
    package func byteCount(
        _ name: String, in range: ClosedRange<Int> = 0...Int.max
    ) throws(UsageError) -> Int? {
        guard let text = optionalString(name) else { return nil }
        guard let bytes = ValueText.byteCount(text), range.contains(bytes) else {
            var allowed = ValueText.byteCountExample
            if range != 0...Int.max {
                allowed += ", from \(ValueText.text(ofBytes: range.lowerBound))"
                allowed += " to \(ValueText.text(ofBytes: range.upperBound))"
            }
            throw refusal(of: name, allowed: allowed)
        }
        return bytes
    }

    /// Reads a rate (`5/s`, `100/m`); `nil` when none is given.
    package func rate(_ name: String) throws(UsageError) -> Rate? {
        guard let text = optionalString(name) else { return nil }
        guard let rate = ValueText.rate(text) else {
            throw refusal(of: name, allowed: ValueText.rateExample)
        }
        return rate
    }

    /// Which way a bare duration counts from now.
    package enum Direction: Sendable {
        case ago, ahead
    }

    /// Reads a point in time, in seconds since 1970: a date, a time, or a duration counted from
    /// `now`.
    package func instant(
        _ name: String, now: Int64, counting direction: Direction
    ) throws(UsageError) -> Int64? {
        guard let text = optionalString(name) else { return nil }
        if let seconds = ValueText.unixSeconds(text) { return seconds }
        guard let span = ValueText.duration(text)?.components.seconds else {
            throw refusal(of: name, allowed: ValueText.instantExample)
        }
        let (moment, overflow) =
            direction == .ago
            ? now.subtractingReportingOverflow(span) : now.addingReportingOverflow(span)
        if overflow { throw refusal(of: name, allowed: ValueText.instantExample) }
        return moment
    }

    /// Reads the value as one of the cases of `type`; `nil` when none is given.
    package func choice<T: CaseIterable & RawRepresentable<String>>(
        _ name: String, as type: T.Type
    ) throws(UsageError) -> T? {
        guard let text = optionalString(name) else { return nil }
        guard let value = T(rawValue: text) else {
            let words = T.allCases.map(\.rawValue)
            throw refusal(of: name, allowed: UsageError.list(words), candidates: words)
        }
        return value
    }

    /// Reads each value as a key and what follows the first `separator`, in the order given.
    ///
    /// - Throws: When a value has no separator, or nothing before it.
    package func pairs(
        _ name: String, separator: Character = "="
    ) throws(UsageError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for text in values(name) {
            guard let place = text.firstIndex(of: separator), place != text.startIndex else {
                let form = options.first { $0.name == name }?.valueName ?? "KEY\(separator)VALUE"
                throw refusal(of: name, value: text, allowed: form)
            }
            pairs.append((String(text[..<place]), String(text[text.index(after: place)...])))
        }
        return pairs
    }

    private static func wholeNumber(in range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (Int.min, Int.max): "a whole number"
        case (let lowest, Int.max): "a whole number from \(lowest)"
        case (let lowest, let highest): "a whole number from \(lowest) to \(highest)"
        }
    }
}
