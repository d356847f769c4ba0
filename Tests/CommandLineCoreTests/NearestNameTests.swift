import Testing

@testable import Explained

@Test(
    "The distance of two words counts insertions, deletions, changes and swaps",
    arguments: [
        ("", "", 0), ("a", "", 1), ("", "ab", 2), ("stdin", "stidn", 1), ("kitten", "sitting", 3),
        ("ca", "abc", 3), ("abcd", "badc", 2), ("same", "same", 0),
    ])
func countsDistance(_ a: String, _ b: String, _ distance: Int) {
    #expect(NearestName.distance(Array(a), Array(b)) == distance)
    #expect(NearestName.distance(Array(b), Array(a)) == distance)
}

@Test("The nearest name is at most two mistakes away, or begun without doubt")
func findsNearest() {
    let names = ["connection", "secret", "send", "seal", "run"]
    #expect(NearestName.of("secert", among: names) == "secret")
    #expect(NearestName.of("SECRET", among: names) == "secret")
    #expect(NearestName.of("conection", among: names) == "connection")
    #expect(NearestName.of("conn", among: names) == "connection")
    #expect(NearestName.of("se", among: names) == nil)
    #expect(NearestName.of("rum", among: names) == "run")
    #expect(NearestName.of("rmu", among: names) == nil)
    #expect(NearestName.of("", among: names) == nil)
    #expect(NearestName.of(String(repeating: "s", count: 100_000), among: names) == nil)
}
