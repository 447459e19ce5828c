import Access
import Chart
import Guidance
import Hummingbird
import Notation

/// A board for a wall: chairs, clocks and alarms that help from across the room. It names nobody and has nothing to press.
struct WallRoutes {
    let clinic: Clinic
    let pages: Pages

    var routes: [Route] {
        [
            .get("/wall", .permission(.readWall), "The board for a wall: chairs without names.", audit: .looked) { request in
                try pages.render(
                    "wall", for: request, title: "Wall board",
                    pages.wall(at: request.now).merging(["livePath": "/wall/live", "now": request.now.description]) { first, _ in first })
            },
            .stream("/wall/live", .permission(.readWall), "What changes on the board for a wall, as server-sent events.") { request in
                pages.stream(request, of: nil) {
                    try JSONValue.object(["regions": ["board": .string(pages.fragment("wall-live", pages.wall(at: $0)))]]).text
                }
            },
        ]
    }
}

extension Pages {
    /// The view model of `wall-live`.
    func wall(at now: Instant) throws -> [String: Any] {
        let sessions = try openSessions.all(at: now)
        let running = sessions.filter { $0.review.state.isUnderWay }.sorted {
            ($0.chair, $0.start ?? now, $0.patient) < ($1.chair, $1.start ?? now, $1.patient)
        }
        let coming = sessions.filter { $0.review.state == .booked }.compactMap(\.planned).sorted()
        return withoutEmpty([
            "dayText": Moment(Moment(now, offset: clinic.offset(now)).day).reading, "chairCount": counted(running.count, "session"),
            "alarmCount": counted(running.map { $0.review.alerts.count(where: \.isOpen) }.reduce(0, +), "alarm"),
            "chairs": running.map { session in
                var model = chair(session, at: now, lead: nil)
                model["patientLabel"] = Self.mark(session.patient)
                return model
            },
            "arrivalsText": coming.isEmpty ? "Nobody else is booked today." : "Still to come: " + coming.map(clock).joined(separator: ", "),
        ])
    }

    /// The end of an id: enough for who works here, nothing for who passes.
    static func mark(_ patient: PatientID) -> String { "…" + patient.suffix(2) }
}
