import Glibc

/// The programs of this package, as they were built together with the tests.
enum BuiltProgram {
  static let echoc = directory + "/echoc"
  static let echod = directory + "/echod"
  /// The library that injects faults.
  static let faults = directory + "/libFaults.so"

  /// Whether they have a sanitizer in them, which has memory of its own: the tests, built in the same way, have it too.
  static let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  /// Where they lie: beside the tests' own program.
  static let directory: String = {
    let program = ProcessFacts(pid: getpid()).program ?? ""
    return program.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }()
}
