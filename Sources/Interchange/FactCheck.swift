import Chart
import Guidance
import Notation
import Psychometrics

/// Checks one fact against knowledge: is the metric's unit right and its value possible, does the instrument score these answers.
struct FactCheck {
    let metrics: MetricIndex
    let instruments: InstrumentCatalog
    let rules: RuleBook
    let protocols: [String: TreatmentProtocol]
    let codeSets: [String: CodeSet]

    init(knowledge: KnowledgeBase) {
        metrics = knowledge.metrics
        instruments = knowledge.instruments
        rules = knowledge.ruleBook
        protocols = knowledge.protocols
        codeSets = knowledge.codeSets
    }

    /// - Returns: what is accepted but should be looked at.
    /// - Throws: the first thing wrong.
    func check(_ fact: Fact, at place: Place) throws(Diagnostic) -> [Diagnostic] {
        switch fact.body {
        case .measurement(let measurement): try check(measurement, at: place)
        case .assessment(let assessment): try check(assessment, at: place)
        case .session(let event): check(event.details, plan: event.protocolID, isStep: SessionStep(event.event) != nil, event.event, at: place)
        case .course(let event) where RiskEvent(event.event) != nil: []
        case .course(let event):
            check(
                event.details, plan: event.protocolID, isStep: CourseStep(event.event) != nil || CourseEvent.stateless.contains(event.event), event.event,
                at: place)
        case .override(let override):
            rules[override.rule] == nil
                ? [Diagnostic("override.rule", at: place.at("rule"), "overrides of a rule that is not known: \(quoted(override.rule))", expected: "")] : []
        case .administration(let dose):
            dose.session == nil ? [Diagnostic("administration.session", at: place, "doses that name no session (SS-02)", expected: "")] : []
        default: []
        }
    }

    /// An event's particulars: what no rule reads is kept, and said.
    private func check(_ details: [Detail], plan: String?, isStep: Bool, _ event: String, at place: Place) -> [Diagnostic] {
        let isAdverseEvent = AdverseEventStep(event) != nil
        func isRead(_ name: String) -> Bool {
            metrics.named(name) != nil || name == "reason" || isAdverseEvent && AdverseEventStep.details.contains(name)
        }
        var warnings = details.filter { !isRead($0.name) }
            .map { Diagnostic("event.detail", at: place, "details of an event no rule reads: \(quoted($0.name))", expected: "") }
        for detail in details {
            guard case .text(let text) = detail.value, metrics.isMoment(detail.name), Moment(text) == nil else { continue }
            warnings.append(Diagnostic("event.moment", at: place.at(detail.name), "answers that should be a time and are not read", expected: ""))
        }
        if let plan, protocols[plan] == nil {
            warnings.append(Diagnostic("event.protocol", at: place.at("protocol"), "a protocol that is not in the library: \(quoted(plan))", expected: ""))
        }
        let text = ClinicalText(event)
        if !isStep, !isAdverseEvent, !metrics.isAnswered(by: event), !codeSets.values.contains(where: { $0.mention(in: text) > .none }) {
            warnings.append(Diagnostic("event.unknown", at: place.at("event"), "events that change no state: \(quoted(event))", expected: ""))
        }
        return warnings
    }

    private func check(_ measurement: Measurement, at place: Place) throws(Diagnostic) -> [Diagnostic] {
        guard let metric = metrics.named(measurement.metric) else {
            return [Diagnostic("metric.unknown", at: place, "measurements of a metric no rule reads: \(quoted(measurement.metric))", expected: "")]
        }
        guard metric.parts != nil else {
            _ = try metric.check(measurement, at: place)
            return []
        }
        guard let parts = metric.split(measurement) else {
            throw Diagnostic("metric.value", at: place.at("value"), "is not readable as \(metric.title.lowercased())", expected: "numbers such as \"150/95\"")
        }
        for part in parts { _ = try metrics[part.metric]?.check(part, at: place) }
        return []
    }

    private func check(_ assessment: Assessment, at place: Place) throws(Diagnostic) -> [Diagnostic] {
        guard let instrument = instruments.named(assessment.instrument) else {
            throw Diagnostic(
                "fact.instrument", at: place.at("instrument"), "is \(quoted(assessment.instrument))",
                expected: "an instrument of `euthymia knowledge list`")
        }
        guard instrument.isScored else {
            return [Diagnostic("instrument.unscored", at: place, "assessments kept but not scored: \(instrument.id)", expected: "")]
        }
        let score = try assessment.score(with: instrument, at: place)
        if assessment.answers != nil, let entered = assessment.total, let total = score.total, entered != total {
            throw Diagnostic("score.mismatch", at: place.at("total"), "is not what the answers add up to", expected: "the total of the answers, or none")
        }
        return []
    }
}
