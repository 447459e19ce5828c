import Chart
import Evidence
import Guidance
import Notation
import Pharmacology
import Psychometrics

extension ChartOutcome {
    /// The detail of a session's or the course's event that says where the patient is treated.
    public static let siteKey = "site"

    /// - Parameter chart: its facts may be only those that bear on outcomes (`OutcomeFacts`).
    public init(of chart: Chart, asOf instant: Instant, jurisdiction: Jurisdiction, knowledge: KnowledgeBase) {
        let outline = ChartOutline(of: chart, asOf: instant, knowledge: knowledge)
        let view = outline.view
        let who = view.demographics?.body
        let first = outline.symptoms.first?.firstDose ?? outline.run.start ?? view.administrations.first?.body.time.instant
        let given = view.administrations.filter { stated in first.map { stated.body.time.instant >= $0 } ?? false }
        let start = given.first?.body.time.day
        func day(_ moment: Moment) -> Int { start.map { moment.day.number - $0.number } ?? 0 }
        self.start = start
        site = Self.site(view)
        sex = who?.sex ?? .unknown
        age = start.flatMap { start in who?.birthDate?.completedYears(to: start) }
        failedTrials = outline.resistance.adequateFailedTrials
        guard start != nil else { return }
        death = who?.deceased.map(day)
        end = Self.end(outline, day)
        sessions = Set(given.map { day($0.body.time) }).sorted()
        doses = Self.doses(given, view, knowledge)
        therapy = view.therapies.map { day($0.body.time) }.sorted()
        intervals = Self.intervals(view, knowledge, day)
        pressureSessions = Set(outline.sessionsAlarmed(by: Set(knowledge.programme.pressureRules), jurisdiction, knowledge: knowledge).map(\.number)).count
        adverseEvents = Self.adverseEvents(outline.adverseEvents, from: first)
        scales = outline.symptoms.map { Self.scale($0, events: outline.relapseEvents, day) }
        lastSeen = max(sessions.last ?? 0, scales.compactMap { $0.points.last?.day }.max() ?? 0, 0)
    }

    /// The last site that an event names.
    private static func site(_ view: ChartView) -> String? {
        func site(_ details: [Detail]) -> String? {
            guard case .text(let text)? = details.last(where: { $0.name == siteKey })?.value, !text.isEmpty else { return nil }
            return String(text.prefix(60))
        }
        let named =
            view.sessionEvents.compactMap { event in site(event.body.details).map { (event.body.time.instant, $0) } }
            + view.courseEvents.compactMap { event in site(event.body.details).map { (event.body.time.instant, $0) } }
        return named.max { ($0.0, $0.1) < ($1.0, $1.1) }?.1
    }

    /// The last step that ended the course, unless a dose came after it.
    private static func end(_ outline: ChartOutline, _ day: (Moment) -> Int) -> (day: Int, kind: End)? {
        let kinds: [CourseStep: End] = [.close: .closed, .noBenefit: .noBenefit, .switchTreatment: .switched]
        guard let last = outline.view.administrations.last?.body.time else { return nil }
        return outline.steps.last { kinds[$0.step] != nil && $0.time.latest >= last.instant }.flatMap { ended in
            kinds[ended.step].map { (day(ended.time), $0) }
        }
    }

    private static func doses(_ given: [Stated<Administration>], _ view: ChartView, _ knowledge: KnowledgeBase) -> [DoseSummary] {
        let weight = knowledge.metrics.metrics["weight"]
        func milligrams(_ dose: Administration) -> Double? {
            dose.dose.milligrams(
                weightKilograms: weight.flatMap { metric in
                    view.latest("weight", by: dose.time.instant).flatMap { (try? metric.check($0.body, at: Place())) ?? nil }
                })?
                .value
        }
        return Dictionary(grouping: given.map(\.body)) { Preparation(drug: $0.drug, route: $0.route) }.map { product, doses in
            // By session; without a session a day is one.
            let sessions = Dictionary(grouping: doses) { $0.session ?? $0.time.day.description }.values.sorted { $0[0].time.instant < $1[0].time.instant }
            let amounts = sessions.compactMap { doses -> Double? in
                let known = doses.compactMap(milligrams)
                return known.count == doses.count ? known.reduce(0, +) : nil
            }
            let summary = amounts.first.map { ($0, amounts[amounts.count - 1], amounts.max() ?? $0) }
            return DoseSummary(drug: product.drug, route: product.route, count: sessions.count, milligrams: summary)
        }.sorted { ($1.count, $0.drug.rawValue, $0.route.rawValue) < ($0.count, $1.drug.rawValue, $1.route.rawValue) }
    }

    private static func intervals(_ view: ChartView, _ knowledge: KnowledgeBase, _ day: (Moment) -> Int) -> [(day: Int, length: Int)] {
        view.courseEvents.filter { CourseStep($0.body.event) == .setInterval }.compactMap { stated in
            guard case .number(let days)? = stated.body.details.first(where: { $0.name == "interval_days" || $0.name == "days" })?.value,
                (1...400).contains(days)
            else { return nil }
            return (day(stated.body.time), Int(days.rounded()))
        }
    }

    private static func adverseEvents(_ said: [AdverseEvent], from first: Instant?) -> [AdverseEventCount] {
        let treated = said.filter { event in first.map { event.onset.latest >= $0 } ?? false }
        return Dictionary(grouping: treated) { String($0.term.lowercased().prefix(60)) }.map { term, events in
            AdverseEventCount(term: term, count: events.count, serious: events.count { $0.serious == true })
        }.sorted { $0.term < $1.term }
    }

    private static func scale(_ course: SymptomCourse, events: [Moment], _ day: (Moment) -> Int) -> ScaleOutcome {
        let (instrument, baseline) = (course.instrument, course.baseline)
        let points = course.points[(course.baselineIndex + 1)...].map { point in
            let change = instrument.change(baseline: baseline.total, latest: point.total)
            var flags: Flags = []
            if change.response { flags.insert(.response) }
            if change.remission == true { flags.insert(.remission) }
            if let isReliable = change.isReliable {
                flags.insert(.hasReliability)
                if isReliable { flags.insert(change.improvement > 0 ? .improved : .worsened) }
            }
            return Point(day: day(point.time), total: point.total, flags: flags)
        }
        var scale = ScaleOutcome(instrument: instrument.id, hasBaseline: course.hasBaseline, baseline: baseline.total, points: points)
        if let response = scale.firstResponse {
            let stated = instrument.measures == .depression ? events : []
            scale.relapse = (course.relapses + stated).map(day).filter { $0 > response }.min()
        }
        return scale
    }
}
