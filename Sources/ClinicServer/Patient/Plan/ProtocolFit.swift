import Evidence
import Guidance
import Notation

/// A protocol of the library held against one patient: whether it may be chosen, and what it says.
struct ProtocolFit {
    let plan: TreatmentProtocol
    /// Why it cannot be chosen here: place, age, or because it ships for reference only.
    let against: [String]
    /// What else to know before choosing it.
    let cautions: [String]

    init(_ plan: TreatmentProtocol, review: Review, knowledge: KnowledgeBase) {
        self.plan = plan
        let misfits = ProtocolProgress.misfits(of: plan, in: review.view, jurisdiction: review.jurisdiction, treatments: knowledge.treatments)
        let refused: Set<ProtocolProgress.Deviation.What> = [.jurisdiction, .age, .disabled]
        against = misfits.filter { refused.contains($0.what) }.map(\.text)
        var cautions = misfits.filter { !refused.contains($0.what) }.map(\.text)
        if plan.minAge != nil || plan.maxAge != nil, review.view.age == nil { cautions.append("it is for certain ages, and the age is not known") }
        if let product = review.course.product, !review.course.run.sessions.isEmpty, product != plan.product {
            cautions.append("another product than what was given so far (\(product.rawValue))")
        }
        self.cautions = cautions
    }

    /// The one in force first, then those that fit.
    func rank(_ current: String?) -> Int { plan.id == current ? 0 : against.isEmpty ? 1 : 2 }

    func values(current: String?, formID: String, number: Int, mayWrite: Bool, sources cited: [String: Source]) -> [String: Any] {
        [
            "protocolID": plan.id, "protocolName": plan.name, "protocolKind": plan.kind.title, "kindClass": plan.kind.rawValue, "approval": plan.approval,
            "protocolRecalled": plan.confidence >= .recalled, "isCurrent": plan.id == current, "fits": against.isEmpty,
            "against": against.joined(separator: "; "), "cautions": cautions, "given": "\(plan.drug.rawValue), \(plan.route.rawValue)",
            "doses": doses, "phases": plan.phases.map(phase), "particulars": particulars, "protocolFormID": formID, "signID": "plan-sign-\(number)",
            "maySet": mayWrite && against.isEmpty && plan.id != current,
            "citations": plan.sources.map { ["sourceKey": $0, "citation": cited[$0]?.citation ?? ""] },
        ]
    }

    private var doses: String {
        guard let doses = plan.doses else { return "the source gives none" }
        let first = doses.options(after: nil, improvement: nil).map(\.description).joined(separator: " or ")
        let later = (doses.then ?? []).map { "\(decimal($0)) \(doses.unit)" }.joined(separator: " or ")
        return [
            first.isEmpty ? nil : "first \(first)", later.isEmpty ? nil : "then \(later)", doses.max.map { "at most \(decimal($0)) \(doses.unit)" },
            plan.infusionMinutes.map { "over \(decimal($0)) min" },
        ].compactMap { $0 }.joined(separator: ", ")
    }

    private func phase(_ phase: TreatmentProtocol.Phase) -> [String: Any] {
        func span(_ span: TreatmentProtocol.Span?, _ unit: String) -> String? {
            guard let span else { return nil }
            switch (span.low, span.high) {
            case (let low?, let high?): return low == high ? "\(decimal(low)) \(unit)" : "\(decimal(low)) to \(decimal(high)) \(unit)"
            case (let low?, nil): return "from \(decimal(low)) \(unit)"
            case (nil, let high?): return "up to \(decimal(high)) \(unit)"
            case (nil, nil): return nil
            }
        }
        return [
            "phaseName": phase.name.replacing("_", with: " ").capitalizedFirst,
            "phaseTime": phase.weeks.flatMap { weeks in
                weeks.high.map { "weeks \(decimal(weeks.low ?? 1)) to \(decimal($0))" } ?? weeks.low.map { "from week \(decimal($0))" }
            } ?? phase.months.map { counted($0, "month") } ?? "",
            "phaseRate": [phase.sessions.map { counted($0, "session") }, span(phase.perWeek, "a week"), span(phase.intervalDays, "days apart")].compactMap {
                $0
            }
            .joined(separator: ", "), "phaseRule": phase.rule ?? "",
        ]
    }

    private var particulars: [[String: Any]] {
        let rows: [(String, String?)] = [
            ("For", plan.indication), ("Needs", plan.requires?.text), ("Prescriber", plan.prescriber), ("Titration", plan.titration),
            ("Stop", plan.stopRule), ("Observation", plan.observationMinutes.map { "\(decimal($0)) min" }),
            ("Decisions", (plan.decisions ?? []).map { "\($0.at): \($0.rule)" }.joined(separator: "; ")),
            ("Notes", (plan.notes ?? []).joined(separator: "; ")),
        ]
        return rows.compactMap { title, text in text.flatMap { $0.isEmpty ? nil : ["particular": title, "particularText": $0] } }
    }
}
