import Notation

extension SessionReview {
    /// One element of `sessions` in the contract's JSON for `chart review`.
    var json: JSONValue {
        [
            "session": .string(record.id),
            "state": .string(state.rawValue),
            "protocol": .orNull(record.protocolID),
            "product": .orNull(record.product?.rawValue),
            "minutes_from_first": .orNull(minutesFromFirst.map(wholeMinutes)),
            "minutes_from_last": .orNull(minutesFromLast.map(wholeMinutes)),
            "pre_dose": ["verdict": .string(doseVerdict.rawValue), "findings": .array(preDose.map(\.json))],
            "alerts": .array(alerts.map(\.json)),
            "due": .array(due.map(\.json)),
            "missed": missed.isEmpty ? nil : .array(missed.map(\.json)),
            "discharge": [
                "ready": .init(isReadyForDischarge), "unmet": .array(unmet.map(\.json)),
                "to_confirm": .array(toConfirm.map(\.json)),
            ],
            "irregularities": irregularities.isEmpty ? nil : .array(irregularities.map(\.json)),
            "history": .array(
                history.passages.map { passage in
                    ["step": .string(passage.step.rawValue), "state": .string(passage.state.rawValue), "at": .string(passage.time.description)]
                }),
        ]
    }

    /// Checks still to be done.
    public var due: [ScheduledCheck] { state.isObserved ? checks.filter { $0.done == nil } : [] }

    /// Checks that never were done, of a session that is over.
    public var missed: [ScheduledCheck] { state.isObserved ? [] : checks.filter { $0.done == nil && $0.isOverdue } }
}

/// Minutes as people count them: whole ones that have passed.
private func wholeMinutes(_ minutes: Double) -> Double { minutes.rounded(.down) }

extension SessionReview.Alert {
    var json: JSONValue {
        guard case .object(var object) = finding.json else { return finding.json }
        object["at"] = .string(at.description)
        object["value"] = value.map(\.json) ?? .null
        object["open"] = .init(isOpen)
        object["decision"] = .string(decision.rawValue)
        return .object(object)
    }
}

extension SessionReview.Irregularity {
    var json: JSONValue {
        guard case .object(var object) = finding.json else { return finding.json }
        object["text"] = .string(text)
        object["at"] = .string(at.description)
        return .object(object)
    }
}

extension ScheduledCheck {
    var json: JSONValue {
        [
            "check": .string(check), "title": .string(title), "at": .string(due.description), "minute": .init(minute), "overdue": .init(isOverdue),
            "rule": .string(rule), "kind": .string(kind.rawValue), "confidence": .string(confidence.rawValue),
        ]
    }
}

extension Reading.Value {
    var json: JSONValue {
        switch self {
        case .number(let number), .timesUpperLimit(let number): .init(number)
        case .text(let text): .string(text)
        case .flag(let flag): .init(flag)
        }
    }
}
