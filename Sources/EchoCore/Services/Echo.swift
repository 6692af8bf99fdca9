extension Service {
  /// Sends back what it receives (RFC 862).
  public static let echo = Service(name: "echo", summary: "sends back what it receives") { _ in Echo() }
}

private final class Echo: Responder {
  func answer(_ request: borrowing ServiceRequest) -> Answer {
    .reply(byteCount: request.byteCount)
  }
}
