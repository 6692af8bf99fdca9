@testable import AdminHTTP
import Testing

@Suite("A response")
struct ResponseTests {
  @Test("is a status line, its fields, an empty line and its content")
  func bytes() {
    var response = Response(status: .methodNotAllowed, sentence: "No.")
    response.fields = [Response.Field(name: "Allow", value: "GET, HEAD")]
    #expect(
      String(decoding: response.encoded(date: 784_111_777), as: UTF8.self) == """
        HTTP/1.1 405 Method Not Allowed\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Content-Type: text/plain; charset=utf-8\r
        Content-Length: 4\r
        Cache-Control: no-store\r
        X-Content-Type-Options: nosniff\r
        Allow: GET, HEAD\r
        Connection: close\r
        \r
        No.\n
        """)
  }

  @Test("has neither content nor a length with 204")
  func noContent() {
    let response = Response(status: .noContent, contentType: Response.plainText, content: "")
    #expect(
      String(decoding: response.encoded(date: 784_111_777), as: UTF8.self) == """
        HTTP/1.1 204 No Content\r
        Date: Sun, 06 Nov 1994 08:49:37 GMT\r
        Cache-Control: no-store\r
        X-Content-Type-Options: nosniff\r
        Connection: close\r
        \r\n
        """)
  }

  @Test("counts its content in bytes")
  func length() {
    #expect(Received(Response(status: .ok, sentence: "é")).fields["Content-Length"] == "3")
  }

  @Test("to HEAD has the same fields and no content")
  func head() {
    var response = Response(status: .ok, sentence: "ok")
    let fields = Received(response).fields
    response.omitsContent = true
    #expect(Received(response).fields == fields)
    #expect(Received(response).content == "")
  }

  @Test(
    "says what happens to the connection when the version does not",
    arguments: [(.close, "close"), (.persistent, nil), (.keepAlive, "keep-alive")]
      as [(Response.Connection, String?)])
  func connection(connection: Response.Connection, field: String?) {
    var response = Response(status: .ok, sentence: "ok")
    response.connection = connection
    #expect(Received(response).fields["Connection"] == field)
  }

  @Test("has a reason phrase for every status", arguments: Status.allCases)
  func phrases(status: Status) {
    #expect(
      Received(Response(status: status, sentence: "")).statusLine
        == "HTTP/1.1 \(status.rawValue) \(status.phrase)")
    #expect(!status.phrase.isEmpty)
  }
}
