/// A whole configuration that passed every check: what echod runs.
public struct Configuration: Hashable, Sendable {
  /// Where the figures are served, or `nil` for nowhere.
  public var admin: AdminEndpoint? = .standard
  /// How long a stop waits for what was received to be answered, in seconds: 0 to 3600.
  public var drainSeconds = 5
  /// At least one, in the file's order; names are unique.
  public var listeners: [ListenerConfiguration] = []

  /// Makes a configuration of checked values.
  public init(admin: AdminEndpoint?, drainSeconds: Int, listeners: [ListenerConfiguration]) {
    self.admin = admin
    self.drainSeconds = drainSeconds
    self.listeners = listeners
  }
}

extension Configuration: Keyed {
  static let keys: [Key<Configuration>] = [
    Key(
      "$schema", \.schemaName, ValueKind.string("the schema's name").optional,
      "The name of this schema, for editors; echod ignores it."),
    Key("admin", \.admin, .admin, "Where the figures are served over HTTP; null is nowhere."),
    Key(
      "drainSeconds", \.drainSeconds, .integer("a drain time in seconds", in: 0...3600),
      "How long a stop waits for what was received to be answered, in seconds."),
    Key(
      "listeners", \.listeners, .listeners, missing: "a configuration has at least one listener",
      "What echod serves. Their names are unique, and so are their sockets."),
  ]

  init() {}

  private var schemaName: String? {
    get { nil }
    set {}
  }

  /// The effective configuration as a file would state it, defaults filled in: reading it gives the same again.
  public var json: JSONValue { json() }

  /// The schema of a configuration file (JSON Schema 2020-12): `config/echod.schema.json`.
  static let fileSchema =
    [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "echod.json",
      "description": "The configuration of echod, an echo daemon for UDP and TCP.",
    ] + schema
}
