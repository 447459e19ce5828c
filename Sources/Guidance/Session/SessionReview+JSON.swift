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
            "pre_dose": [
                "verdict": .string(doseVerdict.rawValue), "findings": .array(preDose.filter { !$0.isUnknown }.map { $0.brief([:]) }),
                "unknown": .array(preDose.filter(\.isUnknown).map { $0.brief([:]) }),
            ],
            "alerts": .array(alerts.map(\.json)),
            "due": .array(due.map(\.json)),
            "missed": missed.isEmpty ? nil : .array(missed.map(\.json)),
            "discharge": [
                "ready": .init(isReadyForDischarge), "unmet": .array(unmet.map(\.json)),
                "to_confirm": .array(toConfirm.map(\.json)), "overridden": overridden.isEmpty ? nil : .array(overridden.map(\.json)),
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

    /// Of the checks still to be done those that come next: due first, and not yet taken over by a later one of their kind.
    public func next(at now: Instant) -> (due: Instant, checks: [ScheduledCheck])? {
        let open = due.filter { $0.closes.map { now < $0 } ?? true }
        return open.map(\.due).min().map { first in (first, open.filter { $0.due == first }) }
    }

    /// Checks that never were done, of a session that is over.
    public var missed: [ScheduledCheck] { state.isObserved ? [] : checks.filter { $0.done == nil && $0.isOverdue } }
}

/// Minutes as people count them: whole ones that have passed.
private func wholeMinutes(_ minutes: Double) -> Double { minutes.rounded(.down) }

extension Finding {
    /// What a list of many findings says of one; the rule's whole statement stands once under `rules`.
    fileprivate func brief(_ more: JSONObject) -> JSONValue {
        var object: JSONObject = [
            "rule": .string(rule.id), "kind": .string(rule.kind.rawValue), "action": .string(action.rawValue), "severity": .string(rule.severity),
            "text": .string(rule.text), "force": .string(force.rawValue), "because": .init(because), "source": .init(rule.sources),
            "confidence": .string(rule.confidence.rawValue), "missing": missing.isEmpty ? nil : .init(missing),
            "override": overrideJSON, "overlay": overlayJSON,
        ]
        for (key, value) in more.members { object[key] = value }
        return .object(object)
    }
}

extension SessionReview.Alert {
    var json: JSONValue {
        finding.brief([
            "at": .string(at.description), "value": value.map(\.json) ?? .null, "open": .init(isOpen), "decision": .string(decision.rawValue),
        ])
    }
}

extension Irregularity {
    /// In the list of a session.
    var json: JSONValue { finding.brief(["text": .string(text), "at": .string(at.description)]) }

    /// In the list of the course, where nothing says the rule's whole statement.
    var full: JSONValue {
        guard case .object(var object) = finding.json else { return .null }
        object["text"] = .string(text)
        object["at"] = .string(at.description)
        if let session { object["session"] = .string(session) }
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
        case .since: .string(description)
        case .text(let text): .string(text)
        case .flag(let flag): .init(flag)
        }
    }
}
