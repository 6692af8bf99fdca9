import Addresses
import TestSupport

/// Clients that misbehave.
extension Crowd {
  private static let chunk = noise(65_536)

  /// They send and never read, until echod ends them.
  func stall() async throws {
    let server = try endpoint(of: .stalled)
    let before = try await figures(of: .stalled).clients.total
    let sockets = try (0..<8).map { _ in
      let socket = try PlainSocket(.tcp)
      socket.setReceiveBuffer(4096)
      try socket.connect(to: server)
      return socket
    }
    let areEnded = try await eventually(every: .milliseconds(100)) {
      for socket in sockets { _ = socket.sendWhileItFits(Self.chunk) }
      let clients = try await figures(of: .stalled).clients
      return clients == Stats.Clients(current: 0, total: before + sockets.count)
    }
    guard areEnded else { throw WrongReply(description: "clients that never read are still there") }
  }

  /// A reset during a reply or before anything was sent, and a connection without a message.
  func beRude(_ seed: Int) async throws -> Tally {
    let server = try endpoint(of: .rude)
    for visit in 0..<60 {
      let socket = try PlainSocket(connectedTo: server)
      if (visit + seed) % 3 == 0 {
        _ = socket.sendWhileItFits(Self.chunk)
        if visit % 2 == 0 { _ = try await socket.receive(upTo: 1000) }
      }
      if (visit + seed) % 3 != 1 { socket.resetOnClose() }
      try await Self.pause()
    }
    return Tally()
  }

  /// Many times the limit, in bursts of a few with a pause after each.
  func flood(on socket: PlainSocket) async throws -> Tally {
    let server = try endpoint(of: .flooded)
    let message = Array(Self.chunk.prefix(64))
    for _ in 0..<50 {
      for _ in 0..<20 { try socket.send(message, to: server) }
      while socket.hasInput() {
        try WrongReply.unless(try await socket.receiveDatagram().bytes, is: message, "a flooder")
      }
      try await Self.pause()
    }
    return Tally()
  }

  private func figures(of listener: SoakListener) async throws -> Stats.Listener {
    guard let figures = try await daemon.stats()[listener: listener.rawValue] else {
      throw WrongReply(description: "no figures of \(listener)")
    }
    return figures
  }
}
