import Addresses
import ArgumentParser
import EchoCore
import Sockets
import SystemPackage

/// `echoc talk`: the course's clients.
struct Talk: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send lines and print the replies.",
    discussion: """
      On a terminal it asks for each line; Ctrl-D ends it. Otherwise each line of standard input is a message, and \
      each reply is a line of standard output.

      Over UDP a line is one datagram, without its newline. Over TCP it is sent with its newline, and its reply is as \
      long; a server that closes the connection after its reply is connected to again for the next line. A reply is \
      missing when none came for \(Patience.seconds) seconds; the next line is sent all the same.
      """)

  @Argument(help: ServerEndpoint.help, transform: { try ServerEndpoint($0) })
  var endpoint: ServerEndpoint

  func run() throws {
    let console = Console()
    let talker: any Talker
    do throws(TalkError) {
      talker = try connected()
    } catch {
      console.complain("\(error)")
      throw ExitCode.failure
    }
    guard try answersEveryLine(talker, console) else { throw ExitCode.failure }
  }

  private func connected() throws(TalkError) -> any Talker {
    let endpoints: [Endpoint]
    do throws(ResolutionError) {
      endpoints = try Resolver.endpoints(of: endpoint.host, port: endpoint.port)
    } catch {
      throw .cannotResolve(error)
    }
    switch endpoint.transport {
    case .udp: return try UDPTalker(endpoints)
    case .tcp: return try TCPTalker(endpoints)
    }
  }

  /// Talks until standard input ends; `false` when a reply was missing.
  private func answersEveryLine(_ talker: any Talker, _ console: Console) throws(ExitCode) -> Bool {
    var lines = LineReader(limit: talker.lineLimit)
    var (number, areAllAnswered) = (0, true)
    while let line = try nextLine(from: &lines, console) {
      number += 1
      let (reply, problem) = exchange(line, with: talker)
      if let reply { try console.show(reply.bytes, from: endpoint.transport) }
      if let problem {
        areAllAnswered = false
        console.complain("\(problem)", line: number)
      }
    }
    return areAllAnswered
  }

  private func exchange(_ line: LineReader.Line, with talker: any Talker) -> (Reply?, TalkError?) {
    do throws(TalkError) {
      guard case .whole(let bytes) = line else { throw .lineTooLong(limit: talker.lineLimit) }
      let reply = try talker.reply(to: bytes)
      return (reply, reply.shortfall)
    } catch {
      return (nil, error)
    }
  }

  private func nextLine(from lines: inout LineReader, _ console: Console) throws(ExitCode) -> LineReader.Line?
  {
    try console.prompt()
    do throws(Errno) {
      let line = try lines.next()
      if line == nil { try? console.endPrompt() }
      return line
    } catch {
      console.complain("cannot read standard input: \(error)")
      throw ExitStatus.noInput
    }
  }
}
