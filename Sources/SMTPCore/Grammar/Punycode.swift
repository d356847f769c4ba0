/// The codec of RFC 3492 with the parameters of IDNA (§5).
enum Punycode {
    private static let base: UInt32 = 36
    private static let tMin: UInt32 = 1
    private static let tMax: UInt32 = 26
    private static let skew: UInt32 = 38
    private static let damp: UInt32 = 700
    private static let initialBias: UInt32 = 72
    private static let initialN: UInt32 = 128

    /// Encodes one label, without the `xn--` prefix; `nil` when the arithmetic would overflow.
    ///
    /// Quadratic in the number of different scalars, so callers bound the label first.
    static func encode(_ label: [Unicode.Scalar]) -> [UInt8]? {
        var output = label.filter(\.isASCII).map { UInt8(truncatingIfNeeded: $0.value) }
        let basicCount = UInt32(output.count)
        if basicCount > 0 { output.append(UInt8(ascii: "-")) }
        var n = initialN
        var delta: UInt32 = 0
        var bias = initialBias
        var handled = basicCount
        while handled < label.count {
            guard let next = label.lazy.map(\.value).filter({ $0 >= n }).min() else { return nil }
            let (product, overflows) = (next - n).multipliedReportingOverflow(by: handled + 1)
            let (sum, carries) = delta.addingReportingOverflow(product)
            if overflows || carries { return nil }
            delta = sum
            n = next
            for scalar in label {
                if scalar.value < n {
                    delta += 1
                } else if scalar.value == n {
                    appendVariableLength(delta, bias: bias, to: &output)
                    bias = adapt(delta, handled + 1, isFirst: handled == basicCount)
                    delta = 0
                    handled += 1
                }
            }
            delta += 1
            n += 1
        }
        return output
    }

    /// Decodes one label, without the `xn--` prefix; `nil` when it is none, or decodes to more
    /// scalars than a label can stand for.
    static func decode(_ text: some StringProtocol) -> [Unicode.Scalar]? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 63, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        let delimiter = bytes.lastIndex(of: UInt8(ascii: "-"))
        var output = bytes[..<(delimiter ?? 0)].map { Unicode.Scalar($0) }
        var rest = bytes[(delimiter.map { $0 + 1 } ?? 0)...]
        var n = initialN
        var index: UInt32 = 0
        var bias = initialBias
        while !rest.isEmpty {
            let start = index
            var weight: UInt32 = 1
            var k = base
            while true {
                guard let byte = rest.popFirst(), let digit = value(of: byte) else { return nil }
                let (step, overflows) = digit.multipliedReportingOverflow(by: weight)
                let (sum, carries) = index.addingReportingOverflow(step)
                if overflows || carries { return nil }
                index = sum
                let threshold = k <= bias ? tMin : min(tMax, k - bias)
                if digit < threshold { break }
                let (grown, exceeds) = weight.multipliedReportingOverflow(by: base - threshold)
                if exceeds { return nil }
                weight = grown
                k += base
            }
            let points = UInt32(output.count) + 1
            bias = adapt(index - start, points, isFirst: start == 0)
            let (next, overflows) = n.addingReportingOverflow(index / points)
            guard !overflows, let scalar = Unicode.Scalar(next) else { return nil }
            n = next
            index %= points
            output.insert(scalar, at: Int(index))
            index += 1
        }
        return output
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case 0x61...0x7A: UInt32(byte - 0x61)
        case 0x41...0x5A: UInt32(byte - 0x41)
        case 0x30...0x39: UInt32(byte - 0x30) + 26
        default: nil
        }
    }

    private static func appendVariableLength(
        _ delta: UInt32, bias: UInt32, to output: inout [UInt8]
    ) {
        var rest = delta
        var k = base
        while true {
            let threshold = k <= bias ? tMin : min(tMax, k - bias)
            if rest < threshold { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            k += base
        }
        output.append(digit(rest))
    }

    private static func adapt(_ delta: UInt32, _ points: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / points
        var k: UInt32 = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + skew)
    }

    /// `a`–`z` for 0–25, `0`–`9` for 26–35.
    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? value + 0x61 : value - 26 + 0x30)
    }
}
