@testable import EchoCore

/// The lines with which the reader refuses a text as the file `e.json`; none when it takes it.
func refusal(of text: String, refusesNotYetSupported: Bool = true) -> [String] {
  do throws(ConfigurationProblems) {
    _ = try ConfigurationReader.read(Array(text.utf8), refusesNotYetSupported: refusesNotYetSupported)
    return []
  } catch {
    return error.lines(file: "e.json")
  }
}

/// The lines with which the reader refuses a value of a listener: the text of further members after its required ones.
func refusal(ofMember member: String, transport: Transport = .udp) -> [String] {
  refusal(
    of: "{\"listeners\": [{\"transport\": \"\(transport)\", \"port\": 7, \(member)}]}",
    refusesNotYetSupported: false)
}

/// The first listener of a text that the reader takes, without regard to what is not supported yet.
func listener(_ members: String) throws -> ListenerConfiguration {
  let text = "{\"listeners\": [{\(members)}]}"
  return try ConfigurationReader.read(Array(text.utf8), refusesNotYetSupported: false).listeners[0]
}
