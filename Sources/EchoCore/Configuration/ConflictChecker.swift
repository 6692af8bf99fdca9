// Checks of all listeners together. Different addresses on one port are no conflict, wildcards included: the kernel
// gives a client to the most specific one. Nor are different interfaces. But of two sockets on the same address, one of
// them on an interface, the kernel picks the one that it finds first when they share their port (SO_REUSEPORT).

extension ConfigurationReader {
  /// Reports listeners with the same name or socket, and too many queues.
  mutating func reportConflicts(
    admin: AdminEndpoint?, isAdminWritten: Bool, at listeners: ConfigurationPath
  ) {
    reportSameNames()
    reportSameSockets(admin: admin, isAdminWritten: isAdminWritten)
    let queues = drafts.reduce(0) { $0 + $1.values.queues }
    if queues > Limits.totalQueues {
      report(
        listeners, "\(queues) queues in total; the limit for all listeners together is \(Limits.totalQueues)")
    }
  }

  private mutating func reportSameNames() {
    var owners: [String: ConfigurationPath] = [:]
    for draft in drafts {
      guard let name = draft.name else { continue }
      guard let owner = owners[name] else {
        owners[name] = draft.object.path
        continue
      }
      if let written = draft.object["name"] {
        report(written.path, "\"\(name)\" is already the name of \(owner.text); names must be unique")
      } else {
        report(
          draft.object.path(of: "name"),
          "the default name \"\(name)\" is already the name of \(owner.text); give this listener another name"
        )
      }
    }
  }

  private mutating func reportSameSockets(admin: AdminEndpoint?, isAdminWritten: Bool) {
    var owners: [BoundAddress: String] = [:]
    if let socket = admin.flatMap({ BoundAddress(of: $0) }) {
      owners[socket] = isAdminWritten ? "the admin socket" : "the admin socket (by default)"
    }
    var named = owners.map { ($0.key, "the admin socket") }
    for draft in drafts {
      guard let socket = draft.socket else { continue }
      let name = draft.name ?? draft.object.path.text
      if let owner = owners[socket] {
        report(draft.object.path(of: "port"), "\(socket) is already used by \(owner)")
      } else if let (other, owner) = named.first(where: { $0.0.isInTheWay(of: socket) }) {
        report(
          draft.object.path(of: "interface"),
          "\(name) (\(socket)) and \(owner) (\(other)) conflict: on one address and port, either both or neither "
            + "must have an interface")
      } else {
        owners[socket] = draft.object.path.text
        named.append((socket, name))
      }
    }
  }
}

extension BoundAddress {
  /// Whether both are on one address and port, and only one of them on an interface.
  fileprivate func isInTheWay(of other: BoundAddress) -> Bool {
    guard case .internet(_, let address, _, let interface) = self,
      case .internet(_, address, _, let otherInterface) = other
    else { return false }
    return sharesPort(with: other) && interface != otherInterface
  }
}
