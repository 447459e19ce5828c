import Chart
import HTTPTypes
import Hummingbird
import NIOCore
import Notation
import ServiceLifecycle
import Synchronization

/// Server-sent events (WHATWG HTML, section 9.2): a picture of the state, sent again whenever it has changed.
enum EventStream {
    /// How long a change of time alone waits, and how often a silent connection is kept open.
    static let interval = Duration.seconds(10)
    /// What changes meanwhile is told together: a full clinic changes many times a second.
    static let pause = Duration.milliseconds(200)

    /// - Parameters:
    ///   - signals: that something may have changed; time passes as well, so that the state is looked at at least every `interval`.
    ///   - now: the clinic's clock, which every event tells the browser: its own may go wrong.
    ///   - state: what is shown at a moment. The same text as before is not sent again. What it throws ends the stream.
    static func response(
        _ signals: AsyncStream<Void>, now: @escaping @Sendable () -> Instant, state: @escaping @Sendable (Instant) throws -> String
    ) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await withTaskExecutorPreference(OwnThread.screens) {
                    try await write(signals, now: now, state: state, to: &writer)
                }
                try await writer.finish(nil)
            })
    }

    private static func write(
        _ signals: AsyncStream<Void>, now: @Sendable () -> Instant, state: @Sendable (Instant) throws -> String, to writer: inout any ResponseBodyWriter
    ) async throws {
        let (moments, moment) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let ticking = Task {
            // Streams that were opened together do not all look again together.
            try await Task.sleep(for: interval * nextPhase())
            while !Task.isCancelled {
                moment.yield()
                try await Task.sleep(for: interval)
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
            let time = now()
            let shown = try state(time)
            try await writer.write(ByteBuffer(string: "event: clock\n" + event(time.description) + (shown == last ? "" : event(shown))))
            last = shown
            try await Task.sleep(for: pause)
        }
    }

    private static let opened = Atomic(0)

    /// A part of an interval, another one each time, evenly spread (golden ratio).
    private static func nextPhase() -> Double {
        (Double(opened.add(1, ordering: .relaxed).newValue) * 0.618033988749895).truncatingRemainder(dividingBy: 1)
    }

    /// One event: every line of its data marked as such.
    static func event(_ text: String) -> String {
        "data: " + text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Substring($0) }.joined(separator: "\ndata: ") + "\n\n"
    }
}

extension Response {
    /// This answer, ended as soon as the browser has left: nothing is drawn for nobody.
    func ending(with request: Request) -> Response {
        var response = self
        response.body = ResponseBody { [body] writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in try await body.write(writer) }
        }
        return response
    }
}

extension Pages {
    /// Server-sent events for somebody who was let in. They end when the sign-in ends or the chart closes; browsers ask again and are told.
    /// - Parameter patient: whose changes are listened to; nil: everybody's.
    func stream(_ request: ClinicRequest, of patient: PatientID?, state: @escaping @Sendable (Instant) throws -> String) -> Response {
        EventStream.response(clinic.live.signals(of: patient), now: clinic.now) { [clinic, desk] now in
            guard let person = request.person, try desk.isStillIn(person, at: now),
                patient.map({ clinic.access.book.reach(of: person.account.id, to: $0, at: now) != .closed }) ?? true
            else { throw Refusal.signIn(back: nil) }
            return try state(now)
        }
    }
}
