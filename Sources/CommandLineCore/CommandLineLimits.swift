/// Every bound of this target, in one table.
package enum CommandLineLimits {
    /// Columns of a quoted value in an error; the rest becomes `…`.
    package static let quotedColumns = 48
    /// The narrowest help text, in columns.
    package static let narrowestHelp = 40
    /// The widest help text, in columns.
    package static let widestHelp = 80
    /// Digits of a number; more cannot be a value of any option.
    package static let digits = 19
}
