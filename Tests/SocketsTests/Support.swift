import Addresses
import Glibc
@testable import Sockets
import SystemPackage
import TestSupport
import Testing

extension Endpoint {
  /// An endpoint of a literal; on a port of the kernel's choice unless told otherwise.
  static func at(_ address: String, port: UInt16 = 0) throws -> Endpoint {
    Endpoint(address: try #require(IPAddress(address)), port: port)
  }
}

/// How long a test waits for what must come.
let patience = Int32(PlainSocket.patienceSeconds) * 1000

/// Both ends of a connection: ours was accepted, the peer shares no code with it.
struct ConnectedPair: ~Copyable {
  let ours: StreamSocket
  let peer: PlainSocket

  init(on address: String = "127.0.0.1") throws {
    let listening = try ListeningSocket(boundTo: .at(address), backlog: 1)
    let peer = try PlainSocket(connectedTo: #require(try listening.descriptor.localEndpoint()))
    self.ours = try listening.acceptNext().takeSocket()
    self.peer = peer
  }
}

extension ListeningSocket {
  /// The connection that is on its way.
  func acceptNext() throws -> Accepted {
    while try descriptor.wait(for: .readable, milliseconds: patience) {
      if let accepted = try accept() { return accepted }
    }
    throw Errno.timedOut
  }
}

/// A directory that is removed with everything in it when its owner ends.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/echod-sockets-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
        }
        unlink("\(path)/\(name)")
      }
      closedir(directory)
    }
    rmdir(path)
  }

  /// A path in it.
  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// A pipe's two ends, open.
func makePipe() throws -> (reader: Int32, writer: Int32) {
  var numbers: [Int32] = [-1, -1]
  try #require(pipe(&numbers) == 0)
  // Programs that other tests start hold the ends until they run, and no longer: an end comes soon, not at once.
  for number in numbers { try #require(fcntl(number, F_SETFD, FD_CLOEXEC) == 0) }
  return (numbers[0], numbers[1])
}

/// Limits the descriptors of this process, even to fewer than are open. See getrlimit(2), RLIMIT_NOFILE.
func setDescriptorLimit(_ count: Int32) throws {
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  var limit = rlimit()
  try #require(getrlimit(resource, &limit) == 0)
  limit.rlim_cur = rlim_t(count)
  try #require(setrlimit(resource, &limit) == 0)
}

/// Limits them while the body runs. The leak sanitizer needs some when a process exits.
func withDescriptorLimit(_ count: Int32, _ body: () throws -> Void) throws {
  let usual = Int32(clamping: try #require(ProcessUsage.descriptorLimit()))
  try setDescriptorLimit(count)
  try body()
  try setDescriptorLimit(usual)
}
