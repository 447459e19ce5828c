import Access
import Chart
import Dispensary
import Evidence
import Guidance
import Hummingbird
import Notation
import Plot

/// One session as its room shows it: a chart judged at a moment, and the regions of the page that follow from it.
struct Room: Sendable {
    let clinic: Clinic
    let patient: PatientID
    let review: Review
    let session: SessionReview
    /// Nil for those who may not read the stock.
    var drug: SessionDrug?
    let now: Instant

    var offset: Int { clinic.offset(now) }
    var path: String { "/patients/\(percentEncoded(patient))/sessions/\(percentEncoded(session.record.id))" }
    var record: SessionRecord { session.record }
    var firstDose: Instant? { record.firstDose(by: now) }

    func clock(_ instant: Instant) -> String { Moment(instant, offset: offset).clock ?? "" }

    /// Parts of the page that are drawn again when they have changed, each by its template `room-NAME`.
    var regions: [String] { ["head", "alerts", "picture", "checks", "steps", "events", "gate"] + (drug == nil ? [] : ["drug"]) }

    // MARK: - Head

    var headModel: [String: Any] {
        let gate = SessionGate(session)
        var model: [String: Any] = [
            "stateText": session.state.words.capitalizedFirst, "gateText": gate.text.capitalizedFirst, "gateTone": gate.tone, "given": session.given,
            "path": Self.way(session.state),
        ]
        if let first = firstDose, session.minutesFromFirst != nil {
            let isRunning = session.state.isObserved
            model["clocks"] = [
                clockModel("From first dose", since: first, minutes: session.minutesFromFirst, isRunning: isRunning),
                clockModel("From last dose", since: record.lastDoseEnd(by: now) ?? first, minutes: session.minutesFromLast, isRunning: isRunning),
            ]
        }
        if let next = session.next(at: now) {
            model["next"] = [
                "nextText": next.checks.map(\.title).joined(separator: ", "), "nextISO": next.due.description, "nextClock": clock(next.due),
                "isOverdue": next.checks.contains(where: \.isOverdue),
            ]
        }
        return model
    }

    private func clockModel(_ title: String, since: Instant, minutes: Double?, isRunning: Bool) -> [String: Any] {
        ["clockTitle": title, "clockISO": isRunning ? since.description : "", "clockText": minutes.map { "\(decimal(max(0, $0).rounded(.down))) min" } ?? ""]
    }

    /// The way of a session with where it stands.
    private static func way(_ state: SessionState) -> [[String: Any]] {
        let stops: [(SessionState, String)] = [
            (.checkedIn, "Here"), (.preChecks, "Checked"), (.cleared, "Cleared"), (.drugIssued, "Issued"), (.dosing, "Dosing"), (.observation, "Observed"),
            (.dischargeReady, "Ready"), (.discharged, "Left"), (.closed, "Closed"),
        ]
        return stops.enumerated().map { index, stop in
            let next = index + 1 < stops.count ? stops[index + 1].0 : nil
            let isHere = state >= stop.0 && next.map { state < $0 } ?? true && state < .cancelled
            return ["stopText": stop.1, "isHere": isHere, "isPast": !isHere && state > stop.0]
        }
    }

    // MARK: - Alerts and gates

    var alertsModel: [String: Any] {
        let open = session.alerts.filter(\.isOpen)
        func model(_ alert: SessionReview.Alert) -> [String: Any] {
            [
                "alertText": alert.finding.rule.text, "alertValue": alert.valueText, "alertClock": clock(alert.at),
                "alertRule": alert.finding.rule.id, "alertAdvice": alert.finding.rule.advice ?? "", "severity": severityClass(of: alert.finding),
                "isRecalled": alert.finding.rule.confidence >= .recalled, "kindText": alert.finding.rule.kind.title, "kind": alert.finding.rule.kind.rawValue,
            ]
        }
        let past = session.alerts.filter { !$0.isOpen }
        return [
            "open": open.map(model), "past": past.map(model), "pastCount": counted(past.count, "earlier alert"), "hasPast": !past.isEmpty,
            "withdrawn": review.view.withdrawnConsent.map { ConsentRoutes.withdrawn($0, offset: offset) } ?? "",
            "consentHref": "/patients/\(percentEncoded(patient))/consent",
        ]
    }

    /// Before the dose what speaks against it; after it what keeps the patient here.
    var gateModel: [String: Any] {
        let isBefore = session.state < .dosing
        let findings = isBefore ? session.preDose : session.unmet + session.toConfirm
        return [
            "gateTitle": isBefore ? "Before the dose" : "Before leaving",
            "gateNothing": isBefore
                ? "No rule speaks against the dose." : session.state > .dischargeReady ? "Left in order." : "No rule keeps the patient here.",
            "rules": findings.map { finding -> [String: Any] in
                let model = FindingModel(finding, id: "gate-\(finding.rule.id)")
                return [
                    "toRecord": scales(missing: finding),
                    "ruleID": finding.rule.id, "ruleText": finding.rule.text, "severity": model.severity, "severityText": model.severityText,
                    "kindText": finding.rule.kind.title, "kind": finding.rule.kind.rawValue, "standing": finding.standing,
                    "missing": finding.missing.joined(separator: ", "), "isRecalled": finding.rule.confidence >= .recalled,
                    "why": model.why ?? "", "advice": finding.rule.advice ?? "",
                    "mayOverride": finding.mayBeOverridden && finding.override == nil && finding.missing.isEmpty,
                    "overridePath": path + "/overrides",
                ]
            },
        ]
    }

    /// The scales a finding lacks, with where each is recorded.
    private func scales(missing finding: Finding) -> [[String: Any]] {
        let metrics = clinic.knowledge.metrics.metrics.values.filter { finding.missing.contains($0.title) }
        return unique(metrics.flatMap { $0.scales ?? [] }.map(\.instrument)).sorted().map { instrument in
            [
                "scaleName": clinic.knowledge.instruments.named(instrument)?.name ?? instrument,
                "scaleHref": "/patients/\(percentEncoded(patient))/history/scores?instrument=\(percentEncoded(instrument))",
            ]
        }
    }

    // MARK: - Steps

    var stepsModel: [String: Any] {
        let offered = OfferedStep.all(of: session, knowledge: clinic.knowledge)
        var model: [String: Any] = ["state": session.state.rawValue, "steps": offered.map(stepModel)]
        if [.drugIssued, .dosing].contains(session.state) || awaitsDevice {
            model["dose"] = doseModel
        } else if mayGetFurtherDevice {
            model["further"] = doseModel
        }
        return model
    }

    private func stepModel(_ offered: OfferedStep) -> [String: Any] {
        let isArrival = OfferedStep.arrivals.contains(offered.step)
        let isDecision = offered.signature != nil
        return [
            "step": offered.step.rawValue, "stepTitle": offered.title, "isPrimary": offered.isPrimary, "signature": offered.signature ?? "",
            "stepPath": path + (isDecision ? "/decisions" : isArrival ? "/arrival" : "/steps"),
            "needs": isDecision ? "decide" : isArrival ? "schedule" : "record", "waitsFor": isDecision ? "a prescriber" : "a nurse",
            "hasQuestions": !offered.questions.isEmpty || isDecision || !offered.isPrimary, "asksReason": !offered.isPrimary,
            "questions": offered.questions.map { question(step: offered.step, $0) },
        ]
    }

    private func question(step: SessionStep, _ question: MonitoringSchedule.Question) -> [String: Any] {
        let metric = clinic.knowledge.metrics[question.metric]
        var model: [String: Any] = ["questionID": "\(step.rawValue)-\(question.metric)", "metric": question.metric, "ask": question.ask]
        if let choices = question.choices {
            model["choices"] = choices.map { ["choiceValue": $0, "choiceText": $0.capitalizedFirst] }
        } else if metric?.unit == nil {
            model["choices"] = [["choiceValue": "true", "choiceText": "Yes"], ["choiceValue": "false", "choiceText": "No"]]
        } else {
            // Of a number there is nothing to choose; said here, or the template would look for choices further up.
            (model["unit"], model["choices"]) = (metric?.unit ?? "", [[String: Any]]())
        }
        return model
    }

    /// The rest is over and the protocol's least dose is not reached.
    private var awaitsDevice: Bool { session.state == .observation && record.awaitsDevice(at: now) }

    /// After the least dose a session is observed, and the protocol may still allow another device.
    private var mayGetFurtherDevice: Bool {
        guard [.observation, .dischargeReady].contains(session.state), let doses = record.plan?.doses, let device = doses.device, let most = doses.max
        else { return false }
        let given = record.administrations.compactMap { $0.body.dose.milligrams(weightKilograms: nil)?.value }
        return given.count == record.administrations.count && given.reduce(0, +) + device <= most
    }

    /// The next dose as the protocol has it, for the nurse to confirm.
    private var doseModel: [String: Any] {
        let plan = record.plan
        let weight = review.readings.all("weight").last { $0.time <= now }?.number
        let number = record.administrations.count + 1
        let option = review.course.progress?.next?.doses.first
        let amount: Double? =
            plan?.doses?.device ?? option.flatMap { option in option.unit == "mg/kg" ? weight.map { rounded(option.low * $0, places: 1) } : option.low }
        var model: [String: Any] = [
            "doseTitle": plan?.doses?.device != nil ? "Device \(number) given" : "Dose begun", "dosePath": path + "/doses",
            "doseAmount": amount.map(decimal) ?? "", "drug": plan?.drug.rawValue ?? "ketamine", "route": plan?.route.rawValue ?? "intravenous",
            "duration": plan?.infusionMinutes.map(decimal) ?? "", "lot": record.administrations.last?.body.lot ?? "",
            "doseHint": hint(option, weight: weight),
        ]
        if let last = record.administrations.last?.body.time.instant, plan?.doses?.device != nil, let rest = clinic.knowledge.ruleBook.deviceRestMinutes {
            model["restISO"] = last.adding(minutes: rest).description
        }
        return model
    }

    private func hint(_ option: ProtocolProgress.DoseOption?, weight: Double?) -> String {
        guard let options = review.course.progress?.next?.doses, !options.isEmpty else { return "No protocol of the library gives a dose." }
        let words = "By protocol " + options.map(\.description).joined(separator: " or ")
        return option?.unit == "mg/kg" ? words + (weight.map { ", weight \(decimal($0)) kg" } ?? ", weight not known") + "." : words + "."
    }

    // MARK: - Adverse events

    var eventsModel: [String: Any] {
        [
            "adverseEvents": record.adverseEvents.map { event -> [String: Any] in
                [
                    "term": event.body.term, "onset": clock(event.body.onset.instant), "isOpen": event.body.resolved == nil,
                    "resolved": event.body.resolved.map { clock($0.instant) } ?? "",
                    "eventSeverity": event.body.severity?.rawValue.replacing("_", with: " ") ?? "",
                    "isSerious": event.body.serious == true, "resolvePath": "\(path)/adverse-events/\(percentEncoded(event.id))/resolve",
                ]
            }
        ]
    }

    // MARK: - The page

    func pageModel(for person: Person?) -> [String: Any] {
        var model: [String: Any] = [
            "patientLabel": patient, "patientHref": "/patients/" + percentEncoded(patient), "sessionLabel": record.id, "recordHref": path, "roomPath": path,
            "protocolText": record.plan?.name ?? record.protocolID ?? "no protocol named", "seen": now.description,
            "livePath": path + "/room/live", "ageText": review.view.age.map { "\($0) years" } ?? "age not known",
            "terms": Self.usualTerms.map { ["usualTerm": $0] },
            "may": ([.recordSession: "record", .decideSession: "decide", .schedule: "schedule"] as [Permission: String])
                .filter { person?.may($0.key) ?? false }.values.sorted().map { "may-\($0)" }.joined(separator: " "),
        ]
        model["hasDrug"] = drug != nil
        for region in regions { model.merge(self.model(of: region)) { first, _ in first } }
        return model
    }

    /// Words offered for adverse events; any other can be typed. They are those the rules look for.
    private static let usualTerms = ["dissociation", "sedation", "nausea", "vomiting", "dizziness", "headache", "anxiety", "hypertension"]

    func model(of region: String) -> [String: Any] {
        let model: [String: Any] =
            switch region {
            case "head": headModel
            case "alerts": alertsModel
            case "picture": ["pictureSVG": picture]
            case "checks": ["columns": SessionChecks(session, offset: offset).columns, "checks": SessionChecks(session, offset: offset).rows]
            case "steps": stepsModel
            case "events": eventsModel
            case "drug": drugModel
            default: gateModel
            }
        return withoutEmpty(model)
    }
}

extension Pages {
    /// The room of a session, judged now, as somebody sees it.
    func room(_ patient: PatientID, _ session: String, at now: Instant, for person: Person?) throws -> Room {
        guard let chart = try clinic.charts.chart(of: patient) else { throw HTTPError(.notFound, message: "No patient of this clinic has that id.") }
        let review = Review(of: chart, asOf: now, jurisdiction: clinic.jurisdiction, knowledge: clinic.knowledge)
        guard let found = review.sessions.first(where: { $0.record.id == session }) else {
            throw HTTPError(.notFound, message: "This patient has no session of that name.")
        }
        var drug: SessionDrug?
        if person?.may(.readStock) ?? false {
            drug = SessionDrug(accounts: try clinic.stock.accounts(of: PatientSession(session: session, patient: patient), at: now))
        }
        return Room(clinic: clinic, patient: patient, review: review, session: found, drug: drug, now: now)
    }

    /// The regions of a room as JSON: what the page replaces with what.
    func roomState(_ patient: PatientID, _ session: String, at now: Instant, for person: Person?) throws -> String {
        let room = try room(patient, session, at: now, for: person)
        let regions = try room.regions.map { name -> (key: String, value: JSONValue) in
            (name, .string(try fragment("room-" + name, room.model(of: name))))
        }
        return JSONValue.object(["state": .string(room.session.state.rawValue), "regions": .object(JSONObject(regions))]).text
    }
}
