import Guidance
import Notation

/// The sessions of a chart as rows of the patient page, newest first.
struct SessionRows {
    let values: [[String: Any]]

    init(_ review: Review, page: String, query: PatientQuery) {
        values = review.sessions.reversed().map { session in
            let gate = SessionGate(session)
            return [
                "sessionHref": "\(page)/sessions/\(percentEncoded(session.record.id))\(query.text)", "sessionLabel": session.record.id,
                "sessionDay": session.day, "sessionState": session.state.words, "sessionGiven": session.given, "sessionClocks": session.clocks,
                "sessionAlerts": session.alertsText, "sessionTone": gate.tone, "sessionGate": gate.text,
            ]
        }
    }
}

/// The decision a session waits for, in a few words and a colour.
struct SessionGate {
    var text: String
    var tone: String

    init(_ session: SessionReview) {
        // The gravest in words; the rest stands in the room.
        func first(of texts: [String]) -> String {
            let texts = unique(texts)
            return (texts.first ?? "") + (texts.count > 1 ? " and \(texts.count - 1) more" : "")
        }
        func reasons(_ findings: [Finding]) -> String { first(of: findings.filter(\.missing.isEmpty).map(\.rule.text)) }
        func questions(_ findings: [Finding]) -> String { first(of: findings.flatMap(\.missing)) }
        switch session.state {
        // What is to be asked is asked when the patient is here.
        case .booked where session.record.plannedStart != nil: (text, tone) = ("booked", "unknown")
        case .booked, .checkedIn, .preChecks, .held, .cleared, .drugIssued:
            switch session.doseVerdict {
            case .clear: (text, tone) = ("may be dosed", "ok")
            case .hold: (text, tone) = ("hold: \(reasons(session.preDose.filter { $0.action >= .review }))", "moderate")
            case .blocked: (text, tone) = ("blocked: \(reasons(session.preDose.filter(\.isOpen)))", "contraindication")
            case .unknown: (text, tone) = ("to be asked: \(questions(session.preDose.filter { $0.action >= .review }))", "moderate")
            }
        case .dosing, .observation, .dischargeReady:
            if session.isReadyForDischarge {
                (text, tone) = ("may leave", "ok")
            } else if session.unmet.allSatisfy({ !$0.missing.isEmpty }) {
                (text, tone) = ("to be asked: \(questions(session.unmet))", "moderate")
            } else {
                (text, tone) = ("must stay: \(reasons(session.unmet))", "major")
            }
        case .cancelled, .emergencyTransfer: (text, tone) = (session.state.words, "unknown")
        case .discharged, .documentationOpen, .remsSubmitted, .closed:
            (text, tone) = session.unmet.isEmpty ? ("left in order", "ok") : ("left against \(reasons(session.unmet))", "major")
        }
    }
}

extension SessionState {
    var words: String {
        switch self {
        case .preChecks: "pre-checks"
        case .remsSubmitted: "REMS form sent"
        default: rawValue.replacing("_", with: " ")
        }
    }
}

extension SessionReview {
    var day: String {
        (record.administrations.first?.body.time ?? record.plannedStart ?? record.events.first?.body.time).map { Moment($0.day).reading } ?? ""
    }

    var given: String {
        let doses = Dictionary(grouping: record.administrations) { "\($0.body.drug.rawValue) \($0.body.dose)" }
        return doses.sorted { $0.key < $1.key }.map { $1.count == 1 ? $0 : "\($1.count) × \($0)" }.joined(separator: ", ")
    }

    var clocks: String {
        guard let minutesFromFirst, let minutesFromLast else { return "" }
        return "\(decimal(minutesFromFirst.rounded(.down))) / \(decimal(minutesFromLast.rounded(.down)))"
    }

    var alertsText: String {
        let open = alerts.count(where: \.isOpen)
        return alerts.isEmpty ? "" : "\(alerts.count)" + (open == 0 ? "" : ", \(open) open")
    }
}
