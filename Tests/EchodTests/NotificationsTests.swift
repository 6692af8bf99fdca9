import Glibc
import TestSupport
import Testing

@testable import echod

@Suite("Notifications of the service manager")
struct NotificationsTests {
  @Test("are sent in order: the watchdog first, and a state after its reload")
  func order() {
    var unsent = UnsentNotifications()
    unsent.add("RELOADING=1", .reloading)
    unsent.add("READY=1", .state)
    unsent.add("WATCHDOG=1", .watchdog)
    var texts: [String] = []
    while let (kind, text) = unsent.first {
      texts.append(text)
      unsent.remove(kind)
    }
    #expect(texts == ["WATCHDOG=1", "RELOADING=1", "READY=1"] && unsent.isEmpty)
  }

  @Test("are the latest of each kind: a new reload makes the state before it obsolete")
  func latest() {
    var unsent = UnsentNotifications()
    for number in 1...3 {
      unsent.add("RELOADING=\(number)", .reloading)
      #expect(unsent.first?.text == "RELOADING=\(number)")
      unsent.remove(.reloading)
      #expect(unsent.isEmpty)
      unsent.add("RELOADING=\(number)", .reloading)
      unsent.add("READY=\(number)", .state)
    }
    #expect(unsent.first?.text == "RELOADING=3")
    unsent.remove(.reloading)
    #expect(unsent.first?.text == "READY=3")
    unsent.add("STOPPING=1", .state)
    #expect(unsent.first?.text == "STOPPING=1")
  }

  @Test("never wait, and arrive in order once there is room")
  func full() async throws {
    let path = "/tmp/echod-notify-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let manager = try PlainSocket(hearingAtUnixPath: path)
    defer { unlink(path) }
    let link = try #require(ManagerLink(to: path))
    for number in 1...1000 {
      link.send("RELOADING=\(number)", .reloading)
      link.send("READY=\(number)", .state)
      link.send("WATCHDOG=\(number)", .watchdog)
    }
    var texts: [String] = []
    while texts.suffix(3) != ["WATCHDOG=1000", "RELOADING=1000", "READY=1000"] {
      texts.append(String(decoding: try await manager.receive(), as: UTF8.self))
    }
    #expect(texts.count < 1000)
    #expect(!manager.hasInput())
  }
}
