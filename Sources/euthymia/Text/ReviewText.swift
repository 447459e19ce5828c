import Chart
import Evidence
import Guidance
import Notation

/// A review as a person reads it in a terminal: the answers first, then every finding with rule, kind and reason.
struct ReviewText {
    let review: Review

    var text: String {
        [heading, resistance, eligibility, interactions, symptoms, safety, course, sessions, followUp].joined(separator: "\n\n")
    }

    private var heading: String {
        let person = [review.view.age.map { "\($0) years" }, review.view.demographics?.body.sex?.rawValue].compactMap { $0 }.joined(separator: ", ")
        return Terminal.styled(review.view.patient, .bold) + (person.isEmpty ? "" : "  \(person)")
            + Terminal.styled("  as of \(review.view.asOf)  \(review.jurisdiction.rawValue)", .dim)
    }

    func title(_ text: String, _ answer: String, _ style: Terminal.Style) -> String {
        Terminal.left(text, 22) + Terminal.styled(answer, style)
    }

    /// Long text below a label, indented.
    func body(_ text: String, indent: Int = 4) -> [String] {
        Terminal.wrapped(text, width: 110 - indent).map { String(repeating: " ", count: indent) + $0 }
    }

    func mark(_ confidence: Confidence) -> String { confidence >= .recalled ? " [\(confidence.rawValue), not verified]" : "" }

    private var resistance: String {
        let trd = review.resistance
        let needed = trd.criteria.minFailedTrials.value
        let stages = [
            "Maudsley "
                + (trd.maudsley.total.map { "\($0) \(trd.maudsley.level ?? "")" } ?? "not staged (\(trd.maudsley.missing.joined(separator: ", ")) missing)"),
            "Thase-Rush " + (trd.thaseRush.stage ?? "none") + mark(trd.thaseRush.confidence),
        ]
        var lines = [
            title(
                "Treatment resistance", "\(trd.meetsTRD ? "met" : "not met"): \(trd.adequateFailedTrials) of \(needed) adequate failed trials",
                trd.meetsTRD ? .green : .yellow),
            "  " + stages.joined(separator: " · "),
        ]
        for trial in trd.trials {
            let span = "\(trial.start.map { $0.day.description } ?? "?") to \(trial.end.map { $0.day.description } ?? "now")"
            let dose = trial.milligramsPerDay.map { " \(decimal($0)) mg/day" } ?? ""
            lines.append(
                "  " + Terminal.left(trial.augments.map { "\(trial.name) (with \($0))" } ?? trial.name + dose, 30) + " " + span + "  "
                    + Terminal.styled(trial.verdict.rawValue.replacing("_", with: " "), trial.counts && trial.failed == true ? .bold : .dim))
            lines += body(trial.why + mark(trial.confidence))
        }
        return lines.joined(separator: "\n")
    }

    private var eligibility: String {
        let style: Terminal.Style = review.eligibility.verdict == .eligible ? .green : review.eligibility.verdict == .blocked ? .red : .yellow
        var lines = [title("Eligibility", review.eligibility.verdict.rawValue, style)]
        for finding in review.eligibility.findings { lines += self.lines(of: finding) }
        return lines.joined(separator: "\n")
    }

    /// A finding with what it asks for, its force, source and facts.
    func lines(of finding: Finding, text: String? = nil) -> [String] {
        let rule = finding.rule
        let action = finding.override != nil ? "overrid." : finding.missing.isEmpty ? finding.action.rawValue : "unknown"
        var lines = [
            "  " + Terminal.left(action, 8) + Terminal.left(rule.id, 6) + " " + Terminal.left("[\(rule.kind.title)]", 17) + " " + (text ?? rule.text)
                + mark(rule.confidence)
        ]
        if !finding.missing.isEmpty { lines += body("missing: " + finding.missing.joined(separator: "; "), indent: 10) }
        if let advice = rule.advice { lines += body("asks for: " + advice, indent: 10) }
        if let override = finding.override {
            lines += body("overridden by \(override.fact.author ?? "?") on \(override.body.time): \(override.body.reason)", indent: 10)
        }
        if let overlay = finding.overlay { lines += body("changed by the clinic, \(overlay.by) \(overlay.date): \(overlay.reason)", indent: 10) }
        let facts = finding.because.isEmpty ? "" : " · facts \(finding.because.joined(separator: ", "))"
        lines += body("\(finding.standing) · source \(rule.sources.isEmpty ? "none" : rule.sources.joined(separator: ", "))\(facts)", indent: 10)
            .map { Terminal.styled($0, .dim) }
        return lines
    }

    private var symptoms: String {
        guard !review.symptoms.isEmpty else { return title("Symptoms", "no scored assessment", .dim) }
        return
            (["Symptoms"]
            + review.symptoms.map { course in
                let change = course.change.percent.map { "\($0 > 0 ? "+" : "")\(decimal(rounded($0, places: 1))) %" } ?? "no change to state"
                return "  " + Terminal.left(course.instrument.id, 12)
                    + Terminal.left("\(decimal(course.baseline.total)) → \(decimal(course.latest.total))", 10) + Terminal.right(change, 9) + "  "
                    + Terminal.styled(course.status.rawValue, course.status == .relapse ? .red : course.status == .none ? .dim : .green)
                    + mark(course.confidence) + Terminal.styled("  \(course.why)", .dim)
            }).joined(separator: "\n")
    }

    private var safety: String {
        let risk = review.suicideRisk
        let style: Terminal.Style = risk.level >= .moderate ? .red : risk.level == .low ? .yellow : .dim
        let exposure = review.exposure
        let doses = exposure.byDrug.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key.rawValue) \(decimal(rounded($0.value.cumulative.value, places: 1))) mg in \($0.value.administrations)" }
        return
            ([title("Suicide risk", risk.level.rawValue, style)] + body(risk.text + mark(risk.confidence), indent: 2)
            + (risk.advice.map { body("asks for: \($0)", indent: 2) } ?? [])
            + [
                title(
                    "Exposure", exposure.total.administrations == 0 ? "nothing given yet" : "\(exposure.sessions) sessions: " + doses.joined(separator: ", "),
                    .bold)
            ]).joined(separator: "\n")
    }
}
