@testable import EchoCore

/// Services that no configuration can ask for, to test what a queue does with the answers of a responder.
extension Service {
  /// Sends everything back after a delay.
  static func delayed(milliseconds: Int64) -> Service {
    .test { .reply(byteCount: $0.byteCount, delayMilliseconds: milliseconds) }
  }

  /// Answers as the closure does.
  static func test(
    needs: Needs = [], _ answer: @escaping @Sendable (borrowing ServiceRequest) -> Answer
  ) -> Service {
    Service(name: "test", summary: "a test's own", needs: needs) { _ in ResponderUnderTest(answer) }
  }
}

private final class ResponderUnderTest: Responder {
  private let closure: @Sendable (borrowing ServiceRequest) -> Answer

  init(_ closure: @escaping @Sendable (borrowing ServiceRequest) -> Answer) {
    self.closure = closure
  }

  func answer(_ request: borrowing ServiceRequest) -> Answer { closure(request) }
}

extension ServiceRequest {
  /// Writes a reply into the room, as far as it reaches.
  func write(_ reply: [UInt8]) -> Answer {
    room.copyBytes(from: reply.prefix(room.count))
    return .reply(byteCount: min(reply.count, room.count))
  }
}
