import Testing

@testable import echoc

@Suite("The source address")
struct SourceAddressTests {
  @Test(
    "is an IP address, with its zone if it needs one",
    arguments: [
      ("somewhere", SourceAddress.Problem.notAnAddress("somewhere")), ("lo", .interface("lo")),
      ("fe80::1", .lacksZone("fe80::1")), ("fe80::1%nowhere", .noInterface("nowhere")),
    ])
  func source(text: String, problem: SourceAddress.Problem) throws {
    #expect(throws: problem) { try SourceAddress(text) }
    #expect(try SourceAddress("fe80::1%lo").endpoint.scope > 0)
  }
}
