/// Names that people gave, as they may stand in errors and warnings.
enum PrintableName {
    /// The first scalars of the name, with a question mark for each that does not print as itself.
    static func of(_ name: String) -> String {
        var text = String.UnicodeScalarView()
        for scalar in name.unicodeScalars.prefix(PropertyLimits.nameBytes) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
                .unassigned:
                text.append("?")
            default: text.append(scalar)
            }
        }
        return String(text)
    }
}
