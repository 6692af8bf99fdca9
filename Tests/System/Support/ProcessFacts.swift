import Glibc
import SystemPackage
import Testing
import TestSupport

/// What the kernel tells of a running process. See proc(5).
struct ProcessFacts {
  static let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))

  let pid: pid_t

  /// How many descriptors it has open.
  var descriptors: Int {
    guard let directory = opendir("/proc/\(pid)/fd") else { return -1 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
  }

  /// What one of its descriptors is open on: a path, or something as `socket:[4711]`; `nil` when it is not open.
  func file(at descriptor: Int) -> String? { target(of: "fd/\(descriptor)") }

  /// The path of its program.
  var program: String? { target(of: "exe") }

  /// How much memory it has resident.
  var residentBytes: Int {
    let line = text(of: "status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    return (kibibytes ?? 0) * 1024
  }

  /// The processor time that it has used.
  var processorTicks: Int {
    // User and system time are the 14th and 15th field.
    statusFields.dropFirst(11).prefix(2).reduce(0) { $0 + (Int($1) ?? 0) }
  }

  /// Whether SIGSTOP has stopped it.
  var isStopped: Bool { statusFields.first == "T" }

  /// Whether it waits for something.
  var isSleeping: Bool { statusFields.first == "S" }

  /// From the third field on: the second is a name in parentheses, which may hold spaces.
  private var statusFields: [Substring] {
    text(of: "stat").split(separator: ")").last?.split(separator: " ") ?? []
  }

  /// The name of its program, as far as the kernel keeps it.
  var name: String { String(text(of: "comm").split(separator: "\n").first ?? "") }

  /// The processes that its first thread has started.
  var children: [ProcessFacts] {
    text(of: "task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }.map(
      ProcessFacts.init(pid:))
  }

  private func target(of link: String) -> String? {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(pid)/\(link)", &path, path.count)
    return count < 0 ? nil : String(decoding: path[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func text(of file: String) -> String {
    guard let descriptor = try? FileDescriptor.open("/proc/\(pid)/\(file)", .readOnly) else { return "" }
    defer { try? descriptor.close() }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = (try? buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }) ?? 0
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}

extension RunningProgram {
  /// Stops it while the body runs, so that it finds everything that comes meanwhile at once.
  func whileItIsStopped(_ body: () async throws -> Void) async throws {
    signal(SIGSTOP)
    let isStopped = await eventually { ProcessFacts(pid: pid).isStopped }
    try #require(isStopped)
    try await body()
    signal(SIGCONT)
  }
}
