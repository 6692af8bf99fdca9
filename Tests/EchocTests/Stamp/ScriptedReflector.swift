import Addresses
import Dispatch
import EchoCore
import Sockets
import Synchronization
import Testing

@testable import echoc

/// A reflector on its own thread. It answers until it is stopped or nothing has come for a second.
final class ScriptedReflector: Sendable {
  private let socket: DatagramSocket
  private let script: @Sendable (Int, inout Reflection) -> Bool
  private let isStopped = Atomic(false)
  let endpoint: ServerEndpoint

  /// - Parameter script: gets the index of a request and changes the correct reply to it. Returns whether to send it.
  init(_ script: @escaping @Sendable (Int, inout Reflection) -> Bool) throws {
    socket = try DatagramSocket(boundTo: loopback(1))
    endpoint = try ServerEndpoint("stamp://\(try #require(try socket.descriptor.localEndpoint()))")
    self.script = script
    DispatchQueue(label: "reflector").async { self.run() }
  }

  func stop() { isStopped.store(true, ordering: .relaxed) }

  private func run() {
    var batch = DatagramBatch()
    var (index, counts) = (0, [Endpoint: UInt32]())
    while !isStopped.load(ordering: .relaxed) {
      guard (try? socket.descriptor.wait(for: .readable, milliseconds: 20)) == true,
        let count = try? batch.receive(from: socket)
      else { continue }
      for position in 0..<count {
        let datagram = batch.datagram(at: position)
        guard let source = datagram.source else { continue }
        let arrival = (SystemClock.epochNanoseconds() - midnight) / 1000
        let request = Array(datagram.room[..<datagram.byteCount])
        var reflection = Reflection(
          to: request, sequence: counts[source, default: 0], arrival: arrival, departure: arrival,
          hopLimit: 255)
        counts[source, default: 0] += 1
        defer { index += 1 }
        guard script(index, &reflection) else { continue }
        let reply = reflection.bytes
        datagram.room.copyBytes(from: reply)
        batch.reply(at: position, byteCount: reply.count, from: nil)
      }
      _ = batch.sendReplies(on: socket, patience: 1000)
    }
  }
}
