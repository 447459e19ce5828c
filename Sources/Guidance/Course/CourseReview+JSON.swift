import Notation

extension CourseReview {
    var json: JSONValue {
        [
            "state": .orNull(history.state?.rawValue),
            "since": .orNull(history.since?.description),
            "product": .orNull(product?.rawValue),
            "start": .orNull(run.sessions.first?.time.description),
            "sessions": .init(run.sessions.count),
            "protocol": progress.map(\.json) ?? .null,
            "frequency": .array(frequency.map(\.json)),
            "findings": .array(findings.map(\.full)),
        ]
    }
}

extension ProtocolProgress {
    var json: JSONValue {
        [
            "id": .string(treatment.id), "name": .string(treatment.name), "kind": .string(treatment.kind.rawValue),
            "approval": .string(treatment.approval), "confidence": .string(treatment.confidence.rawValue), "source": .init(treatment.sources),
            "week": .init(week), "sessions_done": .init(sessionsDone), "phase": .orNull(phase?.name),
            "next": next.map(\.json) ?? .null,
            "deviations": .array(deviations.map(\.json)),
            "missed": .array(missed.map { ["phase": .string($0.phase), "condition": $0.condition.map { .string($0) }, "action": .string($0.action)] }),
            "decisions_due": .array(decisionsDue.map { ["at": .string($0.at), "rule": .string($0.rule)] }),
        ]
    }
}

extension ProtocolProgress.NextSession {
    var json: JSONValue {
        [
            "phase": .string(phase.name), "earliest": .string(earliest.description), "latest": .orNull(latest?.description),
            "doses": .array(
                doses.map { dose in
                    ["low": .init(dose.low), "high": .init(dose.high), "unit": .string(dose.unit), "devices": dose.devices.map { .init($0) }]
                }),
            "why": .init(why),
        ]
    }
}

extension ProtocolProgress.Deviation {
    var json: JSONValue {
        ["what": .string(what.rawValue), "text": .string(text), "session": session.map { .string($0) }, "because": .init(because)]
    }
}

extension FrequencyAdvice {
    var json: JSONValue {
        [
            "rule": .string(rule.id), "name": .string(rule.name), "kind": .string(rule.kind.rawValue), "metric": .string(rule.metric),
            "score": .init(score), "interval_days": .array(interval.map { .init($0) }), "for_weeks": forWeeks.map { .init($0) },
            "until": until.map { .string($0.description) },
            "because": .init(because), "source": .init(rule.sources), "confidence": .string(rule.confidence.rawValue), "note": rule.note.map { .string($0) },
        ]
    }
}

extension FollowUpDuty {
    var json: JSONValue {
        [
            "what": .string(what), "due": .string(due.description), "overdue": .init(isOverdue), "warning": isNear ? true : nil, "rule": .string(rule),
            "kind": .string(kind.rawValue),
            "session": session.map { .string($0) }, "because": .init(because), "confidence": .string(confidence.rawValue), "source": .init(sources),
            "finding": finding.map(\.json),
        ]
    }
}

extension InteractionHit {
    var json: JSONValue {
        [
            "rule": .string(interaction.id), "kind": .string(interaction.kind.rawValue), "force": .string(force.rawValue), "drugs": .init(drugs),
            "severity": .string(interaction.severity),
            "text": .string("\(interaction.agent): \(interaction.effect)"), "action": .string(interaction.action),
            "timing": interaction.timing.map { .string($0) }, "mechanism": .string(interaction.mechanism), "evidence": .string(interaction.evidence),
            "source": .init(interaction.sources), "confidence": .string(confidence.rawValue), "because": .init(because),
        ]
    }
}
