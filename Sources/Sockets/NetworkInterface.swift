import Glibc

/// The network interfaces of this machine. See netdevice(7).
public enum NetworkInterface {
  /// The index of the interface with that name; `nil` if there is none. See if_nametoindex(3).
  public static func index(of name: String) -> UInt32? {
    let index = if_nametoindex(name)
    return index == 0 ? nil : index
  }

  /// The name of the interface with that index; `nil` if there is none. See if_indextoname(3).
  static func name(of index: UInt32) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(IF_NAMESIZE)) { name in
      if_indextoname(index, name.baseAddress).map { String(cString: $0) }
    }
  }
}
