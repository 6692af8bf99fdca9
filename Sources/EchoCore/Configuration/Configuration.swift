/// A configuration that passed every check.
public struct Configuration: Hashable, Sendable {
  /// The admin socket; `nil` for none.
  public var admin: AdminConfiguration? = .standard
  /// The grace period in seconds, 0 to 3600: how long shutdown waits for the last replies to be sent.
  public var drainSeconds = 5
  /// At least one, in the file's order; names are unique.
  public var listeners: [ListenerConfiguration] = []
}

extension Configuration: Keyed {
  static let keys: [Key<Configuration>] = [
    Key(
      "$schema", \.schemaName, ValueKind.string("a schema location").optional,
      "The location of this schema, for editors; echod ignores it."),
    Key(
      "admin", \.admin, .admin, "Where the statistics are served over HTTP; null turns the admin socket off."),
    Key(
      "drainSeconds", \.drainSeconds, .integer("a grace period in seconds", in: 0...3600),
      "The grace period: how many seconds shutdown waits for the last replies to be sent."),
    Key(
      "listeners", \.listeners, .listeners, missing: "a configuration needs at least one listener",
      "What echod serves. Each listener has a name and a socket of its own."),
  ]

  private var schemaName: String? {
    get { nil }
    set {}
  }

  /// The effective configuration as JSON, with defaults filled in. Reading it gives the same configuration.
  public var json: JSONValue { json() }

  /// The schema of a configuration file (JSON Schema 2020-12): `config/echod.schema.json`.
  static let fileSchema =
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "echod.json",
      "description": "The configuration of echod, an echo daemon for UDP and TCP.",
    ] + schema
}
