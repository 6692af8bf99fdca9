/// A media type that a resource can be sent as (RFC 9110, section 8.3.1).
struct MediaType: Sendable {
  /// A parameter; both parts are in lower case.
  struct Parameter: Hashable, Sendable {
    let name: String
    let value: String
  }

  /// A page for browsers.
  static let html = MediaType("text", "html", ["charset": "utf-8"])

  /// The type before the slash, in lower case.
  let type: String
  /// The type after the slash, in lower case.
  let subtype: String
  /// The parameters, in the order in which they are sent.
  let parameters: [Parameter]
  /// Parameters that are not sent, because the content is correct whatever value the client asks for.
  let impliedParameters: Set<String>

  /// Makes a media type from names in lower case.
  init(
    _ type: String, _ subtype: String, _ parameters: KeyValuePairs<String, String> = [:],
    implying impliedParameters: Set<String> = []
  ) {
    self.type = type
    self.subtype = subtype
    self.parameters = parameters.map(Parameter.init)
    self.impliedParameters = impliedParameters
  }

  /// The value of the Content-Type field.
  var contentType: String {
    "\(type)/\(subtype)" + parameters.map { "; \($0.name)=\($0.value)" }.joined()
  }

  /// Whether content of this type has that parameter.
  func has(_ parameter: Parameter) -> Bool {
    parameters.contains(parameter) || impliedParameters.contains(parameter.name)
  }
}
