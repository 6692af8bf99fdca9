/// A state that fits its limit, with contents left out where necessary.
struct StateRoom {
  /// What is left.
  private(set) var state: RestartState
  /// How many bytes it takes.
  private(set) var byteCount: Int
  /// What was left out: phrases for the log.
  private(set) var leftOut: [String] = []

  /// - Parameter limit: how many bytes the state may take.
  init(_ state: RestartState, limit: Int) {
    self.state = state
    if state.configuration.utf8.count > RestartState.configurationBytes {
      self.state.configuration = ""
      leftOut.append("the configuration")
    }
    var bare = self.state
    var contents = 0
    for content in state.contents {
      contents += content.byteCount
      bare.remove(content)
    }
    var writer = StateWriter()
    bare.write(to: &writer)
    byteCount = writer.bytes.count + contents
    if byteCount > limit { leaveOut(to: limit) }
  }

  /// Orders contents: the most dispensable kind first, and within a kind the largest first.
  private mutating func leaveOut(to limit: Int) {
    let contents = state.contents.sorted {
      ($0.kind.rank, -$0.byteCount, $0.listener, $0.index) < (
        $1.kind.rank, -$1.byteCount, $1.listener, $1.index
      )
    }
    var counts: [Content.Group: Int] = [:]
    var groups: [Content.Group] = []
    for content in contents {
      guard byteCount > limit else { break }
      state.remove(content)
      byteCount -= content.byteCount
      let group = Content.Group(kind: content.kind, listener: content.listener)
      if counts.updateValue((counts[group] ?? 0) + 1, forKey: group) == nil { groups.append(group) }
    }
    leftOut += groups.map {
      $0.kind.phrase(counts[$0] ?? 0) + " of listener " + state.listeners[$0.listener].name
    }
  }
}

/// Something of variable size that a state can lack.
private struct Content {
  enum Kind {
    case clients, impaired, proxied, responder, limiter, header, buffers

    /// Those with a lower one are left out first.
    var rank: Int {
      switch self {
      case .clients: 0
      case .impaired, .proxied, .responder, .limiter: 1
      case .header: 2
      // Without them, a connection is lost.
      case .buffers: 3
      }
    }

    func phrase(_ count: Int) -> String {
      let connections = count == 1 ? "1 connection" : "\(count) connections"
      return switch self {
      case .clients: "the clients"
      case .impaired: "the impaired clients"
      case .proxied: "the clients behind proxies"
      case .responder: "the sessions"
      case .limiter: "the rate limits"
      case .header: "the PROXY headers of \(connections)"
      case .buffers: "the unsent bytes of \(connections)"
      }
    }
  }

  struct Group: Hashable {
    let kind: Kind
    let listener: Int
  }

  let kind: Kind
  /// The positions in their lists.
  let listener: Int
  let index: Int
  let byteCount: Int
}

extension RestartState {
  /// Everything that it can lack.
  fileprivate var contents: [Content] {
    var contents: [Content] = []
    func add(_ kind: Content.Kind, _ listener: Int, _ index: Int, _ bytes: [UInt8], _ more: [UInt8] = []) {
      let byteCount = bytes.count + more.count
      guard byteCount > 0 else { return }
      contents.append(Content(kind: kind, listener: listener, index: index, byteCount: byteCount))
    }
    for (number, listener) in listeners.enumerated() {
      add(.limiter, number, 0, listener.limiter)
      for (index, socket) in listener.sockets.enumerated() {
        add(.clients, number, index, socket.clients)
        add(.impaired, number, index, socket.impaired)
        add(.proxied, number, index, socket.proxied)
        add(.responder, number, index, socket.responder)
      }
      for (index, connection) in listener.connections.enumerated() {
        add(.header, number, index, connection.header)
        add(.buffers, number, index, connection.preface, connection.unsent)
      }
    }
    return contents
  }

  fileprivate mutating func remove(_ content: Content) {
    switch content.kind {
    case .limiter: listeners[content.listener].limiter = []
    case .clients: listeners[content.listener].sockets[content.index].clients = []
    case .impaired: listeners[content.listener].sockets[content.index].impaired = []
    case .proxied: listeners[content.listener].sockets[content.index].proxied = []
    case .responder: listeners[content.listener].sockets[content.index].responder = []
    case .header: listeners[content.listener].connections[content.index].header = []
    case .buffers: listeners[content.listener].connections[content.index].removeBuffers()
    }
  }
}

extension ConnectionState {
  /// Removes the bytes that were received and the bytes that are owed: see ``lacksBytes``.
  fileprivate mutating func removeBuffers() {
    (phase, preface, unsent) = (.sending, [], [])
  }
}
