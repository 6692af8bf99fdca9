extension Service {
  /// Sends back what it receives with a-z turned into A-Z, byte by byte. Every other byte stays as it is, so text in
  /// UTF-8 stays valid and keeps its length.
  public static let uppercase = Service(
    name: "uppercase", summary: "sends back what it receives, with a-z in capitals"
  ) { _ in Uppercase() }
}

private final class Uppercase: Responder {
  func answer(_ request: borrowing ServiceRequest) -> Answer {
    let message = request.message
    for index in message.indices {
      let byte = message[index]
      // Without a branch, so that the compiler can do many bytes at once.
      message[index] = byte &- ((byte &- 0x61) < 26 ? 0x20 : 0)
    }
    return .reply(byteCount: request.byteCount)
  }
}
