extension Service {
  /// Sends back what came (RFC 862).
  public static let echo = Service(name: "echo", summary: "sends back what came") { Echo() }
}

private final class Echo: Responder {
  func answer(_ request: borrowing ServiceRequest) -> Answer {
    .reply(byteCount: request.byteCount)
  }
}
