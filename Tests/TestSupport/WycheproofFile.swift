import Glibc
private import JSONCoding

/// A file of test vectors (`Fixtures/Wycheproof/README.md`).
package struct WycheproofFile<Group: Decodable>: Decodable {
    /// How many cases the file says it has.
    package let numberOfTests: Int
    /// The cases, by what they share.
    package let testGroups: [Group]

    /// Why a file cannot be read.
    private struct Unreadable: Error {
        let path: String
        let errno: Int32
    }

    /// Reads a file of the folder `Fixtures/Wycheproof`.
    package static func read(_ name: String) throws -> WycheproofFile {
        let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
        let path = folder + "/Fixtures/Wycheproof/" + name
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { throw Unreadable(path: path, errno: errno) }
        defer { close(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(file, &buffer, buffer.count)
            guard count > 0 else { return try JSONCoding.decode(from: text) }
            text += buffer[..<count]
        }
    }
}
