import AdminHTTP
@testable import EchoServer
import Testing

@Suite("The pace of inquiries")
struct InquiryPaceTests {
  @Test("permits one inquiry of each kind at a time")
  func oneAtATime() {
    var pace = InquiryPace()
    let clients = Inquiry.clients(listener: "a")
    for inquiry in [
      clients, .clients(listener: "b"), .responsiveness(listener: "a"), .snapshot(includesProcess: true),
    ] {
      let (first, second) = (pace.begin(inquiry), pace.begin(inquiry))
      #expect(first && !second)
    }
    pace.end(clients)
    let isPermitted = pace.begin(clients)
    #expect(isPermitted)
  }

  @Test("waits longest after a list of clients, and not at all after an unknown name")
  func pauses() {
    let pauses = [Finding.clients([]), .clients(nil), .responsiveness(true), .unknownListener].map {
      InquiryPace.pauseMilliseconds(after: $0)
    }
    #expect(pauses == [100, 100, 10, 0])
  }

  @Test("numbers the waiting requests")
  func numbers() {
    var pace = InquiryPace()
    let numbers = [pace.nextNumber(), pace.nextNumber()]
    #expect(numbers == [1, 2])
    #expect(pace.lastNumber == 2)
  }
}
