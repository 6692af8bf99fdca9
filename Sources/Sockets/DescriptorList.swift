/// Descriptors to be passed to another process in one message. The list does not own them: they have to stay open for as
/// long as it is used. See unix(7), SCM_RIGHTS.
public struct DescriptorList: Sendable {
  /// How many the kernel passes in one message (SCM_MAX_FD).
  public static let capacity = 253

  private(set) var numbers: [Int32] = []

  /// Makes an empty list.
  public init() {}

  /// How many there are.
  public var count: Int { numbers.count }

  /// Whether there are none.
  public var isEmpty: Bool { numbers.isEmpty }

  /// Whether there are ``capacity``.
  public var isFull: Bool { count == Self.capacity }

  /// Adds a descriptor to a list that is not full.
  public mutating func append(_ descriptor: borrowing Descriptor) {
    precondition(!isFull)
    numbers.append(descriptor.number)
  }
}
