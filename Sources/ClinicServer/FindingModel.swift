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
    func values(sources cited: [String: Source], summaries: [FactID: String]) -> [String: Any] {
        var model: [String: Any] = [
            "findingID": "finding-" + percentEncoded(id), "isOpen": isOpen, "severity": severity, "severityText": severityText, "text": text, "rule": rule,
            "kind": kind.rawValue, "kindText": kind.title, "isRecalled": confidence >= .recalled, "missing": missing,
            "because": because.map { ["becauseHref": "#fact-" + percentEncoded($0), "becauseText": summaries[$0] ?? $0] },
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
    if finding.severity == "major" || finding.severity == "moderate" { return finding.severity }
    return finding.action == .block ? "contraindication" : finding.action == .review ? "major" : "minor"
}

extension FindingModel {
    init(_ finding: Finding) {
        self.init(
            id: finding.rule, severity: severityClass(of: finding), severityText: finding.missing.isEmpty ? Self.word(finding.action) : "Not known",
            text: finding.text, rule: finding.rule, kind: finding.kind, advice: finding.advice, missing: finding.missing, because: finding.because,
            sources: finding.sources, confidence: finding.confidence, jurisdictions: finding.jurisdictions.map(\.rawValue).joined(separator: ", "),
            binds: Self.binding(finding))
    }

    private static func word(_ action: Rule.Action) -> String {
        switch action {
        case .block: "Blocks"
        case .review: "Review"
        case .advise: "Note"
        }
    }

    private static func binding(_ finding: Finding) -> String {
        let adopted = finding.adoptedFor.isEmpty ? nil : "adopted practice for \(finding.adoptedFor.joined(separator: ", "))"
        let bound = finding.binds.isEmpty ? "binds no product by law or label" : "binds \(finding.binds.joined(separator: ", "))"
        return [bound, adopted].compactMap { $0 }.joined(separator: "; ")
    }
}
