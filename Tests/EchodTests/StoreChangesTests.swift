import Addresses
import Sockets
import Testing

@testable import EchoServer
@testable import echod

@Suite("What the descriptor store has to be told")
struct StoreChangesTests {
  /// Sends everything, and returns the first lines and names of the messages.
  private func sent(_ changes: inout StoreChanges, successfully: Bool = true) -> [String] {
    var texts: [String] = []
    while let message = changes.first {
      let lines = message.text.split(separator: "\n")
      texts.append("\(lines[0].prefix { $0 != "=" }) \(lines[1].dropFirst("FDNAME=".count))")
      changes.removeFirst(wasSent: successfully)
    }
    #expect(changes.isEmpty)
    return texts
  }

  @Test("is each name with all of its sockets, once")
  func first() throws {
    let sockets = [try kept("a", count: 2), try kept("b", count: 1)]
    var changes = StoreChanges()
    changes.keep(sockets)
    #expect(changes.first?.text == "FDSTORE=1\nFDNAME=a\nFDPOLL=0" && changes.first?.descriptors.count == 2)
    #expect(sent(&changes) == ["FDSTORE a", "FDSTORE b"])
    changes.keep(sockets.reversed())
    #expect(changes.isEmpty)
  }

  @Test("is removed before anything is stored: names that are gone, and those whose sockets changed")
  func order() throws {
    let sockets = [try kept("a", count: 1), try kept("b", count: 1), try kept("c", count: 1)]
    var changes = StoreChanges()
    changes.keep(sockets)
    _ = sent(&changes)
    // The port of c has another name.
    let moved = KeptSockets(name: "new", sockets[2].sockets)
    let grown = KeptSockets(name: "b", sockets[1].sockets + (try kept("b", count: 1).sockets))
    changes.keep([moved, sockets[0], grown])
    #expect(changes.first?.text == "FDSTOREREMOVE=1\nFDNAME=b" && changes.first?.descriptors.isEmpty == true)
    #expect(sent(&changes) == ["FDSTOREREMOVE b", "FDSTOREREMOVE c", "FDSTORE new", "FDSTORE b"])
  }

  @Test("is the difference from what was asked for last, however often that changed before")
  func newest() throws {
    let (old, new) = (try kept("a", count: 1), try kept("a", count: 1))
    var changes = StoreChanges()
    changes.keep([old])
    changes.keep([new, try kept("b", count: 1)])
    changes.keep([new])
    #expect(sent(&changes) == ["FDSTORE a"])
    for _ in 0..<3 {
      changes.keep([old])
      changes.keep([])
      changes.keep([new])
    }
    #expect(sent(&changes) == ["FDSTOREREMOVE a", "FDSTORE a"])
    changes.keep([new])
    #expect(changes.isEmpty)
  }

  @Test("is nothing where the store has the same sockets from an earlier process")
  func earlier() throws {
    let (same, changed) = (try kept("same", count: 2), try kept("changed", count: 1))
    var changes = StoreChanges(stored: ["same": Set(same.numbers), "changed": [1], "gone": [2, 3]])
    changes.keep([same, changed])
    #expect(sent(&changes) == ["FDSTOREREMOVE changed", "FDSTOREREMOVE gone", "FDSTORE changed"])
  }

  @Test("is what is to be removed, once, whether it was kept or not")
  func removed() throws {
    let sockets = try kept("a", count: 1)
    var changes = StoreChanges()
    changes.keep([sockets])
    changes.remove(["a", "state"])
    changes.remove(["state"])
    #expect(sent(&changes) == ["FDSTOREREMOVE a", "FDSTOREREMOVE state"])
    changes.keep([sockets])
    #expect(sent(&changes) == ["FDSTORE a"])
  }

  @Test("is sent again with the next change if it could not be sent")
  func failed() throws {
    let sockets = try kept("a", count: 1)
    var changes = StoreChanges()
    changes.keep([sockets])
    _ = sent(&changes, successfully: false)
    changes.keep([sockets])
    #expect(sent(&changes) == ["FDSTORE a"])
  }

  @Test("keeps sockets open while they wait, and no longer")
  func lifetime() throws {
    var changes = StoreChanges()
    weak var socket: SharedSocket<DatagramSocket>?
    try {
      let waiting = SharedSocket(try DatagramSocket(boundTo: Endpoint(address: .loopbackIPv4, port: 0)))
      socket = waiting
      changes.keep([KeptSockets(name: "a", [.udp(waiting)])])
    }()
    #expect(socket != nil)
    _ = sent(&changes)
    #expect(socket == nil)
  }
}
