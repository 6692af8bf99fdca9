/// The bounds of what a configuration may ask for, but for those of one key alone, which its row states.
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
  /// Queues of all listeners together: Dispatch runs no more than 255 threads at once.
  public static let totalQueues = 250
  /// Prefixes in one access list.
  public static let prefixes = 10_000
  /// A rate's and a burst's greatest value.
  public static let rate = 1_000_000_000
  /// The longest backlog; the kernel cuts it to net.core.somaxconn.
  public static let backlog = 65_535
  /// A Unix socket's path in bytes: sun_path less its NUL, see unix(7).
  public static let unixPathBytes = 107
}
