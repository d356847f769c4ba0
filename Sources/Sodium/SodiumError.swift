internal import Explained

/// Why an operation of the cryptographic layer did not succeed; no case holds a secret.
package enum SodiumError: ExplainedError, Hashable {
    /// The library found no source of randomness.
    case libraryUnavailable
    /// A secret was asked for before `SodiumRuntime.start` succeeded.
    case notStarted
    /// The slab was to have a size outside `Limits.slabBytes`.
    case slabSize(Int)
    /// The kernel did not lock the slab's memory.
    case memoryNotLocked(wantedBytes: Int)
    /// The slab has no free run of this many bytes.
    case secureMemoryExhausted(wantedBytes: Int)
    /// A secret is larger than its bound.
    case tooLarge(limitBytes: Int)
    /// Key material or a public value has another length than its kind demands.
    case wrongLength(expected: Int, actual: Int)
    /// The tag does not verify; without data, the case cannot serve as an oracle.
    case notAuthentic
    /// The parameters of a derivation lie outside their bounds.
    case derivationParameters
    /// The memory that a derivation needs was refused.
    case derivationMemory(bytes: Int)
    /// The padding of an opened secret is not what `Padding.pad` writes.
    case badPadding
    /// The text is not canonical Base64 (RFC 4648 §4).
    case notBase64
    /// A public key is one that no honest key pair has.
    case weakPublicKey
    /// Reading a descriptor failed.
    case readFailed(errno: Int32)
    /// The kernel refused to forbid core dumps.
    case hardeningRefused(errno: Int32)

    package var explanation: (cause: String, remedy: String) {
        switch self {
        case .libraryUnavailable:
            ("libsodium found no source of randomness", "check /dev/urandom and getrandom(2)")
        case .notStarted:
            ("secure memory was not started", "start it before the first secret is made")
        case .slabSize(let bytes):
            (
                "secure memory cannot have \(bytes) bytes",
                "choose \(Limits.slabBytes.lowerBound) to \(Limits.slabBytes.upperBound) bytes"
            )
        case .memoryNotLocked(let bytes):
            (
                "the kernel did not lock \(bytes) bytes of secure memory",
                "raise LimitMEMLOCK (ulimit -l), or allow keys to reach swap with --allow-swap"
            )
        case .secureMemoryExhausted(let bytes):
            (
                "secure memory has no room for \(bytes) bytes",
                "retry when fewer secrets are in use, or start with a larger slab"
            )
        case .tooLarge(let limit):
            ("the secret is larger than \(limit) bytes", "store a shorter one")
        case .wrongLength(let expected, let actual):
            ("\(actual) bytes were given where \(expected) belong", "check where they come from")
        case .notAuthentic:
            ("the sealed value was altered, moved or sealed by another key", "restore it")
        case .derivationParameters:
            ("the Argon2id parameters lie outside their bounds", "restore the stored parameters")
        case .derivationMemory(let bytes):
            ("Argon2id did not get \(bytes) bytes of memory", "free memory, then retry")
        case .badPadding:
            ("the padding of a secret is damaged", "restore the secret from a backup")
        case .notBase64:
            ("the text is not canonical Base64", "encode it anew, with padding and no line ends")
        case .weakPublicKey:
            ("the public key is of low order", "ask its owner for a new one")
        case .readFailed(let errno):
            (
                "the secret could not be read (errno \(errno))",
                "check the file or pipe it comes from"
            )
        case .hardeningRefused(let errno):
            ("core dumps could not be forbidden (errno \(errno))", "allow setrlimit and prctl")
        }
    }
}
