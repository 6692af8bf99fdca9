import Testing

extension PackageTests {
  @Suite("The size and speed of the package")
  struct FiguresTests {
    /// How often the service is started to see how long that takes.
    private static let starts = 11

    /// Microseconds from the job's begin to READY=1. See org.freedesktop.systemd1(5).
    private func secondsToReady(_ machine: Machine) async throws -> Double {
      let script = """
        systemctl restart echod
        for moment in InactiveExit ActiveEnter; do
          systemctl show --property ${moment}TimestampMonotonic --value echod
        done
        """
      let moments = try await machine.succeed(script).split(separator: "\n").compactMap { Double($0) }
      try #require(moments.count == 2)
      return (moments[1] - moments[0]) / 1_000_000
    }

    @Test("are told, and at rest the daemon has 20 MB of memory or less")
    func figures() async throws {
      try await Machine.withEchod { machine in
        let installed = try await machine.succeed("dpkg-query --show --showformat '${Installed-Size}' echod")
        let status = "/proc/\(try await machine.mainProcess())/status"
        let resident = try await machine.succeed("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' \(status)")
        let kibibytes = try #require(Int(resident))
        #expect(kibibytes * 1024 <= 20_000_000)
        var seconds: [Double] = []
        for _ in 0..<Self.starts { seconds.append(try await secondsToReady(machine)) }
        seconds.sort()
        let milliseconds = [seconds[0], seconds[Self.starts / 2]].map { Int($0 * 1000) }
        print(
          """
          measured: installed \(installed) KiB; resident at rest \(kibibytes) KiB; from systemctl start to READY \
          \(milliseconds[0]) ms at best, \(milliseconds[1]) ms in the middle of \(Self.starts) starts
          """)
      }
    }
  }
}
