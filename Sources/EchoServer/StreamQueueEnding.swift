import EchoCore
import Sockets
import SystemPackage

/// How connections end: one that is finished, one that fell silent, and all of them at a stop.
extension StreamQueue {
  func endIntake(leavingSocket fate: SocketFate) {
    isDraining = true
    switch fate {
    case .closed: closeIntake()
    case .handedOver: acceptor.close()
    case .unserved:
      acceptor.resume()
      acceptor.acceptAll(admit)
      // At a shortage some are left. Waiting for room, it would compete with whoever disconnects clients from now on.
      acceptor.close()
    }
  }

  /// What completed its handshake counts as received, and ending the socket would reset it: all of it is accepted
  /// first. At a shortage that takes until others have left.
  private func closeIntake() {
    acceptor.acceptAll(admit)
    if !acceptor.isPaused { stopListening() }
  }

  /// At once, and not with the last connection: the kernel would go on giving clients to a socket that nobody serves.
  private func stopListening() {
    acceptor.close()
    try? acceptor.listening.socket.stopListening()
  }

  func hasten(to deadline: Int64) {
    drainDeadline = min(drainDeadline, deadline)
  }

  func drain(until deadline: Int64) async {
    hasten(to: deadline)
    repeat {
      loop.refreshClock()
      lookAfterDraining()
    } while await somethingIsLeft()
    refusals.endOfInterval()
    loop.stop()
  }

  private func lookAfterDraining() {
    let isOver = loop.now >= drainDeadline
    if !acceptor.isClosed {
      acceptor.resume()
      isOver ? stopListening() : closeIntake()
    }
    for (slot, connection) in connections.entries {
      // Room to send more is an event; that nothing more is to be read is none.
      if connection.phase != .sending, !connection.isResting { serve(connection, in: slot) }
      // A peer whose kernel has everything, our end included, and that sent nothing since, loses nothing by a close.
      let isHome =
        connection.phase.isLingering && !connection.receivedAfterEnd && connection.socket.isAcknowledged
      if isOver || isHome { close(slot) }
    }
  }

  private func somethingIsLeft() async -> Bool {
    if connections.isEmpty, acceptor.isClosed { return false }
    await withCheckedContinuation { continuation in
      executor.perform(afterMilliseconds: Self.drainPaceMilliseconds) { continuation.resume() }
    }
    return true
  }

  /// Sends our end and gives the peer some time to send its own.
  func finish(_ connection: Connection, in slot: Int) {
    do throws(Errno) {
      try connection.finish(at: loop.now)
      scheduleLingerCheck()
    } catch {
      // The peer is gone.
      close(slot)
    }
  }

  private func scheduleLingerCheck() {
    guard !lingerIsScheduled else { return }
    lingerIsScheduled = true
    executor.perform(afterMilliseconds: Self.lingerPaceMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.checkLingering() }
    }
  }

  private func checkLingering() {
    lingerIsScheduled = false
    loop.refreshClock()
    for (slot, connection) in connections.entries {
      guard case .lingering(let deadline, _) = connection.phase else { continue }
      if loop.now >= deadline { close(slot) } else { scheduleLingerCheck() }
    }
  }

  /// A timer runs while there are connections that can fall silent, and no other time.
  func scheduleIdleCheck() {
    guard idleTimeoutMilliseconds != nil, !idleCheckIsScheduled else { return }
    idleCheckIsScheduled = true
    executor.perform(afterMilliseconds: Self.idlePaceMilliseconds) { [weak self] in
      self?.assumeIsolated { $0.closeIdle() }
    }
  }

  private func closeIdle() {
    idleCheckIsScheduled = false
    guard let idleTimeoutMilliseconds else { return }
    loop.refreshClock()
    for (slot, connection) in connections.entries
    where loop.now - connection.activeAt >= idleTimeoutMilliseconds && !connection.phase.isLingering {
      if connection.phase == .sending {
        refusals.drop(.sendFailed, of: connection.peer)
        connection.socket.resetOnClose()
      }
      close(slot)
    }
    if !connections.isEmpty { scheduleIdleCheck() }
  }

  func close(_ slot: Int) {
    guard let connection = connections.remove(at: slot) else { return }
    counters.clientsCurrent.subtract()
    if let peer = connection.peer { budgets.perClient?.giveBack(for: peer.address) }
    budgets.listener.giveBack()
    budgets.process.giveBack()
    acceptor.resume()
  }
}
