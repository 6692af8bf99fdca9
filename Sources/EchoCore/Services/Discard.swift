extension Service {
  /// Receives everything and sends nothing (RFC 863).
  public static let discard = Service(
    name: "discard", summary: "receives everything and sends nothing", replies: false
  ) { _ in Discard() }
}

private final class Discard: Responder {
  func answer(_ request: borrowing ServiceRequest) -> Answer { .nothing }
}
