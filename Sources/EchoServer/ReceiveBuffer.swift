/// The memory that a queue receives into and replies from: one for all its connections.
struct ReceiveBuffer: ~Copyable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: 4096)
  }

  deinit {
    bytes.deallocate()
  }
}
