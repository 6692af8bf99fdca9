import NIOCore
import NIOPosix

/// SwiftNIO's echo on one event loop, as its examples have it: `nio-echo tcp|udp PORT`.
@main
enum NIOEcho {
  static func main() async throws {
    let (transport, port) = (CommandLine.arguments[1], Int(CommandLine.arguments[2]) ?? 0)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let channel =
      transport == "udp" ? try await datagrams(group, port: port) : try await streams(group, port: port)
    try await channel.closeFuture.get()
  }

  private static func streams(_ group: MultiThreadedEventLoopGroup, port: Int) async throws -> any Channel {
    try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 4096)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(StreamEcho()) }
      }
      .bind(host: "127.0.0.1", port: port).get()
  }

  private static func datagrams(_ group: MultiThreadedEventLoopGroup, port: Int) async throws -> any Channel {
    try await DatagramBootstrap(group: group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(DatagramEcho())
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
  }
}

private final class StreamEcho: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.flush()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

private final class DatagramEcho: ChannelInboundHandler {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias OutboundOut = AddressedEnvelope<ByteBuffer>

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.write(data, promise: nil)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.flush()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
