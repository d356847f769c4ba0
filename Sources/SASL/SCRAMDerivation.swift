package import Sodium
private import TLS

/// The slow step of SCRAM, apart from the exchange so that it can run on another thread.
///
/// It owns the password, which is wiped with it.
package final class SCRAMDerivation: Sendable {
    /// How slow: the count that the server asked for, within `SASLLimits.iterations`.
    package let iterations: Int
    private let mechanism: SASLMechanism
    private let password: SecretBytes
    private let salt: [UInt8]

    /// Sets a derivation up.
    ///
    /// - Parameters:
    ///   - mechanism: One of SCRAM.
    ///   - password: As the user gave it, without control characters. RFC 5802 §2.2 has it
    ///     prepared by SASLprep (RFC 4013): ASCII is its own preparation, everything else is taken
    ///     in the form given.
    ///   - salt: 1 to `SASLLimits.saltBytes` bytes.
    /// - Throws: `.empty`, `.tooLong` and `.forbiddenCharacter` of the password,
    ///   `.tooFewIterations`, `.tooManyIterations`, `.malformed` for a salt out of bounds.
    package init(
        _ mechanism: SASLMechanism, password: consuming SecretBytes, salt: [UInt8],
        iterations: Int
    ) throws(SASLError) {
        try password.withSpan { (span) throws(SASLError) in
            try SASLText.check(password: span, mayHoldControls: false)
        }
        let bounds = SASLLimits.iterations
        guard iterations >= bounds.lowerBound else {
            throw .tooFewIterations(iterations, minimum: bounds.lowerBound)
        }
        guard iterations <= bounds.upperBound else {
            throw .tooManyIterations(maximum: bounds.upperBound)
        }
        guard (1...SASLLimits.saltBytes).contains(salt.count), mechanism.digest != nil else {
            throw .malformed(mechanism)
        }
        self.mechanism = mechanism
        self.password = password
        self.salt = salt
        self.iterations = iterations
    }

    /// Derives the keys; blocks for some milliseconds, or a second at the bound.
    ///
    /// - Throws: `.secureMemory`, `.derivationFailed`.
    package func run() throws(SASLError) -> SCRAMKeys {
        guard let digest = mechanism.digest else { throw .malformed(mechanism) }
        let (salt, iterations) = (salt, iterations)
        var failed = false
        let salted = try password.withSpan { (password) throws(SASLError) in
            try SASLText.inSlab { () throws(SodiumError) in
                try SecretBytes(count: digest.byteCount) { output in
                    do throws(TLSError) {
                        try PBKDF2.derive(
                            digest, password: password, salt: salt.span, iterations: iterations,
                            into: &output)
                    } catch {
                        failed = true
                    }
                }
            }
        }
        guard !failed else { throw .derivationFailed }
        do {
            return try SCRAMKeys(digest: digest, saltedPassword: salted)
        } catch {
            throw .secureMemory(error)
        }
    }
}

// MARK: - Redacted
extension SCRAMDerivation: Redacted {}
