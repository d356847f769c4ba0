// Measures whether the time of an answer tells what it keeps quiet about: which tokens and people
// there are, and what another tenant has.
import Delivery
import Glibc
import Operations
import Sodium

/// Measures in a folder of its own; the first argument is how many tries.
@main
enum AnswerTiming {
    /// The largest difference that is allowed, in per cent.
    private static let bar = 5.0

    static func main() async throws {
        let parent = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/signet-timing-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("no folder can be made") }
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let tries = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
        let isBelow = try await measure(in: folder, tries: max(1, tries))
        _ = unsafe system("rm -rf '\(folder)'")
        exit(isBelow ? 0 : 1)
    }

    /// Makes a vault and measures; whether all differences are below the bar.
    private static func measure(in folder: String, tries: Int) async throws -> Bool {
        try SodiumRuntime.start(allowSwap: true)
        let home = VaultHome(path: folder + "/home")
        let vault = try await VaultService.create(
            home: home, keyFile: nil, withRecoveryCode: false, settings: DeliverySettings()
        ).service
        let user = geteuid()
        var comparisons = [try await TokenAnswers.comparison(in: vault, as: user)]
        comparisons += try await ForeignAnswers.comparisons(in: vault, as: user)
        print(line("answer to", "median, us", "apart, %", "bar"))
        var isBelow = true
        for comparison in comparisons {
            let rows = try await comparison.measure(tries: tries)
            isBelow = show(rows, of: comparison.title) && isBelow
        }
        await vault.close()
        let logins = try await LoginAnswers.measure(in: home, as: user, tries: tries)
        return show(logins.rows, of: logins.title) && isBelow
    }

    /// Prints a table's rows; whether they are below the bar.
    private static func show(_ rows: [Comparison.Row], of title: String) -> Bool {
        for row in rows {
            let isBelow = row.difference < bar
            print(
                line(
                    "\(title): \(row.name)", "\(tenths(row.median))", "\(tenths(row.difference))",
                    isBelow ? "met" : "missed"))
        }
        fflush(nil)
        return rows.allSatisfy { $0.difference < bar }
    }

    private static func line(_ name: String, _ columns: String...) -> String {
        let padding = String(repeating: " ", count: max(0, 46 - name.count))
        return columns.reduce(name + padding) { line, column in
            line + String(repeating: " ", count: max(1, 12 - column.count)) + column
        }
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
