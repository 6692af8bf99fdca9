import EchoCore

extension Resource {
  /// Whether echod is serving.
  static let health = Resource(
    path: "/healthz", summary: "200 while echod is serving, otherwise 503",
    content: .ofState { state in
      switch state {
      case .running, .reloading: Response(status: .ok, sentence: "ok")
      case .starting, .stopping: Response(status: .serviceUnavailable, sentence: state.rawValue)
      }
    })
}
