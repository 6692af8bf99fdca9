extension Service {
  /// Takes what comes and answers nothing (RFC 863).
  public static let discard = Service(
    name: "discard", summary: "takes what comes, answers nothing", replies: false
  ) { Discard() }
}

private final class Discard: Responder {
  func answer(_ request: borrowing ServiceRequest) -> Answer { .nothing }
}
