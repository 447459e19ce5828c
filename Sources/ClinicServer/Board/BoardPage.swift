import Access
import Chart
import Dispensary
import Foundation
import Guidance
import Hummingbird
import Notation
import Storage

/// The board: every chair with its phase, next check and alarms; who is coming; what waits to be done.
struct BoardRoutes {
    let clinic: Clinic
    let pages: Pages

    /// Duties shown on a page of their own at most.
    private static let listed = 500

    var routes: [Route] {
        [
            .get("/board", .permission(.readBoard), "The board of the day.", audit: .looked) { request in
                try pages.render(
                    "board", for: request, title: "Board",
                    pages.board(at: request.now, for: request.person).merging(["livePath": "/board/live", "now": request.now.description]) { first, _ in first }
                )
            }.kept,
            .get("/duties/:kind", .permission(.readChart), "Everything of one kind that waits to be done, the oldest first.", audit: .looked) { request in
                guard let kind = PatientDuties.kinds.first(where: { $0.kind == request["kind"] }) else { throw HTTPError(.notFound) }
                try? pages.standings.catchUp()
                let (first, number) = try clinic.store.duties(kind.kind, atMost: Self.listed)
                let model: [String: Any] = [
                    "listTitle": kind.title, "listNothing": kind.nothing, "listCount": "\(number)", "duties": try pages.duties(first, of: kind.kind),
                    "moreText": number > first.count ? "\(number - first.count) more, due later." : "",
                ]
                return try pages.render("duties", for: request, title: kind.title, withoutEmpty(model))
            },
            .stream("/board/live", .permission(.readBoard), "What changes on the board, as server-sent events.") { request in
                pages.stream(request, of: nil) {
                    try JSONValue.object(["regions": ["board": .string(pages.fragment("board-live", pages.board(at: $0, for: request.person)))]]).text
                }
            },
        ]
    }
}

extension Pages {
    private static let dutiesShown = 8

    /// The board's view model. Who may not read charts sees who is where and when, and is led to the bookings.
    func board(at now: Instant, for person: Person?) throws -> [String: Any] {
        let readsCharts = person?.may(.readChart) ?? false
        let lead = readsCharts ? "room" : person?.may(.schedule) ?? false ? "booking" : nil
        if readsCharts { try? standings.catchUp() }
        let lists = (readsCharts ? try PatientDuties.kinds.map(dutyList) : []) + (person?.may(.readStock) ?? false ? [try lots(at: now)] : [])
        let sessions = try openSessions.all(at: now)
        let running = sessions.filter { $0.review.state.isUnderWay }.sorted {
            ($0.chair, $0.start ?? now, $0.patient) < ($1.chair, $1.start ?? now, $1.patient)
        }
        let coming = sessions.filter { $0.review.state == .booked }.sorted { ($0.planned ?? now, $0.patient) < ($1.planned ?? now, $1.patient) }
        let over = sessions.filter { $0.review.state >= .discharged }.sorted { ($0.start ?? now, $0.patient) < ($1.start ?? now, $1.patient) }
        return withoutEmpty([
            "dayText": Moment(Moment(now, offset: clinic.offset(now)).day).reading,
            "chairs": running.map { chair($0, at: now, lead: lead, tells: readsCharts) },
            "chairCount": counted(running.count, "session"), "arrivals": coming.map { arrival($0, at: now, lead: lead) }, "arrivalCount": "\(coming.count)",
            "over": over.map { arrival($0, at: now, lead: lead) }, "overCount": "\(over.count)",
            "alarmCount": counted(running.map { $0.review.alerts.count(where: \.isOpen) }.reduce(0, +), "alarm"),
            "lists": lists, "isIncomplete": readsCharts && standings.isBehind.load(ordering: .relaxed),
        ])
    }

    /// Where a session on the board leads; nowhere for somebody who only looks.
    private func path(_ session: BoardSession, lead: String?) -> String {
        let patient = "/patients/\(percentEncoded(session.patient))"
        return switch lead {
        case "room": "\(patient)/sessions/\(percentEncoded(session.review.record.id))/room"
        case let lead?: "\(patient)/\(lead)"
        case nil: ""
        }
    }

    func clock(_ instant: Instant) -> String { Moment(instant, offset: clinic.offset(instant)).clock ?? "" }

    /// - Parameter tells: with values, doses and rules; else only who is where, since when, and that there is an alarm.
    func chair(_ session: BoardSession, at now: Instant, lead: String?, tells: Bool = true) -> [String: Any] {
        let review = session.review
        let gate = SessionGate(review)
        let alarms = review.alerts.filter(\.isOpen)
        var model: [String: Any] = [
            "chairName": session.chair, "patientLabel": session.patient, "roomHref": path(session, lead: lead),
            "stateText": review.state.words.capitalizedFirst, "isAlarming": !alarms.isEmpty,
        ]
        if let first = review.record.firstDose(by: now), review.state.isObserved { model["sinceISO"] = first.description }
        guard tells else {
            model["alarms"] = alarms.prefix(1).map { ["alarmText": "An alarm is open. Call a nurse.", "alarmClock": clock($0.at)] }
            return model
        }
        let told: [String: Any] = [
            "gateText": gate.text, "gateTone": gate.tone, "given": review.given,
            "alarms": alarms.map {
                [
                    "alarmText": $0.finding.rule.text, "alarmValue": $0.valueText, "alarmClock": clock($0.at),
                    "severity": severityClass(of: $0.finding),
                ]
            },
        ]
        model.merge(told) { $1 }
        if let next = review.next(at: now) {
            model["dueISO"] = next.due.description
            model["dueText"] = next.checks.map(\.title).joined(separator: ", ")
            model["isOverdue"] = next.checks.contains(where: \.isOverdue)
        }
        return model
    }

    private func arrival(_ session: BoardSession, at now: Instant, lead: String?) -> [String: Any] {
        [
            "patientLabel": session.patient, "roomHref": path(session, lead: lead), "chairName": session.chair,
            "plannedClock": session.start.map(clock) ?? "", "stateText": session.review.state.words,
            "isLate": session.review.state == .booked && session.planned.map { $0.adding(minutes: 10) < now } ?? false,
        ]
    }

    private func dutyList(_ kind: String, _ title: String, _ nothing: String) throws -> [String: Any] {
        let (first, number) = try clinic.store.duties(kind, atMost: Self.dutiesShown)
        var model: [String: Any] = ["listTitle": title, "listNothing": nothing, "listCount": "\(number)", "duties": try duties(first, of: kind)]
        if number > first.count { model["more"] = ["moreText": "All \(number)", "moreHref": kind == "rems" ? "/rems" : "/duties/\(kind)"] }
        return model
    }

    /// Duties of a kind as lists show them. Of a restricted chart they say only that there is one.
    func duties(_ duties: [(patient: PatientID, duty: String)], of kind: String) throws -> [[String: Any]] {
        let (book, now) = (clinic.access.book, clinic.now())
        return try duties.map { patient, text -> [String: Any] in
            let duty = try JSONReader.read(text)
            let author = duty["author"]?.string.map { "by " + (book.accounts[$0]?.name ?? $0) }
            let words = [duty["what"]?.string, author].compactMap { $0 }.joined(separator: " ")
            let due = duty["due"]?.string.flatMap { Day($0) }
            let isOverdue = duty["overdue"]?.bool ?? false
            let late = due.map { now.day.number - $0.number } ?? 0
            return [
                "dutyHref": "/patients/" + percentEncoded(patient) + (kind == "note" ? "/history/notes" : ""), "patientLabel": patient,
                "dutyText": book.restricted.contains(patient) ? "care team only" : words, "dutyDue": due.map { Moment($0).reading } ?? "",
                "isOverdue": isOverdue, "dutyLate": isOverdue && kind != "relapse" && late > 0 ? "\(counted(late, "day")) late" : "",
            ]
        }
    }

    /// Lots that are used up by date soon, as the ledger has them.
    private func lots(at now: Instant) throws -> [String: Any] {
        let soon = now.adding(days: StockView.soonDays).day
        let ledger = try clinic.stock.review(at: now).ledger
        let lots = ledger.lots.values.filter { lot in lot.expiry.map { $0 <= soon } ?? false && ledger.balance(of: .stock, lot: lot.id) > 0 }
            .sorted { ($0.expiry?.number ?? 0, $0.id) < ($1.expiry?.number ?? 0, $1.id) }
        return [
            "listTitle": "Expiring lots", "listNothing": "No lot expires within \(decimal(StockView.soonDays)) days.", "listCount": "\(lots.count)",
            "more": lots.count > Self.dutiesShown ? ["moreText": "All \(lots.count)", "moreHref": "/stock"] : [:],
            "duties": lots.prefix(Self.dutiesShown).map { lot -> [String: Any] in
                [
                    "patientLabel": lot.id, "dutyText": "\(lot.drug.rawValue), \(lot.preparation.unit.text(ledger.balance(of: .stock, lot: lot.id))) in stock",
                    "dutyDue": lot.expiry.map { Moment($0).reading } ?? "", "isOverdue": lot.expiry.map { $0 < now.day } ?? false,
                    "dutyLate": lot.expiry.map { $0 < now.day } ?? false ? "expired" : "",
                ]
            },
        ]
    }
}
