import Chart
import Evidence
import Guidance
import Notation

/// A review as the patient page shows it: five answers at a glance, and below them every finding with its reasons.
struct ReviewFindings {
    struct Verdict {
        var question: String
        var answer: String
        var tone: String
        var detail: String
        var group: String
        /// Rests on numbers from memory.
        var isRecalled = false

        var values: [String: Any] {
            ["isRecalled": isRecalled, "question": question, "answer": answer, "tone": tone, "detail": detail, "verdictHref": "#group-" + group]
        }
    }

    struct Group {
        var id: String
        var title: String
        var note: String?
        var nothing = "Nothing found."
        var findings: [FindingModel]

        func values(sources: [String: Source], summaries: [FactID: String], page: String = "") -> [String: Any] {
            var model: [String: Any] = [
                "groupID": "group-" + id, "groupTitle": title, "groupCount": findings.isEmpty ? "" : "\(findings.count)", "groupNothing": nothing,
                "findings": findings.map { $0.values(sources: sources, summaries: summaries, page: page) },
            ]
            model["groupNote"] = note
            return model
        }
    }

    let review: Review
    let knowledge: KnowledgeBase

    init(_ review: Review, knowledge: KnowledgeBase) {
        self.review = review
        self.knowledge = knowledge
    }

    // MARK: - At a glance

    var verdicts: [Verdict] { [resistanceVerdict, eligibilityVerdict, symptomVerdict, riskVerdict, exposureVerdict, nextVerdict, dutyVerdict] }

    private var resistanceVerdict: Verdict {
        let trd = review.resistance
        let needed = trd.criteria.minFailedTrials.value
        return Verdict(
            question: "Treatment-resistant?", answer: trd.meetsTRD ? "Yes" : "No", tone: "neutral",
            detail: "\(trd.adequateFailedTrials) adequate trials failed in this episode, \(needed) needed", group: "resistance",
            isRecalled: trd.trials.contains { $0.counts && $0.confidence >= .recalled })
    }

    private var eligibilityVerdict: Verdict {
        let eligibility = review.eligibility
        let grave = eligibility.findings.filter { $0.missing.isEmpty && $0.action > .advise }
        let unknown = eligibility.findings.filter { !$0.missing.isEmpty }
        let detail = [grave.isEmpty ? nil : grave.map(\.rule.id).joined(separator: ", "), unknown.isEmpty ? nil : "\(unknown.count) not known"].compactMap {
            $0
        }
        let (answer, tone) =
            switch eligibility.verdict {
            case .eligible: ("Yes", "ok")
            case .review: ("Review", "moderate")
            case .blocked: ("Blocked", "contraindication")
            }
        return Verdict(
            question: "May treatment start?", answer: answer, tone: tone, detail: detail.isEmpty ? "no rule speaks against it" : detail.joined(separator: "; "),
            group: "eligibility")
    }

    private var symptomVerdict: Verdict {
        guard let course = PatientRow(review).course else {
            return Verdict(question: "Is it working?", answer: "Not known", tone: "neutral", detail: "no depression scale on record", group: "symptoms")
        }
        guard course.points.count > 1 else {
            return Verdict(
                question: "Is it working?", answer: "Too early", tone: "neutral", detail: "one \(course.instrument.id) of \(decimal(course.latest.total))",
                group: "symptoms")
        }
        let tone =
            switch course.status {
            case .relapse: "major"
            case .response, .remission: "ok"
            case .partial, .none: "neutral"
            }
        return Verdict(
            question: "Is it working?", answer: statusText(course.status).capitalizedFirst, tone: tone,
            detail: "\(course.instrument.id) \(decimal(course.baseline.total)) to \(decimal(course.latest.total))", group: "symptoms",
            isRecalled: course.confidence >= .recalled)
    }

    private var riskVerdict: Verdict {
        let risk = review.suicideRisk
        return Verdict(
            question: "Sign of suicide risk?", answer: risk.needsScreener ? "At least \(risk.level.rawValue)" : risk.level.rawValue.capitalizedFirst,
            tone: risk.level == .none ? "neutral" : risk.severityClass,
            detail: risk.needsScreener ? "C-SSRS screener due" : risk.because.isEmpty ? "nothing asked yet" : "by the last screener", group: "risk",
            isRecalled: risk.confidence >= .recalled)
    }

    private var exposureVerdict: Verdict {
        let exposure = review.exposure
        return Verdict(
            question: "Given so far", answer: exposure.sessions == 0 ? "Nothing" : counted(exposure.sessions, "session"), tone: "neutral",
            detail: doses(exposure), group: "exposure")
    }

    private func doses(_ exposure: Exposure) -> String {
        let doses = exposure.byDrug.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            "\($0.key.rawValue) \(decimal(rounded($0.value.cumulative.value, places: 1))) mg"
        }
        return doses.isEmpty ? "no dose on record" : doses.joined(separator: ", ")
    }

    // MARK: - With reasons

    var groups: [Group] {
        [
            Group(
                id: "eligibility", title: "Eligibility", note: "Conditions are judged as recorded: what is not in the chart is taken as not present.",
                nothing: "No rule speaks against treatment.", findings: review.eligibility.findings.map { FindingModel($0) }),
            Group(id: "follow-up", title: "Follow-up", nothing: "Nothing due.", findings: review.followUp.duties.enumerated().map { duty($1, number: $0) }),
            Group(
                id: "plan", title: "Protocol and interval", nothing: "No session names a protocol of the library.", findings: plan),
            Group(
                id: "interactions", title: "Interactions", nothing: "Nothing the patient takes is in the table.",
                findings: review.interactions.map(interaction)),
            Group(id: "resistance", title: "Treatment resistance", findings: resistance),
            Group(id: "symptoms", title: "Symptoms", nothing: "No symptom scale on record.", findings: review.symptoms.map(symptom)),
            Group(id: "risk", title: "Suicide risk", findings: [risk]),
            Group(id: "exposure", title: "Exposure", nothing: "Nothing given yet.", findings: review.exposure.total.administrations == 0 ? [] : [exposure]),
        ]
    }

    private var resistance: [FindingModel] {
        let trd = review.resistance
        let counted = trd.trials.filter { $0.counts && $0.failed == true }
        let summary = FindingModel(
            id: trd.criteria.rule.id, severity: "minor", severityText: trd.meetsTRD ? "Met" : "Not met",
            text:
                "\(trd.adequateFailedTrials) adequate antidepressant trials failed in the current episode; \(trd.criteria.minFailedTrials.value) are treatment resistance",
            rule: trd.criteria.rule.id, kind: trd.criteria.rule.kind,
            why: trd.episode?.start.map { "Episode from \($0.day)." } ?? "The start of the episode is not recorded.",
            because: unique(counted.flatMap(\.because) + (trd.episode?.because ?? [])), sources: trd.criteria.minFailedTrials.sources ?? [],
            confidence: trd.criteria.minFailedTrials.confidence)
        return [summary, maudsley, thaseRush] + trd.trials.enumerated().map { trial($1, number: $0 + 1) }
    }

    private var maudsley: FindingModel {
        let stage = review.resistance.maudsley
        let parts = [
            ("duration", stage.duration), ("severity", stage.severity), ("failures", stage.failures), ("augmentation", stage.augmentation), ("ECT", stage.ect),
        ].map { "\($0) \($1.map(String.init) ?? "?")" }.joined(separator: ", ")
        return FindingModel(
            id: stage.rule.id, severity: "minor", severityText: stage.total.map(String.init) ?? "Not staged",
            text: "Maudsley Staging Method" + (stage.level.map { ": \($0)" } ?? ""), rule: stage.rule.id, kind: stage.rule.kind, why: parts,
            missing: stage.missing,
            because: review.resistance.episode?.because ?? [], sources: stage.sources, confidence: stage.confidence)
    }

    private var thaseRush: FindingModel {
        let stage = review.resistance.thaseRush
        return FindingModel(
            id: stage.rule.id, severity: "minor", severityText: stage.stage.map { "Stage \($0)" } ?? "No stage", text: "Thase-Rush staging",
            rule: stage.rule.id,
            kind: stage.rule.kind, why: stage.text, because: stage.because, sources: stage.sources, confidence: stage.confidence)
    }

    private func trial(_ trial: TrialJudgement, number: Int) -> FindingModel {
        let rule = review.resistance.criteria.rule
        let counts = trial.counts && trial.failed == true
        return FindingModel(
            id: "trial-\(number)", severity: counts ? "moderate" : "unknown", severityText: trial.verdict.words,
            text: [trial.augments.map { "\(trial.name) with \($0)" } ?? trial.name, trial.milligramsPerDay.map { "\(decimal($0)) mg/day" }].compactMap { $0 }
                .joined(separator: ", "),
            rule: rule.id, kind: rule.kind, why: trial.why, because: trial.because, sources: trial.sources, confidence: trial.confidence)
    }

    private func symptom(_ course: SymptomCourse) -> FindingModel {
        let severity = course.status == .relapse ? "major" : course.status == .response || course.status == .remission ? "ok" : "unknown"
        let reliable = course.change.isReliable.map { $0 ? "a reliable change" : "within measurement error" }
        let details = [course.why, course.latest.band.map { "latest: \($0)" }, course.points.count > 1 ? reliable : nil].compactMap { $0 }
        return FindingModel(
            id: "symptom-" + course.instrument.id, severity: severity, severityText: statusText(course.status).capitalizedFirst,
            text: "\(course.instrument.id) \(decimal(course.baseline.total)) to \(decimal(course.latest.total))"
                + (course.change.percent.map { " (\(signed(rounded($0, places: 1))) %)" } ?? ""),
            rule: course.rule.id, kind: course.rule.kind, why: details.joined(separator: "; "), because: course.because, sources: course.sources,
            confidence: course.confidence)
    }

    private var risk: FindingModel {
        let risk = review.suicideRisk
        return FindingModel(
            id: "risk", severity: risk.severityClass, severityText: risk.level.rawValue.capitalizedFirst,
            text: risk.needsScreener ? "C-SSRS screener due" : "Screening of suicide risk",
            rule: "SR-01", kind: .clinicDefault, advice: risk.advice, why: risk.text, because: risk.because, sources: risk.sources, confidence: risk.confidence)
    }

    private var exposure: FindingModel {
        let exposure = review.exposure
        let span = [exposure.first, exposure.last].compactMap { $0?.day.description }.joined(separator: " to ")
        return FindingModel(
            id: "exposure", severity: "unknown", severityText: counted(exposure.sessions, "session"), text: doses(exposure), rule: "EX-01",
            kind: .clinicDefault,
            why: "\(counted(exposure.total.administrations, "administration")), \(span)"
                + (exposure.withoutWeight.isEmpty ? "" : "; \(exposure.withoutWeight.count) by weight without a weight on record, not in the sum"),
            because: exposure.because.count > 12 ? Array(exposure.because.suffix(12)) : exposure.because, sources: [], confidence: .read)
    }
}

extension SuicideRisk {
    /// The colour class of the level.
    var severityClass: String {
        switch level {
        case .high: "contraindication"
        case .moderate: "major"
        case .low: "moderate"
        case .none: "unknown"
        }
    }
}

extension String {
    /// The first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
