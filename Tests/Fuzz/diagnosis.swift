// Fuzzes replies and what a report shows of them: always an advice, always printable and bounded.
import SMTPCore
import SMTPDiagnosis

/// Runs one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data = unsafe data, count > 1 else { return 0 }
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    let phases = SMTPPhase.allCases
    var parser = SMTPReplyParser()
    let wire = Array(input.dropFirst())
    parser.append(wire.span)
    guard let reply = try? parser.next() else { return 0 }
    let phase = phases[Int(input[0]) % phases.count]
    let advice = Diagnosis.advice(forRefusal: reply, in: phase)
    precondition(!advice.cause.isEmpty && !advice.action.isEmpty)
    var builder = TestReportBuilder(TestScope(context: DiagnosisContext(), now: 0))
    builder.take(.greeting(reply), at: .zero)
    builder.take(.hello(SMTPCapabilities(reply), afterTLS: false), at: .zero)
    builder.take(.hello(SMTPCapabilities(reply), afterTLS: true), at: .zero)
    builder.fail(SMTPFailure(refusal: reply, in: phase), at: .zero)
    let report = builder.report()
    precondition(!report.ok && report.steps.count == TestStepName.allCases.count)
    for step in report.steps {
        precondition(step.evidence.unicodeScalars.count <= DiagnosisLimits.evidence + 1)
        precondition(step.evidence.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }
    return 0
}
