import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// Server-sent events (WHATWG HTML, section 9.2): a picture of the state, sent again whenever it has changed.
enum EventStream {
    /// How long a change of time alone waits, and how often a silent connection is kept open.
    static let interval = Duration.seconds(10)

    /// - Parameters:
    ///   - signals: that something may have changed; time passes as well, so that the state is looked at at least every `interval`.
    ///   - state: what is shown now. The same text as before is not sent again.
    static func response(_ signals: AsyncStream<Void>, state: @escaping @Sendable () throws -> String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                let (moments, moment) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
                let ticking = Task {
                    while !Task.isCancelled {
                        try await Task.sleep(for: interval)
                        moment.yield()
                    }
                }
                let listening = Task {
                    for await _ in signals { moment.yield() }
                    moment.finish()
                }
                defer {
                    ticking.cancel()
                    listening.cancel()
                }
                var last: String?
                // A server that goes down ends its streams; browsers come back to the next one.
                for await _ in moments.cancelOnGracefulShutdown() {
                    let now = try state()
                    try await writer.write(ByteBuffer(string: now == last ? ":\n\n" : event(now)))
                    last = now
                }
                try await writer.finish(nil)
            })
    }

    /// One event: every line of its data marked as such.
    static func event(_ text: String) -> String {
        "data: " + text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\ndata: ") + "\n\n"
    }
}
