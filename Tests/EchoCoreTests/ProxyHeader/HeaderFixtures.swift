import Addresses
import EchoCore

extension HeaderFixture {
  /// Headers from the specification and from real programs, and the longest ones.
  static let all = text + addresses + additions + local

  /// Version 1.
  static let text = [
    HeaderFixture(
      "version 1, the specification's TCP4",
      text: "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
      from: endpoint("192.168.0.1:56324"), to: endpoint("192.168.0.11:443")),
    HeaderFixture(
      "version 1, the longest TCP4", text: "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
      from: endpoint("255.255.255.255:65535"), to: endpoint("255.255.255.255:65535")),
    HeaderFixture(
      "version 1, the longest TCP6", text: "PROXY TCP6 \(ones) \(ones) 65535 65535\r\n",
      from: endpoint("[\(ones)]:65535"), to: endpoint("[\(ones)]:65535")),
    HeaderFixture("version 1, the shortest UNKNOWN", text: "PROXY UNKNOWN\r\n"),
    HeaderFixture("version 1, the longest UNKNOWN", text: "PROXY UNKNOWN \(ones) \(ones) 65535 65535\r\n"),
    HeaderFixture("version 1, UNKNOWN with anything", text: "PROXY UNKNOWN \0\n\u{FF}   PROXY TCP4\r\n"),
    HeaderFixture(
      "version 1, the least TCP4", text: "PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", from: endpoint("0.0.0.0:0"),
      to: endpoint("0.0.0.0:0")),
    HeaderFixture(
      "version 1, TCP6 with an IPv4 address", text: "PROXY TCP6 ::ffff:192.0.2.7 2001:DB8::1 40000 7\r\n",
      from: endpoint("192.0.2.7:40000"), to: endpoint("[2001:db8::1]:7")),
    HeaderFixture(
      "HAProxy 2.6, send-proxy, IPv4", text: "PROXY TCP4 127.0.0.1 127.0.0.1 44694 52281\r\n",
      from: endpoint("127.0.0.1:44694"), to: endpoint("127.0.0.1:52281")),
    HeaderFixture(
      "HAProxy 2.6, send-proxy, IPv6", text: "PROXY TCP6 ::1 ::1 42346 35001\r\n",
      from: endpoint("[::1]:42346"), to: endpoint("[::1]:35001")),
    HeaderFixture(
      "curl 7.88, --haproxy-protocol", text: "PROXY TCP4 127.0.0.1 127.0.0.1 41148 44023\r\n",
      from: endpoint("127.0.0.1:41148"), to: endpoint("127.0.0.1:44023")),
  ]

  private static let ones = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  private static let ipv6 = "20010db8000000000000000000000007 20010db8000000000000000000000001 9c40 0007"

  /// Version 2, addresses alone.
  static let addresses = [
    HeaderFixture(
      "version 2, TCP over IPv4", "21 11 000c c0000207 c0000201 9c40 0007", from: endpoint("192.0.2.7:40000"),
      to: endpoint("192.0.2.1:7")),
    HeaderFixture(
      "version 2, UDP over IPv4", "21 12 000c c0000207 c0000201 9c40 0007", from: endpoint("192.0.2.7:40000"),
      to: endpoint("192.0.2.1:7")),
    HeaderFixture(
      "version 2, TCP over IPv6", "21 21 0024 \(ipv6)", from: endpoint("[2001:db8::7]:40000"),
      to: endpoint("[2001:db8::1]:7")),
    HeaderFixture(
      "version 2, UDP over IPv6", "21 22 0024 \(ipv6)", from: endpoint("[2001:db8::7]:40000"),
      to: endpoint("[2001:db8::1]:7")),
    HeaderFixture("version 2, stream Unix sockets", "21 31 00d8" + paths),
    HeaderFixture("version 2, datagram Unix sockets", "21 32 00d8" + paths),
    HeaderFixture("version 2, no family", "21 00 0000"),
    HeaderFixture("version 2, no family, with bytes of some other meaning", "21 00 0005 c000020701"),
    HeaderFixture(
      "HAProxy 2.6, send-proxy-v2, IPv4", "2111000c7f0000017f000001a5a09825",
      from: endpoint("127.0.0.1:42400"), to: endpoint("127.0.0.1:38949")),
    HeaderFixture(
      "HAProxy 2.6, send-proxy-v2, IPv6",
      "21210024 00000000000000000000000000000001 00000000000000000000000000000001 dbbcaf85",
      from: endpoint("[::1]:56252"), to: endpoint("[::1]:44933")),
  ]

  private static let paths =
    "2f72756e2f61" + String(repeating: "00", count: 102) + "2f72756e2f62"
    + String(repeating: "00", count: 102)

  /// Version 2, with additions.
  static let additions = [
    HeaderFixture(
      "HAProxy 2.6, crc32c and unique-id, IPv4",
      """
      211100447f0000017f00000196bce24b0300041d2273ea05002e37463030303030313a393642435f37463030303030313a4532\
      34425f36423037453731455f303030343a33344642
      """, from: endpoint("127.0.0.1:38588"), to: endpoint("127.0.0.1:57931")
    ).with {
      $0.hasChecksum = true
      $0.uniqueID = "7F000001:96BC_7F000001:E24B_6B07E71E_0004:34FB"
    },
    HeaderFixture(
      "HAProxy 2.6, crc32c and unique-id, IPv6",
      """
      2121008c00000000000000000000000000000001000000000000000000000000000000018ad0dda3030004e4b5a6b405005e\
      30303030303030303030303030303030303030303030303030303030303030313a384144305f303030303030303030303030\
      30303030303030303030303030303030303030313a444441335f36423037453731455f303030353a33344642
      """, from: endpoint("[::1]:35536"), to: endpoint("[::1]:56739")
    ).with {
      $0.hasChecksum = true
      $0.uniqueID =
        "00000000000000000000000000000001:8AD0_00000000000000000000000000000001:DDA3_6B07E71E_0005:34FB"
    },
    HeaderFixture(
      "HAProxy 2.6, crc32c, unique-id and ssl",
      """
      2111004c7f0000017f000001ee46bedf0300044ae02e4905002e37463030303030313a454534365f37463030303030313a4245\
      44465f36423037453731455f303030363a333446422000050000000000
      """, from: endpoint("127.0.0.1:60998"), to: endpoint("127.0.0.1:48863")
    ).with {
      $0.hasChecksum = true
      $0.uniqueID = "7F000001:EE46_7F000001:BEDF_6B07E71E_0006:34FB"
    },
    addresses[0].adding(
      " with everything",
      [
        (0x01, Array("h2".utf8)), (0x02, Array("echo.example".utf8)), (0x04, [0, 0, 0]),
        (0x20, octets("01 00000000 21 0007 544c5376312e33")), (0x30, Array("blue".utf8)),
        (0x05, Array("id".utf8)), (0xEA, Array("a vendor's".utf8)),
      ]
    ).with { ($0.alpn, $0.authority, $0.uniqueID) = ("h2", "echo.example", "id") },
    addresses[3].adding(
      " with values twice", [(0x02, Array("a".utf8)), (0x02, Array("b".utf8)), (0x01, []), (0x01, [0x41])]
    ).with { ($0.authority, $0.alpn) = ("a", "") },
    addresses[6].adding(" with a name", [(0x02, Array("echo.example".utf8))]).with {
      $0.authority = "echo.example"
    },
    addresses[4].adding(" with a name", [(0x02, Array("echo.example".utf8))]).with {
      $0.authority = "echo.example"
    },
    addresses[1].adding(
      " with the longest values",
      [
        (0x02, [UInt8](repeating: 0x61, count: 255)), (0x01, [UInt8](repeating: 0x62, count: 255)),
        (0x05, [UInt8](repeating: 0x63, count: 128)),
      ]
    ).with {
      $0.authority = String(repeating: "a", count: 255)
      $0.alpn = String(repeating: "b", count: 255)
      $0.uniqueID = String(repeating: "c", count: 128)
    },
  ]

  /// LOCAL.
  static let local = [
    HeaderFixture("HAProxy's and dnsdist's health checks", "20 00 0000", command: .local),
    HeaderFixture("LOCAL with addresses", "20 11 000c c0000207 c0000201 9c40 0007", command: .local),
    HeaderFixture(
      "a vendor's LOCAL: additions where its family has addresses",
      "20 11 0054 03 0004 deadbeef 04 003e" + String(repeating: "00", count: 62)
        + "ea 0005 0176706365 02 0001 61",
      command: .local),
    HeaderFixture("LOCAL of a family that does not exist", "20 ff 0002 c000", command: .local),
  ]
}
