import Addresses

extension Service {
  /// Says how a message reached us, as one JSON object and a line feed. Over UDP members are left out, the last first,
  /// until the reply is no longer than its request.
  public static let identify = Service(
    name: "identify", summary: "describes in JSON how a message arrived", needs: [.localEndpoint, .delivery]
  ) { Identify($0) }
}

private final class Identify: Responder {
  private let transport: Transport
  private let listener: [UInt8]
  private let host: [UInt8]

  init(_ setting: ResponderSetting) {
    transport = setting.listener.transport
    listener = Array(setting.listener.name.utf8)
    host = Array(setting.hostName.utf8)
  }

  func answer(_ request: borrowing ServiceRequest) -> Answer {
    var room = request.room
    if transport == .udp {
      // No room even for an object without members.
      if request.byteCount < JSONRoom.leastBytes { return .reply(byteCount: request.byteCount) }
      room = request.message
    }
    var object = JSONRoom(room)
    object.add("from", request.client)
    object.add("to", request.local)
    if let proxy = request.delivery?.proxy {
      object.add("via", request.delivery?.peer)
      object.add("proxy") { Self.write(proxy.header, proxy.bytes, to: &$0) }
    }
    object.add("listener", string: listener)
    object.add("host", string: host)
    object.add("transport", string: transport.rawValue.utf8)
    object.add("bytes", request.byteCount)
    if let hopLimit = request.delivery?.hopLimit { object.add("hopLimit", Int(hopLimit)) }
    if let trafficClass = request.delivery?.trafficClass {
      object.add("dscp", Int(trafficClass >> 2))
      object.add("ecn", Int(trafficClass & 3))
    }
    return .reply(byteCount: object.finished())
  }

  /// Writes what a PROXY header holds besides the endpoints.
  private static func write(
    _ header: ProxyHeader, _ bytes: UnsafeRawBufferPointer, to text: inout TextRoom
  ) {
    text.append("{\"version\":")
    text.append(decimal: header.version)
    text.append(",\"command\":\"")
    text.append(header.command.rawValue.utf8)
    text.append(UInt8(ascii: "\""))
    if let authority = header.authority {
      text.append(",\"authority\":\"")
      text.append(escaping: bytes[authority.range])
      text.append(UInt8(ascii: "\""))
    }
    if let alpn = header.alpn {
      text.append(",\"alpn\":\"")
      text.append(escaping: bytes[alpn.range])
      text.append(UInt8(ascii: "\""))
    }
    if let uniqueID = header.uniqueID {
      text.append(",\"uniqueId\":\"")
      for byte in bytes[uniqueID.range] { text.append(hexadecimal: byte) }
      text.append(UInt8(ascii: "\""))
    }
    text.append(UInt8(ascii: "}"))
  }
}

extension ProxyHeader.Field {
  fileprivate var range: Range<Int> { Int(offset)..<Int(offset) + Int(byteCount) }
}
