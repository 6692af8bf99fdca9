import Logging
import Synchronization
import Testing

@testable import echod

@Suite("The log handler")
struct DaemonLogHandlerTests {
  private final class Log: Sendable {
    let events = Mutex<[LogEvent]>([])

    var logger: Logger {
      Logger(label: "test") { _ in DaemonLogHandler { event in self.events.withLock { $0.append(event) } } }
    }
  }

  @Test("begins what a listener's logger says with the listener's name, and nothing else")
  func listener() {
    let log = Log()
    var logger = log.logger
    logger.info("of the daemon", metadata: ["listener": "other"])
    logger[metadataKey: "listener"] = "web"
    logger.info("of the listener", metadata: ["client": "192.0.2.1:5000"])
    let messages = log.events.withLock { $0.map(\.message.description) }
    #expect(messages == ["of the daemon", "web: of the listener"])
  }

  @Test("passes on the metadata of logger and message; the message's takes precedence")
  func metadata() {
    let log = Log()
    var logger = log.logger
    logger[metadataKey: "listener"] = "web"
    logger[metadataKey: "port"] = "1"
    logger.info("message", metadata: ["port": "2", "errno": "98"])
    let metadata = log.events.withLock { $0.first?.metadata }
    #expect(metadata == ["listener": "web", "port": "2", "errno": "98"])
  }

  @Test("is a value: changing one logger changes no other")
  func value() {
    let one = Log().logger
    var other = one
    other.logLevel = .error
    other[metadataKey: "listener"] = "web"
    #expect(one.logLevel == .info && one[metadataKey: "listener"] == nil)
    #expect(other.logLevel == .error && other[metadataKey: "listener"] == "web")
  }
}
