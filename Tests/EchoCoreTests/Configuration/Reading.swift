@testable import EchoCore

/// The lines with which the reader refuses a text as the file `e.json`; none when it takes it.
func refusal(of text: String) -> [String] {
  do throws(ConfigurationProblems) {
    _ = try Configuration.read(Array(text.utf8))
    return []
  } catch {
    return error.lines(file: "e.json")
  }
}

/// The lines with which the reader refuses a value of a listener: the text of further members after its required ones.
func refusal(ofMember member: String, transport: Transport = .udp) -> [String] {
  refusal(
    of: "{\"listeners\": [{\"transport\": \"\(transport)\", \"port\": 7, \(member)}]}")
}

/// The first listener of a text that the reader takes.
func listener(_ members: String) throws -> ListenerConfiguration {
  let text = "{\"listeners\": [{\(members)}]}"
  return try Configuration.read(Array(text.utf8)).listeners[0]
}
