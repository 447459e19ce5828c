import Chart
import Notation
import Psychometrics

/// Signs of suicide risk that call a person, and what was done about them.
///
/// Derived from facts and never stored: an alert is open until a later `risk.acknowledged` names one of its facts. A correction that takes
/// its facts out of force takes the alert with it; nothing else does, neither time nor a better answer.
/// ```swift
/// let open = RiskAlert.all(in: view, scores: scores, since: opening).filter(\.isOpen)
/// ```
public struct RiskAlert: Sendable, Equatable, Identifiable {
    /// One fact that is such a sign.
    public struct Sign: Sendable, Equatable {
        public var fact: FactID
        public var at: Moment
        /// When the clinic came to know of it.
        public var known: Instant
        public var instrument: String
        /// `PHQ-9, suicide item: 2 of 3`
        public var text: String
        /// The link it was answered by; nil for anything else.
        public var link: String?
        /// True while only the answer is known and the questionnaire has not been sent.
        public var isReport = false
        /// The highest answer that is a sign; compares within one questionnaire only.
        var gravity: Double
    }

    /// Who answered an alert, and with what.
    public struct Acknowledgement: Sendable, Equatable {
        public var fact: FactID
        public var by: String?
        public var at: Moment
        public var action: String
    }

    public var patient: PatientID
    /// In the order the clinic came to know of them; never empty. What one person answered by one link is one alert, until an answer is
    /// graver than the one that was acknowledged.
    public var signs: [Sign]
    public var acknowledgement: Acknowledgement?

    /// What an acknowledgement names.
    public var id: FactID { signs.first?.fact ?? "" }
    public var isOpen: Bool { acknowledgement == nil }
    /// When the first sign was given.
    public var raised: Moment { signs.first?.at ?? Moment(Instant(milliseconds: 0)) }
    /// The gravest sign in words.
    public var text: String { signs.max { $0.gravity < $1.gravity }?.text ?? "" }
    private var gravity: Double { signs.map(\.gravity).max() ?? 0 }

    /// Every alert of a chart, in the order the clinic came to know of them.
    /// - Parameter since: signs given before then are history: there was nobody to call.
    public static func all(in view: ChartView, scores: AssessmentScores, since: Instant) -> [RiskAlert] {
        var alerts: [RiskAlert] = []
        let signs = (Sign.assessed(scores) + Sign.reported(view)).filter { $0.at.latest >= since }
        let answers = view.courseEvents.filter { RiskEvent($0.body.event) == .acknowledged }
        let steps = signs.map { (known: $0.known, order: 0, fact: $0.fact) } + answers.map { (known: $0.fact.knownAt, order: 1, fact: $0.id) }
        for step in steps.sorted(by: { ($0.known, $0.order, $0.fact) < ($1.known, $1.order, $1.fact) }) {
            if let sign = signs.first(where: { $0.fact == step.fact }) {
                take(sign, of: view.patient, into: &alerts)
            } else if let answer = answers.first(where: { $0.id == step.fact }) {
                acknowledge(answer, in: &alerts)
            }
        }
        return alerts
    }

    private static func take(_ sign: Sign, of patient: PatientID, into alerts: inout [RiskAlert]) {
        let same = alerts.lastIndex { alert in sign.link != nil && alert.signs.contains { $0.link == sign.link && $0.instrument == sign.instrument } }
        if let same, alerts[same].isOpen || sign.gravity <= alerts[same].gravity {
            alerts[same].signs.append(sign)
        } else {
            alerts.append(RiskAlert(patient: patient, signs: [sign]))
        }
    }

    private static func acknowledge(_ event: Stated<CourseEvent>, in alerts: inout [RiskAlert]) {
        let named = event.body.text("of")
        guard let index = alerts.firstIndex(where: { alert in alert.isOpen && alert.signs.contains { $0.fact == named } }) else { return }
        alerts[index].acknowledgement = Acknowledgement(
            fact: event.id, by: event.fact.author, at: event.body.time, action: event.body.text("action") ?? "")
    }
}

/// Events of a course that speak of suicide risk. They change no state of the course.
public enum RiskEvent: String, Sendable, CaseIterable {
    /// A patient gave an answer that is a sign, in a questionnaire that is not sent yet: `instrument`, `item`, `answer`, `link`.
    case reported = "risk.reported"
    /// Somebody answered an alert: `of` (a fact of it), `action`.
    case acknowledged = "risk.acknowledged"

    public init?(_ event: String) {
        guard let found = Self.allCases.first(where: { eventName($0.rawValue) == eventName(event) }) else { return nil }
        self = found
    }
}

extension RiskAlert.Sign {
    /// Assessments that are a sign: an item's answer, a flag of the total, or a screener of at least moderate level, which asks for action
    /// the same day (reference: pathway.md, "Suicide-risk workflow"). Also of those that give no score.
    static func assessed(_ scores: AssessmentScores) -> [RiskAlert.Sign] {
        let scored = scores.scored.compactMap { reading in sign(of: reading.stated, reading.instrument, reading.score) }
        return scored + scores.notScoredOnSuicide.compactMap { unread in sign(of: unread.stated, unread.instrument, nil) }
    }

    private static func sign(of stated: Stated<Assessment>, _ instrument: Instrument, _ score: Score?) -> RiskAlert.Sign? {
        func sign(_ text: String, _ gravity: Double) -> RiskAlert.Sign {
            RiskAlert.Sign(
                fact: stated.id, at: stated.body.time, known: stated.fact.knownAt, instrument: instrument.id, text: text, link: stated.fact.link,
                gravity: gravity)
        }
        if let level = score?.suicideRiskLevel.flatMap(SuicideRisk.Level.init(rawValue:)) {
            return level >= .moderate ? sign("\(instrument.id): \(level.rawValue)", 1) : nil
        }
        let answers = instrument.items.compactMap { item in stated.body.answers.flatMap { instrument.answer(to: item.id, in: $0) }.map { (item, $0) } }
        let positive = answers.filter { instrument.isSignOfSuicideRisk($0.1, to: $0.0.id) }
        if let (item, answer) = positive.max(by: { $0.1 < $1.1 }) { return sign(text(instrument, item, answer), answer) }
        let flags = score.map(instrument.suicideSignals) ?? []
        return flags.isEmpty ? nil : sign("\(instrument.id) \(flags.joined(separator: ", "))", 1)
    }

    /// Answers that were reported before their questionnaire was sent.
    static func reported(_ view: ChartView) -> [RiskAlert.Sign] {
        view.courseEvents.filter { RiskEvent($0.body.event) == .reported }.map { event in
            let (instrument, item) = (event.body.text("instrument") ?? "a questionnaire", event.body.text("item") ?? "an item")
            return RiskAlert.Sign(
                fact: event.id, at: event.body.time, known: event.fact.knownAt, instrument: instrument,
                text: "\(instrument), \(event.body.text("title") ?? item)" + (event.body.number("answer").map { ": \(decimal($0))" } ?? ""),
                link: event.body.text("link"), isReport: true, gravity: event.body.number("answer") ?? 1)
        }
    }

    private static func text(_ instrument: Instrument, _ item: Instrument.Item, _ answer: Double) -> String {
        "\(instrument.id), \(item.title): \(decimal(answer))"
    }
}

extension Fact {
    /// The self-rating link that is its author; nil for anybody else's fact.
    var link: String? { author.flatMap { $0.hasPrefix(Self.linkAuthor) ? String($0.dropFirst(Self.linkAuthor.count)) : nil } }

    /// What stands before a link's id where others sign with their account.
    public static let linkAuthor = "link:"
}

extension CourseEvent {
    fileprivate func text(_ name: String) -> String? { details.first { $0.name == name }?.value.description }

    fileprivate func number(_ name: String) -> Double? {
        if case .number(let value)? = details.first(where: { $0.name == name })?.value { value } else { nil }
    }
}
