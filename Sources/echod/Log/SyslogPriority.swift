import Glibc
import Logging

extension Logger.Level {
  /// The level as syslog and the journal count it, from 2 (critical) to 7 (debug). See syslog(3).
  var syslogPriority: Int32 {
    switch self {
    case .trace, .debug: LOG_DEBUG
    case .info: LOG_INFO
    case .notice: LOG_NOTICE
    case .warning: LOG_WARNING
    case .error: LOG_ERR
    case .critical: LOG_CRIT
    }
  }
}
