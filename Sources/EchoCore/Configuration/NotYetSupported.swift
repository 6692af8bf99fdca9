extension ConfigurationReader {
  /// Reports what a listener asks for and this version does not do: a file that says so must not be taken for obeyed.
  mutating func reportNotYetSupported(_ draft: ListenerDraft) {
    let values = draft.values
    let standard = ListenerConfiguration(
      name: values.name, transport: values.transport, address: values.address, port: values.port,
      service: values.service)
    if values.maxConnectionsPerClient != standard.maxConnectionsPerClient {
      refuse(.maxConnectionsPerClient, of: draft, "limit a client's connections", "no limit")
    }
    if values.idleTimeoutSeconds != standard.idleTimeoutSeconds {
      refuse(.idleTimeoutSeconds, of: draft, "time idle connections out", "0, never")
    }
  }

  private mutating func refuse(
    _ key: ListenerKey, of draft: ListenerDraft, _ what: String, _ standard: String
  ) {
    report(
      draft.object.place(of: key),
      "this version cannot \(what) yet; leave it out (the default is \(standard))")
  }
}
