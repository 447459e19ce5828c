import Access
import Chart
import Guidance
import Hummingbird
import Notation

/// Booking a session: who schedules sees when one is permitted, and nothing else of the chart.
struct BookingRoutes {
    let clinic: Clinic
    let pages: Pages

    private static let start = EditorField("planned_start", "Planned start", .moment, required: true)
    private static let chair = EditorField("chair", "Chair", .line(40), hint: "As the clinic calls it")
    private static let sharing = EditorField(
        "chair_reason", "Why it is booked all the same", .line(200), hint: "Only where the chair is taken, or the patient has another session then.")
    /// Nobody books further ahead: a wrong year is more likely.
    static let furthestDays = 400.0

    private var desk: DecisionDesk { DecisionDesk(clinic: clinic, pages: pages) }

    var routes: [Route] {
        let path = "/patients/:patient/booking"
        return [
            .get(path, .permission(.schedule), "Booked sessions, and a form for the next.", audit: .looked) { try page($0) },
            .post(
                path, .permission(.schedule), "Books a session.",
                [.required("id", "Id of the form", .id)] + (Self.start.formFields + Self.chair.formFields + Self.sharing.formFields)
            ) { try await book($0) },
        ]
    }

    private func book(_ request: ClinicRequest) async throws -> Response {
        guard let text = try Self.start.json(request.form)?.string, let start = Moment(text), !start.isWholeDay else {
            throw FormProblem(Self.start.clockName, "Planned start: has no time; expected hours and minutes such as 09:30.")
        }
        let review = try desk.review(request)
        let id = request.form.text("id")
        let session = "\(start.day)-\(id.suffix(4))"
        if try !desk.isRepeated(request) {
            guard start.instant > request.now.adding(minutes: -10) else {
                throw FormProblem("planned_start", "Planned start: lies in the past; expected a time from now on.")
            }
            guard start.instant.days(since: request.now) <= Self.furthestDays else {
                throw FormProblem("planned_start", "Planned start: lies more than \(decimal(Self.furthestDays)) days ahead.")
            }
            guard !review.sessions.contains(where: { $0.record.id == session }) else { throw HTTPError(.conflict, message: "Load the page again.") }
        }
        var fact: JSONObject = [
            "type": "session", "id": .string(id), "session": .string(session), "event": "book", "time": .string(request.now.description),
            "planned_start": .string(text),
        ]
        for field in [Self.chair, Self.sharing] { fact[field.name] = try field.json(request.form) }
        // What the session is to follow is the plan at the time it was booked; the same form sent again says the same.
        let booked = review.view.sessionEvents.first { $0.id == id }
        fact["protocol"] = (booked.map(\.body.protocolID) ?? review.course.progress?.treatment.id).map(JSONValue.string)
        let use = ChairUse(
            chair: request.form["chair"] ?? "", patient: request["patient"], session: session, start: start.instant, plan: review.course.progress?.treatment)
        try await pages.chairs.claim(
            use, others: { booked != nil ? [] : try pages.openSessions.withComing(at: request.now).compactMap { ChairUse($0, at: request.now) } },
            refuse: { clash, others in
                guard request.form[Self.sharing.name] == nil else { return }
                throw FormProblem("chair", Self.words(clash, use, others, offset: start.offset ?? 0))
            },
            body: { [fact] in try await desk.record(fact, request, about: "booking") })
        return .seeOther(DecisionDesk.home(request, "booking"))
    }

    /// What takes the chair, and which chairs are free meanwhile.
    private static func words(_ clash: ChairUse, _ use: ChairUse, _ others: [ChairUse], offset: Int) -> String {
        func clock(_ instant: Instant) -> String { Moment(instant, offset: offset).clock ?? "" }
        let span = "from \(clock(clash.start)) to about \(clock(clash.end))"
        guard clash.patient != use.patient else {
            return "This patient has a session then, \(span). Choose another time, or say why it is booked all the same."
        }
        let taken = Set(others.filter { $0.overlaps(use) }.map(\.key))
        let free = unique(others.sorted { $0.chair < $1.chair }.filter { !$0.key.isEmpty && !taken.contains($0.key) }.map(\.key))
        return "Chair \(clash.key) is taken \(span) by the session of \(clash.patient). "
            + (free.isEmpty ? "" : "Free then: \(free.prefix(6).joined(separator: ", ")). ")
            + "Choose another chair or time, or say why it is booked all the same."
    }

    private func page(_ request: ClinicRequest) throws -> Response {
        let review = try desk.review(request)
        let next = review.course.progress?.next
        let today = Moment(request.now, offset: clinic.offset(request.now)).day
        let editor = FactEditor(
            path: "booking", kind: .session, title: "Booking", noun: "session", empty: "",
            fields: [Self.start, Self.chair, Self.sharing])
        let earliest = next.map { max($0.earliest, request.now.day) }
        let values = earliest.map { ["planned_start": $0.description] } ?? [:]
        var model: [String: Any] = [
            "patientLabel": request["patient"], "formID": clinic.newID("f"), "formAction": DecisionDesk.home(request, "booking"),
            "fields": EditorForm(editor: editor, values: values).fields,
            "bookings": Booking.upcoming(review).map { booking in
                booking.values.merging([
                    "arrivalPath": "/patients/\(percentEncoded(request["patient"]))/sessions/\(percentEncoded(booking.session))/arrival",
                    "isToday": booking.start.map { Moment($0.instant, offset: clinic.offset($0.instant)).day == today } ?? false,
                ]) { first, _ in first }
            },
            "permittedText": next.map { next in
                "The protocol permits the next session from \(Moment(next.earliest).reading)"
                    + (next.latest.map { $0 == next.earliest ? ", on schedule that day" : ", on schedule until \(Moment($0).reading)" } ?? "") + "."
            } ?? "No protocol says when the next session may be.",
        ]
        if request.person?.may(.readChart) == true { model["patientHref"] = "/patients/" + percentEncoded(request["patient"]) }
        if request.person?.may(.linkRatings) == true { model["linksHref"] = "/patients/\(percentEncoded(request["patient"]))/links" }
        return try pages.render("booking", for: request, title: "\(request["patient"]), booking", model)
    }
}

/// A session that was booked and has not begun.
struct Booking {
    var session: String
    var start: Moment?
    var chair: String?
    var protocolID: String?
    /// Why it was booked although the chair was taken.
    var sharing: String?
    /// Earlier than the protocol permits.
    var isEarly: Bool
    /// The planned start has gone by, and nobody checked in.
    var isPast: Bool

    /// Soonest first.
    static func upcoming(_ review: Review) -> [Booking] {
        let earliest = review.course.progress?.next?.earliest
        return review.sessions.filter { $0.state == .booked }.map { session in
            let start = session.record.plannedStart
            func detail(_ name: String) -> String? { session.record.events.last?.body.details.first { $0.name == name }?.value.description }
            return Booking(
                session: session.record.id, start: start, chair: detail("chair"), protocolID: session.record.protocolID,
                sharing: detail("chair_reason"),
                isEarly: start.flatMap { start in earliest.map { start.day < $0 } } ?? false,
                isPast: start.map { $0.instant < review.view.asOf } ?? false)
        }.sorted { ($0.start?.instant.milliseconds ?? .max, $0.session) < ($1.start?.instant.milliseconds ?? .max, $1.session) }
    }

    var values: [String: Any] {
        [
            "sessionLabel": session, "bookedStart": start?.reading ?? "time not known", "chair": chair ?? "", "bookedProtocol": protocolID ?? "",
            "isEarly": isEarly && !isPast, "isPast": isPast, "sharing": sharing ?? "",
        ]
    }
}
