import Access
import Chart
import Guidance
import Hummingbird
import Notation
import Psychometrics
import Storage

/// Links for self-rating: made, shown once as a QR code and an address, watched and withdrawn.
struct LinkRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: SignInDesk

    /// How long a link can be good for, in hours. Clinic default: one day.
    private static let validities: [(hours: Int, text: String)] = [
        (1, "1 hour"), (4, "4 hours"), (24, "1 day"), (72, "3 days"), (168, "7 days"), (336, "14 days"),
    ]
    private static let usualHours = 24

    var routes: [Route] {
        let offered = clinic.knowledge.instruments.selfRated.map(\.id)
        return [
            .get("/patients/:patient/links", .permission(.linkRatings), "A patient's links for self-rating.", audit: .looked) { try links($0) },
            .post(
                "/patients/:patient/links", .permission(.linkRatings), "Makes a link for self-rating and shows it once.",
                [
                    .required("instruments", "Questionnaires", .choices(offered)),
                    .required("hours", "Good for", .choice(Self.validities.map { String($0.hours) })),
                ]
            ) { try await make($0) },
            .post("/patients/:patient/links/:link/withdraw", .permission(.linkRatings), "Withdraws a link; what was not sent is gone.", []) {
                try await withdraw($0)
            },
        ]
    }

    private func path(_ request: ClinicRequest) -> String { "/patients/\(percentEncoded(request["patient"]))/links" }

    private func make(_ request: ClinicRequest) async throws -> Response {
        try requirePatient(request)
        let asked = Set(request.form.all("instruments"))
        let (link, expires) = (clinic.newID("l"), request.now.adding(minutes: (request.form.number("hours") ?? 1) * 60))
        // Whole seconds, as the token writes them.
        let until = Instant(milliseconds: expires.milliseconds / 1000 * 1000)
        let instruments = clinic.knowledge.instruments.selfRated.map(\.id).filter(asked.contains)
        try await record(request, .linkMade(link: link, patient: request["patient"], instruments: instruments, expires: until))
        guard let made = clinic.access.book.links[link] else { throw HTTPError(.internalServerError) }
        return try links(request, made: made)
    }

    private func withdraw(_ request: ClinicRequest) async throws -> Response {
        guard let link = clinic.access.book.links[request["link"]], link.patient == request["patient"] else {
            throw HTTPError(.notFound, message: "This patient has no such link.")
        }
        guard link.isOpen(at: request.now) else { throw HTTPError(.conflict, message: "This link is no longer open. Load the page again.") }
        try await record(request, .linkWithdrawn(link: link.id))
        try? clinic.store.removeDrafts(of: link.id)
        return .seeOther(path(request))
    }

    private func record(_ request: ClinicRequest, _ kind: AccessEvent.Kind) async throws {
        let event = AccessEvent(id: clinic.newID("e"), time: request.now, by: request.author, kind)
        try await clinic.access.record([event], audit: request.audit(.changedAccess, about: event.type), at: request.now)
        clinic.live.publish(request["patient"])
    }

    private func requirePatient(_ request: ClinicRequest) throws {
        guard try clinic.store.contains(request["patient"]) else { throw HTTPError(.notFound, message: "No patient of this clinic has that id.") }
    }

    // MARK: - The page

    private func links(_ request: ClinicRequest, made: AccessBook.Link? = nil) throws -> Response {
        try requirePatient(request)
        let patient = request["patient"]
        let catalog = clinic.knowledge.instruments
        let dues = try dues(request)
        let links = clinic.access.book.links.values.filter { $0.patient == patient }.sorted { ($0.made, $0.id) > ($1.made, $1.id) }
        var model: [String: Any] = [
            "patientLabel": patient, "formAction": path(request),
            "offered": catalog.selfRated.map { instrument -> [String: Any] in
                var offer: [String: Any] = [
                    "instrumentID": instrument.id, "instrumentName": instrument.name, "questions": counted(instrument.items.count, "question"),
                ]
                (offer["last"], offer["dueReason"]) = (dues[instrument.id]?.last, dues[instrument.id]?.reason)
                return offer
            },
            "withheld": catalog.filter { $0.rater == "self" && $0.isScored }.compactMap { instrument in
                instrument.obstacleToSelfRating.map { ["withheldID": instrument.id, "withheldName": instrument.name, "obstacle": $0] }
            },
            "validities": Self.validities.map { ["hours": "\($0.hours)", "validity": $0.text, "isUsual": $0.hours == Self.usualHours] as [String: Any] },
            "links": try links.map { try row($0, at: request.now, page: path(request)) },
        ]
        if request.person?.may(.readChart) == true { model["patientHref"] = "/patients/" + percentEncoded(patient) }
        if let made { model["made"] = try shown(made, for: request) }
        return try pages.render("links", for: request, title: "Self-rating", model)
    }

    /// A new link as it is handed over: the only time its address is shown.
    private func shown(_ link: AccessBook.Link, for request: ClinicRequest) throws -> [String: Any] {
        let address = "\(desk.site.isSecure ? "https" : "http")://\(request.authority)/rate/\(desk.token(of: link))"
        return [
            "address": address, "qrSVG": try QRCode(address).svg(title: "QR code of the link"), "until": Moment(link.expires).reading,
            "isOnlyHere": isLoopback(request.authority), "asks": link.instruments.joined(separator: ", "),
        ]
    }

    private func row(_ link: AccessBook.Link, at now: Instant, page: String) throws -> [String: Any] {
        let state = try RatingLinkState(link, clinic: clinic, at: now)
        return [
            "asks": link.instruments.joined(separator: ", "), "madeText": Moment(link.made).reading, "untilText": Moment(link.expires).reading,
            "madeByName": clinic.access.book.accounts[link.madeBy]?.name ?? link.madeBy, "state": state.word, "stateText": state.text,
            "isOpen": state.isOpen, "withdrawHref": "\(page)/\(percentEncoded(link.id))/withdraw",
        ]
    }

    /// When each questionnaire was last answered, and why it is due. Only for those who may read the chart.
    private func dues(_ request: ClinicRequest) throws -> [String: SelfRatingDue] {
        guard request.person?.may(.readChart) == true, let chart = try clinic.charts.chart(of: request["patient"]) else { return [:] }
        let review = Review(of: chart, asOf: request.now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        let dues = clinic.knowledge.instruments.selfRated.map { ($0.id, SelfRatingDue($0, review, knowledge: clinic.knowledge)) }
        return Dictionary(dues, uniquingKeysWith: { first, _ in first })
    }
}

/// Where a link stands, in a word and in words.
struct RatingLinkState: Sendable {
    var word: String
    var text: String
    var isOpen: Bool { word == "open" || word == "started" }

    init(_ link: AccessBook.Link, clinic: Clinic, at now: Instant) throws {
        if let answered = link.answered {
            (word, text) = ("answered", "answered \(Moment(answered).reading)")
        } else if link.isWithdrawn {
            (word, text) = ("withdrawn", "withdrawn")
        } else if !link.isOpen(at: now) {
            let sheet = RatingSheet(link, catalog: clinic.knowledge.instruments, drafts: try clinic.store.drafts(of: link.id))
            (word, text) = ("expired", sheet.answered == 0 ? "expired" : "expired, \(sheet.answered) of \(sheet.itemCount) answered and not sent")
        } else {
            let sheet = RatingSheet(link, catalog: clinic.knowledge.instruments, drafts: try clinic.store.drafts(of: link.id))
            word = sheet.answered == 0 ? "open" : "started"
            text = sheet.answered == 0 ? "open" : "started, \(sheet.answered) of \(sheet.itemCount) answered"
        }
    }
}

/// When a questionnaire was last answered, and why it is due.
struct SelfRatingDue: Sendable {
    /// `last 4 Mar 2024`, `never`
    var last: String
    /// Nil when nothing asks for it now.
    var reason: String?

    init(_ instrument: Instrument, _ review: Review, knowledge: KnowledgeBase) {
        let latest = review.view.assessments.last { knowledge.instruments.named($0.body.instrument)?.id == instrument.id }?.body.time
        last = latest.map { "last \(Moment($0.day).reading)" } ?? "never"
        let asking = review.followUp.duties.first { duty in
            duty.isOverdue && knowledge.followUp.items.contains { $0.rule == duty.rule && $0.what == duty.what && Self.asks($0, instrument, knowledge) }
        }
        let dose = review.view.administrations.last?.body.time
        if let asking {
            reason = "\(asking.what), due since \(Moment(asking.due.day).reading)"
        } else if instrument.tracksSymptoms, let dose, latest.map({ $0.instant < dose.instant }) ?? true {
            reason = "none since the dose of \(Moment(dose.day).reading)"
        }
    }

    private static func asks(_ item: FollowUpItem, _ instrument: Instrument, _ knowledge: KnowledgeBase) -> Bool {
        item.metrics.contains { metric in knowledge.metrics[metric]?.scales?.contains { $0.instrument == instrument.id } ?? false }
    }
}
