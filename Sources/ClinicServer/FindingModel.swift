import Chart
import Evidence
import Guidance
import Notation

/// One finding as the template `finding` shows it.
struct FindingModel {
    var id: String
    var severity: String
    var severityText: String
    var text: String
    var rule: String
    var kind: RuleKind
    var isOpen = false
    var advice: String?
    var why: String?
    var missing: [String] = []
    var because: [FactID]
    var sources: [String]
    var confidence: Confidence
    var jurisdictions: String?
    var binds: String?

    /// - Parameter summaries: one line for each fact of the chart.
    ///   - page: where those facts are shown; empty: on this page.
    func values(sources cited: [String: Source], summaries: [FactID: String], page: String = "") -> [String: Any] {
        var model: [String: Any] = [
            "findingID": "finding-" + percentEncoded(id), "isOpen": isOpen, "severity": severity, "severityText": severityText, "text": text, "rule": rule,
            "kind": kind.rawValue, "kindText": kind.title, "isRecalled": confidence >= .recalled, "missing": missing,
            "because": because.map { ["becauseHref": page + "#fact-" + percentEncoded($0), "becauseText": summaries[$0] ?? $0] },
            "sources": sources.map { key in
                var model: [String: Any] = ["sourceKey": key, "citation": cited[key]?.citation ?? ""]
                model["sourceHref"] = cited[key]?.doi.map { "https://doi.org/" + $0 } ?? cited[key]?.url
                return model
            },
        ]
        model["advice"] = advice
        model["why"] = why
        model["appliesIn"] = jurisdictions
        model["binds"] = binds
        return model
    }
}

/// Severities gravest first, as the style sheet colours them.
let severityOrder = ["contraindication", "major", "moderate", "minor", "ok"]

/// The colour class of a finding: the reference's own grade where the style sheet has it, else by what the finding asks for.
func severityClass(of finding: Finding) -> String {
    if !finding.missing.isEmpty { return finding.action >= .review ? "moderate" : "unknown" }
    if finding.override != nil { return "unknown" }
    if ["major", "moderate", "minor"].contains(finding.rule.severity) { return finding.rule.severity }
    return finding.action == .block ? "contraindication" : finding.action == .review ? "major" : "minor"
}

extension FindingModel {
    /// - Parameters:
    ///   - id: unique on the page; the rule's own id when nil.
    ///   - text: what happened, where it says more than the rule.
    init(_ finding: Finding, id: String? = nil, text: String? = nil, why: String? = nil) {
        let rule = finding.rule
        let override = finding.override.map { "Overridden by \($0.fact.author ?? "?") on \($0.body.time.description): \($0.body.reason)" }
        let overlay = finding.overlay.map { "Changed by the clinic (\($0.by), \($0.date)): \($0.reason)" }
        let reasons = [why, override, overlay, rule.note].compactMap { $0 }
        self.init(
            id: id ?? rule.id, severity: severityClass(of: finding), severityText: Self.word(finding), text: text ?? rule.text, rule: rule.id,
            kind: rule.kind, advice: rule.advice, why: reasons.isEmpty ? nil : reasons.joined(separator: "; "), missing: finding.missing,
            because: unique(finding.because + (finding.override.map { [$0.id] } ?? [])), sources: rule.sources, confidence: rule.confidence,
            jurisdictions: (rule.jurisdictions ?? Jurisdiction.allCases).map(\.rawValue).joined(separator: ", "), binds: finding.standing)
    }

    private static func word(_ finding: Finding) -> String {
        if finding.override != nil { return "Overridden" }
        if !finding.missing.isEmpty { return "Not known" }
        switch finding.action {
        case .block: return "Blocks"
        case .review: return "Review"
        case .advise: return "Note"
        }
    }
}
