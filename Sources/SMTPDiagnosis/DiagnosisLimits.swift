/// Every bound of what a test report repeats of strangers, in one table.
package enum DiagnosisLimits {
    /// Characters of one step's evidence.
    package static let evidence = 1200
    /// Characters of one item in it: a reply, a name, a subject.
    package static let item = 240
    /// Addresses that are listed.
    package static let addresses = 8
    /// Extensions of an EHLO answer that are listed.
    package static let extensions = 32
    /// Certificates of a chain that are listed.
    package static let certificates = 4
    /// Names of a certificate that are listed.
    package static let names = 8
    /// Mechanisms that are listed.
    package static let mechanisms = 16
    /// Days before a certificate's end from which on it is a warning.
    package static let expiryDays = 30
    /// Parents of the From domain whose DMARC record is looked for.
    package static let policyParents = 4
}
