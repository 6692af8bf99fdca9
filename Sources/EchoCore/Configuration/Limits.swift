/// The bounds of what a configuration may ask for. The schema in config/ states the same numbers; a test compares
/// them.
public enum Limits {
  /// The configuration file's size in bytes.
  public static let fileBytes = 1 << 20
  /// What systemctl(1) shows of socket units, in bytes: some 6000 a unit.
  public static let socketUnitBytes = 1 << 20
  /// How deep values may nest in the file.
  public static let jsonDepth = 32
  /// Characters of a text from the file that a message repeats.
  public static let excerptCharacters = 60
  /// Problems of one file that are listed; of the others their number is.
  public static let problems = 1000
  /// Listeners in a file.
  public static let listeners = 256
  /// A listener name's length in bytes.
  public static let nameBytes = 64
  /// Queues of one listener.
  public static let queues = 64
  /// Queues of all listeners together: Dispatch runs no more than 255 threads at once.
  public static let totalQueues = 250
  /// Prefixes in one access list.
  public static let prefixes = 10_000
  /// The longest drain, in seconds.
  public static let drainSeconds = 3600
  /// A socket buffer's least and greatest size in bytes.
  public static let socketBufferBytes = 4096...(1 << 30)
  /// A rate's and a burst's greatest value.
  public static let rate = 1_000_000_000
  /// The longest backlog; the kernel cuts it to net.core.somaxconn.
  public static let backlog = 65_535
  /// Connections of one listener.
  public static let connections = 1_000_000
  /// The longest idle timeout in seconds: a day.
  public static let idleTimeoutSeconds = 86_400
  /// A Unix socket's path in bytes: sun_path less its NUL, see unix(7).
  public static let unixPathBytes = 107
}
