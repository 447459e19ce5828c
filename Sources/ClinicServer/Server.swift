import Hummingbird

/// Why the server could not start.
public struct ServerError: Error, CustomStringConvertible {
    public var description: String
}

/// Serves the clinic on 127.0.0.1 until the process is told to stop.
public func runServer(_ clinic: Clinic, port: Int, onStart: @escaping @Sendable (String) -> Void) async throws {
}
