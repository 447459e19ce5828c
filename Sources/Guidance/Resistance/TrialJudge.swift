import Chart
import Evidence
import Notation

/// Judges one treatment course: dose and duration first, then adherence, tolerance and outcome.
struct TrialJudge {
    let course: TreatmentCourse
    let episode: Episode?
    let asOf: Instant
    let criteria: ResistanceCriteria

    /// Adequate, inadequate or not to be said, with the reason in words.
    private struct Adequacy {
        var adequate: Bool?
        var days: Double?
        var why: String
        var numbers: [(confidence: Confidence, sources: [String])] = []
    }

    private var windowStart: Instant? { episode?.start?.instant }

    /// In the current episode unless it ended before that began. Without a known beginning every trial is taken to be inside.
    private var isInEpisode: Bool {
        guard let windowStart, let end = course.end else { return true }
        return end.instant > windowStart
    }

    var judgement: TrialJudgement {
        let adequacy = adequacy
        let failed = adequacy.adequate == true ? outcomeFailed : adequacy.adequate.map { _ in false }
        var why = [adequacy.why]
        let verdict: TrialJudgement.Verdict
        switch (adequacy.adequate, failed) {
        case (true, true):
            verdict = .adequateFailed
            why.append("outcome \(outcomeWord): a failure")
        case (true, false):
            verdict = .adequateResponded
            why.append("outcome \(outcomeWord): not a failure")
        case (true, nil):
            verdict = .adequateOutcomeUnknown
            why.append("outcome not recorded")
        case (false, _) where course.stoppedFor == .intolerance:
            verdict = .inadequateIntolerant
            why.append("stopped for intolerance before it was adequate")
        case (false, _): verdict = .inadequate
        case (nil, _): verdict = .undetermined
        }
        let treatment = course.treatment
        let isAugmentation = course.augments != nil || treatment?.category == .augmentation
        var counts = isInEpisode && !isAugmentation && treatment?.category == .antidepressant && treatment?.countsAsTrial == true
        if isAugmentation {
            why.append("augmentation: its own record, not counted as an antidepressant trial")
            counts = false
        } else if let treatment, treatment.category != .antidepressant || !treatment.countsAsTrial {
            why.append("\(treatment.category == .antidepressant ? treatment.title : treatment.category.rawValue): not counted as an antidepressant trial")
        }
        if !isInEpisode { why.append("before the current episode: not counted") }
        if episode?.start == nil { why.append("start of the episode not recorded: taken as inside it") }
        if course.isPrescription { why.append("from prescriptions; nobody has recorded it as a treatment trial") }
        let numbers = adequacy.numbers
        return TrialJudgement(
            name: course.name, treatment: treatment, augments: course.augments, start: course.start, end: course.end, hasUnknownEnd: course.hasUnknownEnd,
            milligramsPerDay: course.records.compactMap(\.dose).max(), sessions: course.sessions, days: adequacy.days, verdict: verdict,
            adequate: adequacy.adequate, failed: failed, inCurrentEpisode: isInEpisode, counts: counts, why: why.joined(separator: "; "),
            because: course.records.map(\.fact.id), isPrescription: course.isPrescription,
            confidence: numbers.map(\.confidence).max() ?? .read, sources: unique(numbers.flatMap(\.sources)))
    }

    // MARK: - Outcome

    private var outcomeWord: String { course.outcome?.rawValue ?? "not recorded, stopped for inefficacy" }

    private var outcomeFailed: Bool? {
        switch course.outcome {
        case nil, .unknown: course.stoppedFor == .inefficacy ? true : nil
        case let outcome?: criteria.failedOutcomes.value.contains(outcome.rawValue)
        }
    }

    // MARK: - Adequacy

    private var adequacy: Adequacy {
        guard let treatment = course.treatment else {
            return Adequacy(adequate: nil, why: "\(quoted(course.name)) is not in the table of treatments")
        }
        var adequacy = treatment.adequateSessions.map(sessions) ?? doseAndDuration(treatment)
        guard adequacy.adequate == true else { return adequacy }
        switch course.adherence {
        case .inadequate:
            adequacy.adequate = false
            adequacy.why += ", but adherence inadequate"
        case .share(let share) where share < criteria.minAdherence.value:
            adequacy.adequate = false
            adequacy.why += ", but only \(percent(share)) of doses taken (needs \(percent(criteria.minAdherence.value)))"
            adequacy.numbers.append((criteria.minAdherence.confidence, criteria.minAdherence.sources ?? []))
        case .share(let share): adequacy.why += ", \(percent(share)) of doses taken"
        case .adequate: break
        case nil, .unknown: if treatment.category == .antidepressant { adequacy.why += ", adherence not recorded" }
        }
        return adequacy
    }

    private func sessions(_ least: Sourced<Int>) -> Adequacy {
        let numbers = [(least.confidence, least.sources ?? [])]
        guard let sessions = course.sessions else {
            return Adequacy(adequate: nil, why: "number of sessions not recorded (needs \(least.value))", numbers: numbers)
        }
        return Adequacy(adequate: sessions >= least.value, why: "\(sessions) sessions (needs \(least.value))", numbers: numbers)
    }

    private func doseAndDuration(_ treatment: Treatment) -> Adequacy {
        guard let dose = treatment.adequateDose, let weeks = treatment.adequateWeeks else {
            return Adequacy(adequate: nil, why: "no threshold for an adequate trial of \(treatment.title) is known")
        }
        let numbers = [(dose.confidence, dose.sources ?? []), (weeks.confidence, weeks.sources ?? [])]
        let needed = weeks.value * 7
        let doses = course.records.compactMap(\.dose)
        let window = (start: windowStart, end: max(asOf, windowStart ?? asOf))
        let daysAtDose = course.days(atLeast: dose.value, from: window.start, to: window.end)
        let allDays = course.days(atLeast: nil, from: window.start, to: window.end)
        let need = "needs \(decimal(dose.value)) mg/day for \(decimal(needed)) days"
        guard course.start != nil else { return Adequacy(adequate: nil, why: "start not recorded (\(need))", numbers: numbers) }
        if daysAtDose >= needed {
            return Adequacy(adequate: true, days: daysAtDose, why: "\(days(daysAtDose)) at \(decimal(doses.max() ?? 0)) mg/day (\(need))", numbers: numbers)
        }
        if course.hasUnknownEnd { return Adequacy(adequate: nil, days: daysAtDose, why: "stopped on an unknown date (\(need))", numbers: numbers) }
        if allDays < needed {
            return Adequacy(
                adequate: false, days: daysAtDose, why: "only \(days(allDays))\(windowStart == nil ? "" : " in this episode") (\(need))", numbers: numbers)
        }
        if doses.count < course.records.count {
            return Adequacy(adequate: nil, days: daysAtDose, why: "dose not recorded (\(need))", numbers: numbers)
        }
        return Adequacy(
            adequate: false, days: daysAtDose,
            why: (doses.max() ?? 0) < dose.value
                ? "\(decimal(doses.max() ?? 0)) mg/day is below the adequate dose (\(need))" : "only \(days(daysAtDose)) at an adequate dose (\(need))",
            numbers: numbers)
    }

    private func percent(_ share: Double) -> String { "\(decimal(rounded(share * 100, places: 0))) %" }
    private func days(_ days: Double) -> String { "\(decimal(days.rounded(.down))) days" }
}
