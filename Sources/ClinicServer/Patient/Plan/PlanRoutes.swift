import Access
import Chart
import Evidence
import Guidance
import Hummingbird
import Notation

/// The plan: a protocol of the library, the interval of maintenance, the steps of the course.
struct PlanRoutes {
    let clinic: Clinic
    let pages: Pages

    static let planning = "I set this protocol for this patient."
    static let interval = "I set this interval between sessions."

    private var desk: DecisionDesk { DecisionDesk(clinic: clinic, pages: pages) }

    /// Steps with a page or a fact of their own are not offered as a bare step.
    private static let steps = CourseStep.allCases.filter { ![.signEligibility, .decline, .consent, .setInterval, .firstDose].contains($0) }

    /// A step as the contract writes it: `course.paused`.
    static func event(_ step: CourseStep) -> String {
        guard let mark = step.rawValue.firstIndex(of: "_") else { return step.rawValue }
        return step.rawValue.replacingCharacters(in: mark...mark, with: ".")
    }

    var routes: [Route] {
        let path = "/patients/:patient/plan"
        let id = FormField.required("id", "Id of the form", .id)
        return [
            .get(path, .permission(.readChart), "The plan: protocol, interval, next sessions.", audit: .readChart) { try page($0) },
            .post(
                path + "/protocol", .permission(.writePlan), "Sets the protocol.", [id, .required("protocol", "Protocol", .id)], signature: Self.planning
            ) { try await setProtocol($0) },
            .post(
                path + "/interval", .permission(.writePlan), "Sets the interval of maintenance.",
                [id, .required("interval_days", "Days between sessions", .number(1...365)), .optional("reason", "Reason", .text(1000))],
                signature: Self.interval
            ) { try await setInterval($0) },
            .post(
                path + "/step", .permission(.writePlan), "Records a step of the course.",
                [id, .required("event", "Step", .choice(Self.steps.map(Self.event))), .optional("reason", "Reason", .text(1000))]
            ) { try await step($0) },
        ]
    }

    // MARK: - Writing

    private func setProtocol(_ request: ClinicRequest) async throws -> Response {
        guard let plan = clinic.knowledge.protocols[request.form.text("protocol")] else {
            throw FormProblem("protocol", "Protocol: is not in the library; expected one of the list.")
        }
        if try !desk.isRepeated(request) {
            let review = try desk.review(request)
            let reasons = ProtocolFit(plan, review: review, knowledge: clinic.knowledge).against
            guard reasons.isEmpty else { throw FormProblem("protocol", "This protocol does not fit: \(reasons.joined(separator: "; ")).") }
        }
        try await desk.sign(desk.event(CourseEvent.planSet, request, [("protocol", .string(plan.id))]), meaning: Self.planning, request)
        return .seeOther(DecisionDesk.home(request, "plan"))
    }

    private func setInterval(_ request: ClinicRequest) async throws -> Response {
        if try !desk.isRepeated(request) { try desk.require(.setInterval, in: try desk.review(request)) }
        guard let days = request.form.number("interval_days"), days == days.rounded() else {
            throw FormProblem("interval_days", "Days between sessions: is no whole number; expected days such as 14.")
        }
        let event = desk.event(
            Self.event(.setInterval), request, [("interval_days", JSONValue(days)), ("reason", request.form["reason"].map(JSONValue.string))])
        try await desk.sign(event, meaning: Self.interval, request)
        return .seeOther(DecisionDesk.home(request, "plan"))
    }

    private func step(_ request: ClinicRequest) async throws -> Response {
        let name = request.form.text("event")
        guard let step = CourseStep(name) else { throw FormProblem("event", "Step: is not known.") }
        if try !desk.isRepeated(request) {
            let review = try desk.review(request)
            try desk.require(step, in: review)
        }
        try await desk.record(desk.event(name, request, [("reason", request.form["reason"].map(JSONValue.string))]), request, about: name)
        return .seeOther(DecisionDesk.home(request, "plan"))
    }

    // MARK: - The page

    private func page(_ request: ClinicRequest) throws -> Response {
        let (chart, review) = try desk.judged(request)
        let mayWrite = request.person?.may(.writePlan) ?? false
        let current = review.course.progress?.treatment
        let fits = Set(clinic.knowledge.protocols.values.map(\.id)).sorted().compactMap { clinic.knowledge.protocols[$0] }
            .map { ProtocolFit($0, review: review, knowledge: clinic.knowledge) }
            .sorted { ($0.rank(current?.id), $0.plan.name) < ($1.rank(current?.id), $1.plan.name) }
        let steps = Self.steps.filter { step in review.course.history.state == nil ? step == .refer : review.course.history.allows(step) }
        let set = desk.last(CourseEvent.planSet, in: review)
        let interval = desk.last(Self.event(.setInterval), in: review)
        var model = desk.model(
            request, at: "plan",
            [
                "stateText": desk.stateText(review).capitalizedFirst, "stateSince": review.course.history.since.map { "since \($0.day)" } ?? "",
                "steps": steps.map { ["stepValue": Self.event($0), "stepTitle": $0.rawValue.replacing("_", with: " ")] },
                "stepFormID": clinic.newID("f"),
                "currentName": current?.name ?? "", "currentText": set.map { $0.event.body.protocolID == current?.id ? $0.text : "" } ?? "",
                "intervalText": interval.map { "\($0.event.detail("interval_days") ?? "?") days, \($0.text)" } ?? "",
                "mayInterval": mayWrite && review.course.history.allows(.setInterval) && review.course.history.state != nil,
                "intervalMeaning": Self.interval, "planMeaning": Self.planning, "intervalFormID": clinic.newID("f"),
                "advice": plainRules(review),
                "bookings": Booking.upcoming(review).map(\.values), "mayBook": request.person?.may(.schedule) ?? false,
                "bookHref": DecisionDesk.home(request, "booking"), "planHref": DecisionDesk.home(request, "plan"),
                "protocols": fits.enumerated().map { number, fit in
                    fit.values(current: current?.id, formID: clinic.newID("f"), number: number, mayWrite: mayWrite, sources: clinic.knowledge.sources)
                },
            ])
        model["next"] = next(review)
        model["outlook"] = outlook(chart, review)
        return try pages.render("plan", for: request, title: "\(request["patient"]), plan", model)
    }

    /// The forecast with the visits the protocol permits; nil where there is nothing to forecast from.
    private func outlook(_ chart: Chart, _ review: Review) -> [String: Any]? {
        guard let outlook = clinic.outlooks?.outlook(review, of: chart, jurisdiction: clinic.jurisdiction) else { return nil }
        let model = OutlookModel(outlook: outlook, knowledge: clinic.knowledge)
        let picture = PatientPictures(review, offset: clinic.offset(review.view.asOf), outlook: model).expected
        return model.planValues(picture: picture, plainRules: plainRules(review))
    }

    /// How often to come by the published rules of frequency.
    private func plainRules(_ review: Review) -> [[String: Any]] {
        review.course.frequency.map {
            [
                "adviceText":
                    "\($0.rule.name): every \($0.interval.map(String.init).joined(separator: " or ")) days at a score of \(decimal($0.score))",
                "adviceKind": $0.rule.kind.title, "adviceRecalled": $0.rule.confidence >= .recalled,
            ]
        }
    }

    /// What the protocol permits next; nil where there is none.
    private func next(_ review: Review) -> [String: Any]? {
        guard let progress = review.course.progress, let next = progress.next else { return nil }
        return [
            "from": Moment(next.earliest).reading, "until": next.latest.map { Moment($0).reading } ?? "",
            "phaseName": next.phase.name.replacing("_", with: " "), "doses": next.doses.map(\.description).joined(separator: " or "),
            "why": next.why.joined(separator: "; "), "done": counted(progress.sessionsDone, "session") + " given",
            "isRecalled": progress.treatment.confidence >= .recalled,
        ]
    }
}
