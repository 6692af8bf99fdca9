import EchoCore
import Logging

// What an operator has to know about a listener when it starts or changes.

extension Listener {
  /// Logs who can reach it and what that means, and how it impairs its replies, unless the earlier listener meant the
  /// same.
  func sayWhatIsUnusual(since earlier: Listener? = nil, to logger: Logger) {
    warnOfExposure(since: earlier?.configuration, logger)
    sayImpairment(since: earlier, logger)
  }

  private func warnOfExposure(since earlier: ListenerConfiguration?, _ logger: Logger) {
    let address = endpoint.address
    if configuration.answerLowPorts, earlier?.answerLowPorts != true {
      logger.warning(
        """
        clients on ports below \(LoopGuard.firstUserPort) are answered; a service on such a port could answer every \
        reply, forever
        """
      )
    }
    if let exposure = Exposure(of: configuration, boundTo: address),
      exposure != earlier.flatMap({ Exposure(of: $0, boundTo: address) })
    {
      logger.log(level: exposure.level, "\(exposure.text)")
    }
    if let warning = ImpairmentNotice.warning(of: configuration, boundTo: address),
      earlier.flatMap({ ImpairmentNotice.warning(of: $0, boundTo: address) }) == nil
    {
      logger.warning("\(warning)")
    }
  }

  private func sayImpairment(since earlier: Listener?, _ logger: Logger) {
    let notice = ImpairmentNotice(of: policy.impairer)
    guard notice != ImpairmentNotice(of: earlier?.policy.impairer) else { return }
    logger.notice("\(notice?.text ?? ImpairmentNotice.end)")
  }
}
