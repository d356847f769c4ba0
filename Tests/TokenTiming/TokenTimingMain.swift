// Measures whether the time of an answer tells unknown, wrong and right tokens apart.
//
// Each try is a login at the sandbox, which does for all of them what every request does: look the
// token up, decide, and write the decision to the audit log. The kinds take turns, so that what else
// the machine does meets them alike.
import Access
import Delivery
import Glibc
import Operations
import Sodium
import VaultModel

/// A kind of token, and how long the answers to it took.
private struct Kind {
    let name: String
    let token: [UInt8]
    var times: [Duration] = []

    init(_ name: String, _ token: [UInt8]) {
        self.name = name
        self.token = token
    }

    /// The median in microseconds.
    var median: Double {
        let sorted = times.sorted()
        return sorted[sorted.count / 2] / .microseconds(1)
    }
}

/// The digits of tokens.
private let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

/// A token's text with another accessor, and the checksum for it.
private func withAccessor(_ accessor: [UInt8], _ token: [UInt8]) -> [UInt8] {
    var text = Array("sgt_".utf8) + accessor + token[16..<60] + [UInt8(ascii: "_")]
    var sum: UInt32 = .max
    for byte in text.dropLast() {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
    }
    var value = Int(~sum)
    var digits: [UInt8] = []
    for _ in 0..<6 {
        digits.append(alphabet[value % 62])
        value /= 62
    }
    text += digits.reversed()
    return text
}

private func bytes(_ secret: SecretParcel?) -> [UInt8] {
    guard let secret = secret?.take() else { return [] }
    return secret.withSpan { span in span.indices.map { span[$0] } }
}

/// Makes a vault with a hundred tokens and measures; whether all differences are below the bar.
private func measure(in folder: String, tries: Int, bar: Double) async throws -> Bool {
    try SodiumRuntime.start(allowSwap: true)
    let vault = try await VaultService.create(
        home: VaultHome(path: folder + "/home"), keyFile: nil, withRecoveryCode: false,
        settings: DeliverySettings()
    ).service
    let scope = try TokenScope(parsing: "sandbox:send@mine")
    let inbox = try ResourceName("mine")
    var made: [[UInt8]] = []
    for _ in 0..<100 {
        let reply = try await vault.perform(
            CreateToken(scopes: [scope], seconds: nil, label: ""), from: .local(user: geteuid()))
        made.append(bytes(reply.secret))
    }
    let stranger = bytes(SecretParcel(try TokenText.create()))
    let right = made[50]
    var kinds = [
        Kind("unknown accessor", stranger),
        Kind("known accessor, wrong secret", withAccessor(Array(right[4..<16]), stranger)),
        Kind("right", right),
    ]
    for round in 0..<tries + 20 {
        for index in kinds.indices.shuffled() {
            let text = kinds[index].token
            let parcel = SecretParcel(try SecretBytes(copying: text.span))
            let source = RequestSource.local(user: UInt32(round / 100 * 10 + index))
            let start = ContinuousClock.now
            let ticket = await vault.mayDeliver(to: inbox, with: parcel, from: source)
            let time = ContinuousClock.now - start
            precondition((ticket != nil) == (index == 2), "the right one alone is let in")
            if round >= 20 { kinds[index].times.append(time) }
        }
    }
    await vault.close()
    for kind in kinds { print("\(kind.name): median \(tenths(kind.median)) us of \(tries)") }
    var isBelow = true
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        let (a, b) = (kinds[one].median, kinds[other].median)
        let difference = abs(a - b) / max(a, b) * 100
        isBelow = isBelow && difference < bar
        print("\(kinds[one].name) and \(kinds[other].name): \(tenths(difference)) % apart")
    }
    return isBelow
}

private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }

/// Measures in a folder of its own; the first argument is how many tries.
@main
enum TokenTiming {
    static func main() async throws {
        let parent = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        var template = Array("\(parent)/signet-timing-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { preconditionFailure("no folder can be made") }
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let tries = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
        let isBelow = try await measure(in: folder, tries: tries, bar: 5)
        _ = unsafe system("rm -rf '\(folder)'")
        exit(isBelow ? 0 : 1)
    }
}
