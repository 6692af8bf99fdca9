import CSystemd
import EchoCore
import EchoServer
import Glibc
import Logging
import Sockets
import SystemPackage

/// Sends messages to systemd, and takes the sockets that it passed. Without systemd every call does nothing. No message
/// waits for systemd. See sd_notify(3).
enum ServiceManager {
  private static let link = getenv("NOTIFY_SOCKET").flatMap { ManagerLink(to: String(cString: $0)) }

  /// How much longer than the drain shutdown may take on a busy machine.
  static let stopMarginSeconds = 30

  /// The descriptor store; `nil` without systemd. Whether the unit has one is not known. Call it once.
  ///
  /// - Parameters:
  ///   - stored: as in ``ServiceManagerStore``.
  static func store(holding stored: [String: Set<UInt64>] = [:]) -> ServiceManagerStore? {
    link.map { ServiceManagerStore(over: $0, stored: stored) }
  }

  /// Everything is bound and served.
  static func ready(_ status: String) {
    notify(.state, ["READY=1"], status: status)
  }

  /// A reload begins; ``ready(_:)`` follows, also when it fails.
  static func reloading() {
    notify(
      .reloading, ["RELOADING=1", "MONOTONIC_USEC=\(SystemClock.monotonicMicroseconds())"],
      status: "Reloading the configuration.")
  }

  /// Shutdown begins, for this reason. It may take `drainSeconds` and ``stopMarginSeconds``, together possibly longer
  /// than TimeoutStopSec=. See sd_notify(3), EXTEND_TIMEOUT_USEC.
  static func stopping(_ status: String, drainSeconds: Int) {
    let microseconds = (drainSeconds + stopMarginSeconds) * 1_000_000
    notify(.state, ["STOPPING=1", "EXTEND_TIMEOUT_USEC=\(microseconds)"], status: status)
  }

  /// The daemon cannot start, for this reason, and is about to end. See sd_notify(3), STATUS.
  static func failed(_ status: String) {
    notify(.state, [], status: status, isLast: true)
  }

  /// Feeds systemd's watchdog twice per watchdog interval while the condition holds. Returns at once if there is no
  /// watchdog. See sd_watchdog_enabled(3).
  static func feedWatchdog(while isWell: () async -> Bool) async {
    var microseconds: UInt64 = 0
    guard sd_watchdog_enabled(0, &microseconds) > 0 else { return }
    while !Task.isCancelled {
      if await isWell() { notify(.watchdog, ["WATCHDOG=1"]) }
      try? await Task.sleep(for: .microseconds(Int64(clamping: microseconds / 2)))
    }
  }

  /// What the service manager has passed to this process.
  struct Passed {
    /// The sockets of socket units.
    var sockets = ActivationSockets()
    /// What the process before this one left in the descriptor store.
    var restoration = Restoration()

    fileprivate mutating func add(_ number: Int32, name: String) throws(Errno) {
      if try restoration.add(number, name: name) { return }
      try sockets.add(number, name: name)
    }
  }

  /// Takes what was passed. See sd_listen_fds_with_names(3).
  static func takePassed(logger: Logger) -> Passed {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count = sd_listen_fds_with_names(1, &names)
    defer { free(names) }
    if count < 0 {
      let error = Errno(rawValue: -count)
      logger.warning(
        "cannot use the passed sockets: \(error)", metadata: ["errno": "\(error.rawValue)"])
    }
    var passed = Passed()
    for index in 0..<max(0, count) {
      let text = names?[Int(index)]
      let name = text.map { String(cString: $0) } ?? "unknown"
      free(text)
      do throws(Errno) {
        try passed.add(SD_LISTEN_FDS_START + index, name: name)
      } catch {
        logger.warning(
          "cannot use the passed socket \"\(name)\": \(error)",
          metadata: ["listener": "\(name)", "errno": "\(error.rawValue)"])
      }
    }
    return passed
  }

  /// A status may quote a path, in which a newline would begin another assignment.
  private static func notify(
    _ kind: UnsentNotifications.Kind, _ assignments: [String], status: String? = nil, isLast: Bool = false
  ) {
    let status = status.map { ["STATUS=\(onOneLine($0.unicodeScalars))"] } ?? []
    link?.send((assignments + status).joined(separator: "\n"), kind, isLast: isLast)
  }
}
