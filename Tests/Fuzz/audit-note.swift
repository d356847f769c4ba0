// Fuzzes signed notes, checkpoints and their keys: what reads is written as it was, and a note is
// verified without a trap.
import Sodium
import VaultModel
import VaultStore

private let start: Void = {
    do {
        try SodiumRuntime.start(allowSwap: true)
    } catch {
        preconditionFailure("libsodium does not start: \(error)")
    }
}()

private let key = NoteKey(
    parsing: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data else { return 0 }
    _ = start
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    if let note = SignedNote(parsing: input) {
        precondition(note.document == input, "a note has one text")
        precondition((1...SignedNote.signatureLimit).contains(note.signatures.count))
        if let checkpoint = Checkpoint(parsing: note.text) {
            precondition(note.text.hasPrefix(checkpoint.text), "a checkpoint has one text")
        }
        if let key { _ = note.isSigned(by: key) }
    }
    if let notes = SignedNote.parseAll(input) {
        let again = notes.map(\.document).joined(separator: [0x0a])
        precondition(SignedNote.parseAll(Array(again)) == notes, "notes stay what they are")
    }
    if let text = String(validating: input, as: UTF8.self), let read = NoteKey(parsing: text) {
        precondition(read.text == text, "a key has one text")
    }
    return 0
}
