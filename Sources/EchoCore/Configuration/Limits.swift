/// The limits of a configuration, except the bounds of a single key, which are in its row.
public enum Limits {
  /// The configuration file's size in bytes.
  public static let fileBytes = 1 << 20
  /// The output of systemctl(1) for socket units, in bytes: about 6000 for each unit.
  public static let socketUnitBytes = 1 << 20
  /// How deeply values may be nested in the file.
  public static let jsonDepth = 32
  /// Characters of a text from the file that a message quotes.
  public static let excerptCharacters = 60
  /// Problems of one file that are listed; the others are counted.
  public static let problems = 1000
  /// Listeners in a file: each has at least one queue.
  public static let listeners = totalQueues
  /// A listener name's length in bytes.
  public static let nameBytes = 64
  /// Names that the admin socket answers to.
  public static let adminHosts = 64
  /// A host name's length in bytes (RFC 1035, section 2.3.4).
  public static let hostNameBytes = 253
  /// Queues of all listeners together: Dispatch runs no more than 255 threads at once, and a busy queue occupies one.
  /// The other threads are for the server, the roll call, the admin socket, the unserved sockets and the signals.
  public static let totalQueues = 250
  /// Networks in one access list.
  public static let prefixes = 10_000
  /// The highest rate and burst.
  public static let rate = 1_000_000_000
  /// The longest backlog; the kernel reduces it to net.core.somaxconn.
  public static let backlog = 65_535
  /// A Unix socket's path in bytes: sun_path without its NUL. See unix(7).
  public static let unixPathBytes = 107
}
