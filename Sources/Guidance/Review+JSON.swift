import Chart
import Evidence
import Notation

extension Review {
    /// The contract's JSON for `chart review`; the forecast is added by whoever has the model.
    public var json: JSONValue {
        [
            "patient": .string(view.patient),
            "as_of": .string(view.asOf.description),
            "jurisdiction": .string(jurisdiction.rawValue),
            "trd": resistance.json,
            "eligibility": [
                "verdict": .string(eligibility.verdict.rawValue), "findings": .array(eligibility.findings.filter { !$0.isUnknown }.map(\.json)),
                "unknown": .array(eligibility.findings.filter(\.isUnknown).map(\.json)),
            ],
            "interactions": .array(interactions.map(\.json)),
            "sessions": .array(sessions.mapOnAllCores(\.json)),
            "symptoms": .object(JSONObject(symptoms.map { ($0.instrument.id, $0.json) })),
            "suicide_risk": suicideRisk.json,
            "exposure": exposure.json,
            "follow_up": .array(followUp.duties.map(\.json)),
            "course": course.json,
            "rules": .object(JSONObject(statements.map { ($0.id, $0.json) })),
            "forecast": .null,
            "not_scored": notScored.isEmpty ? nil : .init(notScored),
            "not_yet_judged": .init([String]()),
        ]
    }
}

extension Review {
    /// The statements of all rules the sessions speak of, by id.
    private var statements: [RuleStatement] {
        var found: [String: RuleStatement] = [:]
        for session in sessions {
            for finding in session.preDose + session.unmet + session.toConfirm + session.overridden { found[finding.rule.id] = finding.rule }
            for alert in session.alerts { found[alert.finding.rule.id] = alert.finding.rule }
            for irregularity in session.irregularities { found[irregularity.finding.rule.id] = irregularity.finding.rule }
        }
        return found.values.sorted { $0.id < $1.id }
    }
}

extension RuleStatement {
    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "text": .string(text), "advice": advice.map(JSONValue.string), "severity": .string(severity),
            "jurisdictions": .init((jurisdictions ?? Jurisdiction.allCases).map(\.rawValue)), "binds": .init(binds), "adopted_for": .init(adoptedFor),
            "source": .init(sources), "confidence": .string(confidence.rawValue), "note": note.map(JSONValue.string),
        ]
    }
}

extension Finding {
    var json: JSONValue {
        [
            "rule": .string(rule.id), "kind": .string(rule.kind.rawValue), "action": .string(action.rawValue), "severity": .string(rule.severity),
            "text": .string(rule.text), "advice": rule.advice.map(JSONValue.string), "because": .init(because),
            "missing": missing.isEmpty ? nil : .init(missing), "source": .init(rule.sources), "confidence": .string(rule.confidence.rawValue),
            "note": rule.note.map(JSONValue.string), "jurisdictions": .init((rule.jurisdictions ?? Jurisdiction.allCases).map(\.rawValue)),
            "force": .string(force.rawValue), "binds": .init(rule.binds), "adopted_for": .init(rule.adoptedFor),
            "override": overrideJSON, "overlay": overlayJSON,
        ]
    }

    /// Who went on against the rule, when and why.
    var overrideJSON: JSONValue? {
        override.map { stated in
            [
                "by": .orNull(stated.fact.author), "at": .string(stated.body.time.description), "reason": .string(stated.body.reason),
                "because": .init([stated.id]),
            ]
        }
    }

    /// What the clinic changed in the rule, who, when and why.
    var overlayJSON: JSONValue? {
        overlay.map { overlay in
            [
                "by": .string(overlay.by), "date": .string(overlay.date), "reason": .string(overlay.reason),
                "thresholds": overlay.thresholds.map { .object(JSONObject($0.sorted { $0.key < $1.key }.map { ($0.key, .init($0.value)) })) },
            ]
        }
    }
}

extension ResistanceAssessment {
    var json: JSONValue {
        [
            "adequate_failed_trials": .init(adequateFailedTrials),
            "meets_trd": .init(meetsTRD),
            "rule": .string(criteria.rule.id),
            "kind": .string(criteria.rule.kind.rawValue),
            "source": .init(criteria.minFailedTrials.sources ?? []),
            "episode_start": .orNull(episode?.start?.description),
            "trials": .array(trials.map { $0.json(rule: criteria.rule) }),
            "maudsley": maudsley.json,
            "thase_rush": thaseRush.json,
        ]
    }
}

extension TrialJudgement {
    func json(rule: RuleReference) -> JSONValue {
        [
            "treatment": .string(name),
            "adequate": .orNull(adequate),
            "failed": .orNull(failed),
            "counts": .init(counts),
            "in_current_episode": .init(inCurrentEpisode),
            "verdict": .string(verdict.rawValue),
            "why": .string(why),
            "class": treatment.map { .string($0.class) },
            "augments": augments.map(JSONValue.string),
            "start": .orNull(start?.description),
            "end": .orNull(end?.description),
            "days_at_adequate_dose": days.map { JSONValue($0.rounded(.down)) },
            "rule": .string(rule.id),
            "kind": .string(rule.kind.rawValue),
            "because": .init(because),
            "source": .init(sources),
            "confidence": .string(confidence.rawValue),
        ]
    }
}

extension MaudsleyStage {
    var json: JSONValue {
        [
            "total": .orNull(total),
            "level": .orNull(level),
            "parts": [
                "duration": .orNull(duration), "severity": .orNull(severity),
                "failures": .init(failures), "augmentation": .init(augmentation), "ect": .init(ect),
            ],
            "missing": missing.isEmpty ? nil : .init(missing),
            "rule": .string(rule.id), "source": .init(sources), "confidence": .string(confidence.rawValue),
        ]
    }
}

extension ThaseRushStage {
    var json: JSONValue {
        [
            "stage": .orNull(stage), "why": .string(text), "because": .init(because), "rule": .string(rule.id),
            "source": .init(sources), "confidence": .string(confidence.rawValue),
        ]
    }
}

extension SymptomCourse {
    var json: JSONValue {
        [
            "baseline": .init(baseline.total),
            "latest": .init(latest.total),
            "change_pct": .orNull(change.percent.map { rounded($0, places: 1) }),
            "status": .string(status.rawValue),
            "band": latest.band.map(JSONValue.string),
            "baseline_time": .string(baseline.time.description),
            "latest_time": .string(latest.time.description),
            "assessments": .init(points.count),
            "why": .string(why),
            "because": .init(because),
            "rule": .string(rule.id), "kind": .string(rule.kind.rawValue), "source": .init(sources), "confidence": .string(confidence.rawValue),
        ]
    }
}

extension SuicideRisk {
    private var rules: [String] {
        (level == .high ? ["PR-11"] : []) + (isByBehaviour ? [Self.behaviourRule] : []) + (needsScreener ? ["PR-12"] : [])
    }

    var json: JSONValue {
        [
            "level": .string(level.rawValue), "because": .init(because), "needs_screener": .init(needsScreener), "text": .string(text),
            "action": advice.map { .string($0) }, "rules": .init(rules),
            "source": .init(sources), "confidence": .string(confidence.rawValue),
        ]
    }
}

extension Exposure {
    var json: JSONValue {
        [
            "administrations": .init(total.administrations),
            "cumulative_mg": .init(rounded(total.cumulative.value, places: 3)),
            "sessions": .init(sessions),
            "by_drug": .object(
                JSONObject(
                    byDrug.sorted { $0.key.rawValue < $1.key.rawValue }.map { drug, sum in
                        (drug.rawValue, ["administrations": .init(sum.administrations), "cumulative_mg": .init(rounded(sum.cumulative.value, places: 3))])
                    })),
            "first": .orNull(first?.description),
            "last": .orNull(last?.description),
            "without_weight": withoutWeight.isEmpty ? nil : .init(withoutWeight),
        ]
    }
}
