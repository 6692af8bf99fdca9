import Glibc
import Testing

@Suite(
  "A reload, compared with a start",
  .enabled(if: TwoHosts.canBeMade, "network namespaces need root and ip(8)"))
struct ReloadPairsTests {
  private static func number(_ name: String, default fallback: Int) -> Int {
    getenv(name).flatMap { Int(String(cString: $0)) } ?? fallback
  }

  @Test("has the same result for pairs of random files, or changes nothing")
  func pairs() async throws {
    let count = Self.number("ECHOD_RELOAD_PAIRS", default: 80)
    let seed = Self.number("ECHOD_RELOAD_SEED", default: 1)
    let driver = PythonProgram(
      file: "Reload/pairs.py", arguments: [BuiltProgram.echod, "\(count)", "\(seed)"])
    let outcome = try await driver.run(input: "", deadlineSeconds: 60 + count)
    #expect(outcome.text.hasSuffix(" 0 differ\n") && outcome.errors == "")
    #expect(outcome.ending == .exit(0))
  }
}
