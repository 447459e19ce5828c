import Access
import Chart
import Evidence
import Guidance
import Hummingbird
import Notation

extension Pages {
    func patient(_ request: ClinicRequest) throws -> Response {
        let query = try PatientQuery(request.uri, clinic: clinic)
        let (patient, chart, review) = try review(request["patient"], query)
        let findings = ReviewFindings(review, knowledge: clinic.knowledge)
        let timeline = Timeline(chart, asOf: query.moment.instant)
        let outlook = clinic.outlooks?.outlook(review, of: chart, jurisdiction: query.jurisdiction).map {
            OutlookModel(outlook: $0, knowledge: clinic.knowledge)
        }
        let pictures = PatientPictures(review, offset: query.moment.offset ?? 0, outlook: outlook)

        var model: [String: Any] = [
            "patientLabel": patient, "ageText": review.view.age.map { "\($0) years" } ?? "age not known",
            "sexText": review.view.demographics?.body.sex?.rawValue ?? "sex not known", "diagnosisText": diagnosis(review),
            "listHref": "/patients", "formAction": "/patients/" + percentEncoded(patient), "asOfValue": String(query.moment.description.prefix(16)),
            "offsets": offsets(query.moment.offset ?? 0), "jurisdictions": Jurisdiction.allCases.map { choice($0, isOn: $0 == query.jurisdiction) },
            "verdicts": findings.verdicts.map(\.values), "courseSVG": pictures.course, "trialsSVG": pictures.trials,
            "sessions": SessionRows(review, page: "/patients/" + percentEncoded(patient), query: query).values,
            "sessionCount": "\(review.sessions.count)",
            "groups": findings.groups.map { $0.values(sources: clinic.knowledge.sources, summaries: timeline.summaries) },
            "timelineCount": counted(timeline.count, "fact"),
            "kinds": timeline.kinds.map { ["kindValue": $0.kind.rawValue, "kindName": kindName($0.kind), "kindCount": "\($0.count)"] },
            "factRows": timeline.html, "openAlerts": try alerts(of: patient, at: request.now), "regions": ChartRegions(editors: clinic.editors).links(patient),
            "drafts": drafts(review), "notesHref": "/patients/\(percentEncoded(patient))/history/notes",
        ]
        model["withdrawn"] = review.view.withdrawnConsent.map { ConsentRoutes.withdrawn($0, offset: clinic.offset($0.body.time.instant)) }
        if request.person?.may(.linkRatings) == true { model["selfRating"] = try selfRating(of: patient, at: request.now) }
        if request.person?.may(.schedule) == true { model["bookingHref"] = "/patients/\(percentEncoded(patient))/booking" }
        model["outlook"] = outlook.map { $0.patientValues.merging(["planHref": "/patients/\(percentEncoded(patient))/plan"]) { first, _ in first } }
        model["access"] = access(to: patient, mayChange: request.person?.may(.writePlan) ?? false)
        return try render("patient", for: request, title: patient, view: query, model)
    }

    private func alerts(of patient: PatientID, at now: Instant) throws -> [[String: Any]] {
        try clinic.risk.open(at: now).filter { $0.patient == patient }.map {
            ["alertText": $0.text, "alertSince": Moment($0.raised.instant).reading]
        }
    }

    /// Where a patient's newest links stand.
    private func selfRating(of patient: PatientID, at now: Instant) throws -> [String: Any] {
        let links = clinic.access.book.links.values.filter { $0.patient == patient }.sorted { ($0.made, $0.id) > ($1.made, $1.id) }
        let states = try links.prefix(3).map { link in
            "\(link.instruments.joined(separator: ", ")): \(try RatingLinkState(link, clinic: clinic, at: now).text)"
        }
        return [
            "linksHref": "/patients/\(percentEncoded(patient))/links",
            "linksText": states.isEmpty ? "No link for self-rating yet." : states.joined(separator: "; ") + ".",
        ]
    }

    /// Who reaches the chart, and for those who plan the treatment how to change it.
    private func access(to patient: PatientID, mayChange: Bool) -> [String: Any] {
        let (book, path) = (clinic.access.book, "/patients/\(percentEncoded(patient))")
        let team = book.careTeams[patient] ?? []
        func person(_ account: Account) -> [String: Any] {
            [
                "memberID": account.id, "memberName": account.name, "memberRoles": account.roles.map(\.title).sorted().joined(separator: ", "),
                "removePath": "\(path)/care-team/\(percentEncoded(account.id))/remove",
            ]
        }
        let accounts = book.accounts.values.filter { $0.isOpen && $0.may(.readChart) }.sorted { $0.name < $1.name }
        return [
            "isRestricted": book.restricted.contains(patient), "mayChange": mayChange, "accessPath": path,
            "members": accounts.filter { team.contains($0.id) }.map(person), "others": accounts.filter { !team.contains($0.id) }.map(person),
        ]
    }

    /// Notes that wait for their author's signature.
    private func drafts(_ review: Review) -> [[String: Any]] {
        let names = clinic.access.book.accounts
        return review.view.unsignedNotes.map { note in
            let author = note.fact.author.map { names[$0]?.name ?? $0 } ?? ""
            return ["draftText": "note of \(note.body.time.reading) by \(author)"]
        }
    }

    /// The chart named in a path, judged.
    func review(_ patient: PatientID, _ query: PatientQuery) throws -> (patient: PatientID, chart: Chart, review: Review) {
        guard let chart = try clinic.charts.chart(of: patient) else { throw HTTPError(.notFound, message: "No patient of this clinic has that id.") }
        return (patient, chart, Review(of: chart, asOf: query.moment.instant, jurisdiction: query.jurisdiction, knowledge: clinic.knowledge))
    }

    private func diagnosis(_ review: Review) -> String {
        guard let diagnosis = review.view.diagnoses.last?.body else { return "no depressive diagnosis on record" }
        return [diagnosis.name ?? diagnosis.code?.display, diagnosis.code?.code].compactMap { $0 }.joined(separator: ", ")
    }

    private func choice(_ jurisdiction: Jurisdiction, isOn: Bool) -> [String: Any] {
        ["choiceValue": jurisdiction.rawValue, "choiceText": jurisdiction.rawValue, "choiceOn": isOn]
    }

    /// Every whole hour in use, and the page's own offset when it is another.
    private func offsets(_ current: Int) -> [[String: Any]] {
        Set((-12...14).map { $0 * 60 } + [current]).sorted().map { ["offsetValue": offsetText($0), "offsetText": offsetText($0), "offsetOn": $0 == current] }
    }
}

/// A kind of fact in words.
func kindName(_ kind: FactKind) -> String {
    switch kind {
    case .treatmentTrial: "treatment trial"
    case .adverseEvent: "adverse event"
    default: kind.rawValue
    }
}
