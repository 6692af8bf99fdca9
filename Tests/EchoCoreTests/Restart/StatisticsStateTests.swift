import Testing

@testable import EchoCore

@Suite("Statistics that are written for the next process")
struct StatisticsStateTests {
  private func read(_ writer: StateWriter) throws -> Statistics {
    var reader = StateReader(writer.bytes)
    let statistics = try Statistics(reading: &reader)
    #expect(reader.bytesLeft == 0)
    return statistics
  }

  @Test("arrive as they were", arguments: UInt64(0)..<10)
  func roundTrip(seed: UInt64) throws {
    var random = SplitMix64(state: seed)
    let statistics = Statistics.random(&random)
    var writer = StateWriter()
    statistics.write(to: &writer)
    #expect(try read(writer) == statistics)
  }

  @Test("lack what is current")
  func gauges() throws {
    var statistics = Statistics()
    (statistics[.clientsCurrent], statistics[.sessionsCurrent]) = (5, 6)
    statistics[.clientsTotal] = 7
    var writer = StateWriter()
    statistics.write(to: &writer)
    var expected = Statistics()
    expected[.clientsTotal] = 7
    #expect(try read(writer) == expected)
  }

  @Test("are found by their names in any order, and unknown ones are ignored")
  func names() throws {
    var writer = StateWriter()
    let figures: [[(String, UInt64)]] = [
      [("echod_messages_sent_total", 2), ("echod_new_total", 9), ("echod_messages_received_total", 1)],
      [("denied", 3)], [("", 8), ("lost", 4)],
    ]
    for list in figures {
      writer.write(list) { writer, figure in
        writer.write(figure.0)
        writer.write(figure.1)
      }
    }
    let statistics = try read(writer)
    var expected = Statistics()
    (expected[.messagesReceived], expected[.messagesSent]) = (1, 2)
    (expected[.denied], expected[.lost]) = (3, 4)
    #expect(statistics == expected)
  }
}
