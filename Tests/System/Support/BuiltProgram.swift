import Glibc

/// The programs of this package, as they were built together with the tests.
enum BuiltProgram {
  static let echoc = directory + "/echoc"
  static let echod = directory + "/echod"
  /// The library that injects faults.
  static let faults = directory + "/libFaults.so"

  /// Where they lie: beside the tests' own program.
  static let directory: String = {
    let program = ProcessFacts(pid: getpid()).program ?? ""
    return program.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }()
}
