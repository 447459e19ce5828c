import Access
import Chart
import Guidance
import Notation
import Psychometrics
import Storage

extension Instrument {
    /// Why a patient cannot be shown its questions on a screen; nil when they can. Asked when a link is made and again whenever it is opened.
    var obstacleToSelfRating: String? {
        if rater != "self" { return "is rated by \(rater)" }
        guard shipsWording else {
            let terms = licence.text.map { " (\($0))" } ?? ""
            return licence.shipWording == .no
                ? "its wording may not be shown without a licence\(terms)" : "it is not clear whether its wording may be shown\(terms)"
        }
        let isWorded =
            !items.isEmpty
            && items.allSatisfy { item in
                item.wording != nil && !(item.answers ?? []).isEmpty && (item.answers ?? []).allSatisfy { $0.text != nil }
            }
        return isWorded ? nil : "its wording is not in the knowledge file"
    }
}

extension InstrumentCatalog {
    /// Those a patient may be given on a screen, depression first.
    var selfRated: [Instrument] {
        let order = Instrument.Construct.allCases
        return filter { $0.obstacleToSelfRating == nil }.sorted {
            (order.firstIndex(of: $0.measures) ?? 0, $0.id) < (order.firstIndex(of: $1.measures) ?? 0, $1.id)
        }
    }
}

/// What a link asks and what has been answered by it.
struct RatingSheet: Sendable {
    let link: AccessBook.Link
    let instruments: [Instrument]
    /// By the name of the field.
    private let answers: [String: DraftAnswer]

    init(_ link: AccessBook.Link, catalog: InstrumentCatalog, drafts: [DraftAnswer]) {
        self.link = link
        // A licence that has gone since the link was made is gone.
        instruments = link.instruments.compactMap(catalog.named).filter { $0.obstacleToSelfRating == nil }
        answers = Dictionary(drafts.map { (Self.field($0.instrument, $0.item), $0) }, uniquingKeysWith: { $1 })
    }

    /// The name of the field an item is answered in.
    static func field(_ instrument: String, _ item: String) -> String { "\(instrument).\(item)" }

    /// Every question any link can ask, as the fields of its form.
    static func fields(_ catalog: InstrumentCatalog) -> [FormField] {
        catalog.selfRated.flatMap { instrument in
            instrument.items.map { item in
                .optional(field(instrument.id, item.id), item.title, .choice((item.answers ?? []).map { String($0.value) }))
            }
        }
    }

    func answer(to item: Instrument.Item, of instrument: Instrument) -> Double? { answers[Self.field(instrument.id, item.id)]?.answer }

    var itemCount: Int { instruments.map(\.items.count).reduce(0, +) }
    var answered: Int { instruments.flatMap { instrument in instrument.items.compactMap { answer(to: $0, of: instrument) } }.count }

    /// What a form says to the questions of this link; fields of other questionnaires are not heard.
    func answers(in form: FormValues, at now: Instant) -> [DraftAnswer] {
        instruments.flatMap { instrument in
            instrument.items.compactMap { item in
                form.number(Self.field(instrument.id, item.id)).map { DraftAnswer(instrument: instrument.id, item: item.id, answer: $0, time: now) }
            }
        }
    }

    // MARK: - Signs of suicide risk

    /// One event of the course for each answer that is such a sign. The same answer by the same link is the same event.
    func reports(of given: [DraftAnswer]) -> [JSONObject] {
        given.compactMap { draft in
            guard let instrument = instruments.first(where: { $0.id == draft.instrument }), let item = instrument.items.first(where: { $0.id == draft.item }),
                instrument.isSignOfSuicideRisk(draft.answer, to: item.id)
            else { return nil }
            return [
                "type": "course", "event": .string(RiskEvent.reported.rawValue), "time": .string(draft.time.description),
                "id": .string("risk-\(link.id)-\(instrument.id)-\(item.id)-\(decimal(draft.answer))"), "instrument": .string(instrument.id),
                "item": .string(item.id), "title": .string(item.title), "answer": JSONValue(draft.answer), "link": .string(link.id),
            ]
        }
    }

    // MARK: - Sending

    /// Why a questionnaire cannot be counted as it stands; nil when it can, or when none of it was answered and it is left out.
    func obstacle(to instrument: Instrument) -> String? {
        guard let fact = fact(for: instrument), let answers = fact["answers"] else { return nil }
        do {
            _ = try instrument.score(Answers(json: answers))
            return nil
        } catch {
            return "Some answers are missing here. Without them it cannot be counted."
        }
    }

    /// The questionnaire as a fact of the chart; nil when nothing of it was answered. What links derive is derived from link and instrument
    /// alone, so that sending twice is one fact.
    func fact(for instrument: Instrument) -> JSONObject? {
        let given = instrument.items.compactMap { item in answers[Self.field(instrument.id, item.id)] }
        guard let last = given.map(\.time).max() else { return nil }
        return [
            "type": "assessment", "id": .string("rating-\(link.id)-\(instrument.id)"), "time": .string(last.description),
            "instrument": .string(instrument.id), "rater": "self",
            "answers": .object(JSONObject(given.map { ($0.item, JSONValue($0.answer)) })),
        ]
    }

    var facts: [JSONObject] { instruments.compactMap(fact(for:)) }
    var canBeSent: Bool { !facts.isEmpty && instruments.allSatisfy { obstacle(to: $0) == nil } }
}
