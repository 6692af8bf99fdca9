import CLibFuzzer
import Glibc

/// Runs libFuzzer with the command line's options until it is done.
public func fuzz(_ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
  var count = CommandLine.argc
  var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
  exit(LLVMFuzzerRunDriver(&count, &arguments, test))
}

/// Ends the run with a crash, which libFuzzer reports together with the input, unless the condition holds.
public func require(_ condition: Bool, _ property: @autoclosure () -> String) {
  // precondition(_:_:) keeps its message to itself in a release build.
  if !condition { fatalError(property()) }
}
