import Glibc
import Testing

/// `scripts/setup` on this machine, which has all of the packages; `scripts/test-bare` runs it on one that has none.
@Suite("The set-up")
struct SetupTests {
  private static let path = Repository.path(of: "scripts/setup")
  private static let systemPath = "/usr/sbin:/usr/bin:/sbin:/bin"
  private static let isRoot = getuid() == 0

  /// Runs it with a `swift` that is a script of the shell.
  private func run(
    swift script: String = "echo Swift version 6.3", wrapper: [String] = []
  ) async throws -> RunningProgram.Outcome {
    try await TemporaryDirectory.with { directory in
      try TemporaryFile.write("#!/bin/sh\n\(script)\n", to: "\(directory)/swift")
      chmod("\(directory)/swift", 0o755)
      let command = wrapper + [Self.path, "build"]
      return try await RunningProgram.run(
        command[0], Array(command.dropFirst()), environment: ["PATH": "\(directory):\(Self.systemPath)"])
    }
  }

  @Test("accepts a toolchain that runs and is new enough", arguments: ["6.2", "6.10.1", "7.0-dev"])
  func right(version: String) async throws {
    let outcome = try await run(swift: "echo 'Swift version \(version) (swift-\(version)-RELEASE)'")
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome.errors)")
  }

  @Test("says that a toolchain is too old")
  func old() async throws {
    let outcome = try await run(swift: "echo 'Swift version 6.1.2 (swift-6.1.2-RELEASE)'")
    #expect(outcome.ending == .exit(1))
    #expect(outcome.errors.hasSuffix("is 6.1.2; echod needs 6.2 or newer.\n"), "\(outcome.errors)")
  }

  @Test("says why a toolchain does not run")
  func broken() async throws {
    let complaint = "swift: error while loading shared libraries: libncurses.so.6: not found"
    let outcome = try await run(swift: "echo '\(complaint)' >&2; exit 127")
    #expect(outcome.ending == .exit(1))
    #expect(outcome.errors.hasSuffix("does not run: \(complaint)\n"), "\(outcome.errors)")
  }

  @Test("says that there is no toolchain, and where to get one")
  func missing() async throws {
    let outcome = try await RunningProgram.run(
      Self.path, ["build"], environment: ["PATH": Self.systemPath])
    #expect(outcome.ending == .exit(1))
    #expect(outcome.errors.hasPrefix("Swift is missing: install a toolchain of version 6.2 or newer"))
    #expect(outcome.errors.contains("https://www.swift.org/install/linux/"))
  }

  @Test("names what is needed on a system that has no apt", .enabled(if: isRoot, "only root can mount"))
  func otherSystem() async throws {
    let release = "ID=fedora\nVERSION_ID=44\nPRETTY_NAME='Fedora Linux 44'\n"
    let outcome = try await TemporaryFile.with(release) { file in
      let script = "mount --bind \(file) /etc/os-release && exec \"$@\""
      return try await run(wrapper: ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh"])
    }
    #expect(outcome.ending == .exit(0), "\(outcome.errors)")
    #expect(
      outcome.text.hasPrefix(
        "Fedora Linux 44 is neither Debian nor Ubuntu, so nothing was installed. Install the equivalents of"))
    for package in ["libncurses-dev", "g++", "libsystemd-dev"] { #expect(outcome.text.contains(package)) }
  }
}
