extension DomainName {
    private enum Script { case latin, greek, cyrillic, armenian }

    /// Whether a label of `domain`, in either form, mixes scripts whose letters look alike
    /// (UTS 39 §5.1): it may imitate another name.
    package static func mixesScripts(_ domain: String) -> Bool {
        domain.split(separator: ".").contains { label in
            let scalars =
                label.hasPrefix("xn--")
                ? Punycode.decode(label.dropFirst(4)) ?? [] : Array(label.unicodeScalars)
            return Set(scalars.compactMap(script)).count > 1
        }
    }

    private static func script(_ scalar: Unicode.Scalar) -> Script? {
        guard scalar.properties.isAlphabetic else { return nil }
        return switch scalar.value {
        case 0x41...0x24F, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA720...0xA7FF: .latin
        case 0x370...0x3FF, 0x1F00...0x1FFF: .greek
        case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: .cyrillic
        case 0x530...0x58F: .armenian
        default: nil
        }
    }
}
