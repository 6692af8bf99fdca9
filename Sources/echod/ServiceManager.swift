import CSystemd
import EchoCore
import EchoServer
import Glibc
import Logging
import Sockets
import SystemPackage

/// What systemd hears and gives, through libsystemd. Without systemd every call does nothing. See sd_notify(3).
enum ServiceManager {
  /// How long a stop may take beside its drain, on a busy machine.
  static let stopMarginSeconds = 30

  /// Everything is bound and served.
  static func ready(_ status: String) {
    notify(["READY=1"], status: status)
  }

  /// The configuration is read again; ``ready(_:)`` follows, whatever it comes to.
  static func reloading() {
    notify(
      ["RELOADING=1", "MONOTONIC_USEC=\(Host.monotonicMicroseconds())"],
      status: "Reading the configuration again.")
  }

  /// The end has begun, and takes no longer than the drain and ``stopMarginSeconds``: systemd's own patience,
  /// TimeoutStopSec=, may be less. See sd_notify(3), EXTEND_TIMEOUT_USEC.
  static func stopping(_ status: String, drainSeconds: Int) {
    let microseconds = (drainSeconds + stopMarginSeconds) * 1_000_000
    notify(["STOPPING=1", "EXTEND_TIMEOUT_USEC=\(microseconds)"], status: status)
  }

  /// Why the daemon ends without having begun. See sd_notify(3), ERRNO and STATUS.
  static func failed(_ status: String) {
    notify([], status: status)
  }

  /// Tells systemd's watchdog twice in each of its periods that all is well, but only if it is. Returns at once when
  /// no watchdog watches. See sd_watchdog_enabled(3).
  static func keepWatchdogFed(while isWell: () async -> Bool) async {
    var microseconds: UInt64 = 0
    guard sd_watchdog_enabled(0, &microseconds) > 0 else { return }
    while !Task.isCancelled {
      if await isWell() { notify(["WATCHDOG=1"]) }
      try? await Task.sleep(for: .microseconds(Int64(clamping: microseconds / 2)))
    }
  }

  /// Takes over the sockets that systemd passed. See sd_listen_fds_with_names(3).
  static func passedSockets(logger: Logger) -> ActivationSockets {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let count = sd_listen_fds_with_names(1, &names)
    defer { free(names) }
    if count < 0 {
      let error = Errno(rawValue: -count)
      logger.warning(
        "the sockets that were passed are of no use: \(error)", metadata: ["errno": "\(error.rawValue)"])
    }
    var sockets = ActivationSockets()
    for index in 0..<max(0, count) {
      let text = names?[Int(index)]
      let name = text.map { String(cString: $0) } ?? "unknown"
      free(text)
      do throws(Errno) {
        try sockets.add(SD_LISTEN_FDS_START + index, name: name)
      } catch {
        logger.warning(
          "the socket \"\(name)\" that was passed is of no use: \(error)",
          metadata: ["listener": "\(name)", "errno": "\(error.rawValue)"])
      }
    }
    return sockets
  }

  /// A status may quote a path, and a line of its own there would be an assignment.
  private static func notify(_ assignments: [String], status: String? = nil) {
    let status = status.map { ["STATUS=\(onOneLine($0.unicodeScalars))"] } ?? []
    sd_notify(0, (assignments + status).joined(separator: "\n"))
  }
}
