import JSONCoding
import SMTPDiagnosis
import Testing
import VaultModel

@Suite("Test reports")
struct TestReportTests {
    @Test("The fifteen steps are in order")
    func order() {
        let names = TestStepName.allCases.map(\.rawValue)
        #expect(
            names == [
                "config", "egress", "dns", "tcp", "greeting", "ehlo", "tls", "ehlo-tls", "pop",
                "auth", "sender", "recipient", "mail", "quit", "advisory",
            ])
        #expect(TestStepName.allCases == TestStepName.allCases.sorted())
        #expect(Set(TestStepName.allCases.map(\.title)).count == 15)
    }

    @Test("Each step's name, and words for some, are read as --until")
    func until() throws {
        for step in TestStepName.allCases {
            #expect(try TestStepName(parsing: step.rawValue.uppercased()) == step)
        }
        for (word, step) in [
            ("ehlo_tls", TestStepName.ehloTLS), ("starttls", .tls), ("login", .auth),
            ("connect", .tcp), ("rcpt", .recipient), ("all", .advisory),
        ] {
            #expect(try TestStepName(parsing: word) == step)
        }
        for word in ["", "auht", "auth ", String(repeating: "a", count: 10_000), "\u{1B}[2J"] {
            #expect(throws: ModelError.self) { try TestStepName(parsing: word) }
        }
    }

    @Test("The JSON has every member, null where there is no value")
    func json() throws {
        let report = TestReport(steps: [
            TestStep(step: .ehloTLS, status: .ok, ms: 3, evidence: "e"),
            TestStep(step: .auth, status: .fail, cause: "c", action: "a"),
        ])
        let text = try JSONCoding.encode(report)
        #expect(
            String(decoding: text, as: UTF8.self)
                == #"{"ok":false,"steps":[{"action":null,"cause":null,"evidence":"e","ms":3,"#
                + #""status":"ok","step":"ehlo-tls"},{"action":"a","cause":"c","evidence":"","#
                + #""ms":0,"status":"fail","step":"auth"}]}"#)
        #expect(try JSONCoding.decode(TestReport.self, from: text) == report)
        #expect(report.failedStep?.step == .auth)
    }

    @Test("Evidence is printable and ends at its bound")
    func evidence() {
        let text = String(repeating: "a\u{1B}\n\u{202E}", count: 1000)
        let step = TestStep(step: .dns, status: .ok, evidence: text)
        #expect(step.evidence.unicodeScalars.count == DiagnosisLimits.evidence + 1)
        #expect(step.evidence.hasPrefix("a\u{FFFD}\u{FFFD}\u{FFFD}a"))
        let exact = String(repeating: "b", count: DiagnosisLimits.evidence)
        #expect(TestStep(step: .dns, status: .ok, evidence: exact).evidence == exact)
    }
}
