import Guidance
import Notation
import Psychometrics

/// One member of a fact as people fill it in. Declared once: the page draws it, the gate checks it, and it reads and writes the member.
struct EditorField: Sendable {
    /// One of the words a member may hold, as people read it.
    struct Choice: Sendable, Equatable {
        var value: String
        var title: String
        /// What goes with it: the unit of a metric, the words of a code.
        var companion: String?

        init(_ value: String, _ title: String? = nil, companion: String? = nil) {
            (self.value, self.title, self.companion) = (value, title ?? value.replacing("_", with: " "), companion)
        }
    }

    enum Input: Sendable {
        /// One line of at most so many characters; suggestions are offered, not required.
        case line(Int, suggestions: [String] = [])
        /// Several lines.
        case words(Int)
        case number(ClosedRange<Double>)
        /// A number, or a word such as one of these.
        case numberOrWord([String])
        case choice([Choice])
        case yesOrNo
        case day
        /// A date, perhaps with a time and its offset from UTC.
        case moment
        /// A code of one terminology.
        case code(system: String, [Choice])
        /// The answers to the items of the instrument named in the same form; how many items each instrument has.
        case answers([String: Int])
        /// One of these, settled before the form is drawn.
        case settled([String])
    }

    /// The member's key.
    var name: String
    var title: String
    var input: Input
    var isRequired = false
    /// One short line below the field.
    var hint: String?
    /// Stands behind a number.
    var unit: String?

    init(_ name: String, _ title: String, _ input: Input, required: Bool = false, hint: String? = nil, unit: String? = nil) {
        (self.name, self.title, self.input, self.isRequired, self.hint, self.unit) = (name, title, input, required, hint, unit)
    }

    // MARK: - What a form may carry

    var clockName: String { name + "_clock" }
    var offsetName: String { name + "_offset" }
    func answerName(_ number: Int) -> String { "\(name)_\(number)" }

    static let offsets = (-12...14).map { offsetText($0 * 60) }

    /// The fields of the form this member is entered in.
    var formFields: [FormField] {
        switch input {
        case .line(let length, _), .words(let length): [field(.text(length))]
        case .number(let range): [field(.number(range))]
        case .numberOrWord: [field(.text(200))]
        case .choice(let choices), .code(_, let choices): [field(.choice(choices.map(\.value)))]
        case .yesOrNo: [field(.choice(["true", "false"]))]
        case .day: [field(.day)]
        case .moment: [field(.day), .optional(clockName, "\(title), time", .text(5)), .optional(offsetName, "\(title), UTC offset", .text(6))]
        case .answers(let counts): (1...max(1, counts.values.max() ?? 1)).map { .optional(answerName($0), "Item \($0)", .number(-1000...1000)) }
        case .settled(let words): [field(.choice(words))]
        }
    }

    private func field(_ kind: FormField.Kind) -> FormField { FormField(name: name, title: title, kind: kind, isRequired: isRequired) }

    // MARK: - Between form and fact

    /// The member as a form says it; nil where nothing was filled in.
    /// - Throws: `FormProblem` for a time that is none.
    func json(_ form: FormValues) throws -> JSONValue? {
        switch input {
        case .line, .choice, .day, .settled: form[name].map(JSONValue.string)
        // Browsers end lines in two ways; a text has one.
        case .words: form[name].map { .string($0.replacing("\r\n", with: "\n")) }
        case .number: form.number(name).map { JSONValue($0) }
        case .numberOrWord: form[name].map { text in Double(text).flatMap { $0.isFinite ? JSONValue($0) : nil } ?? .string(text) }
        case .yesOrNo: form[name].map { .bool($0 == "true") }
        case .code(let system, let choices):
            form[name].map { code in
                ["system": .string(system), "code": .string(code), "display": choices.first { $0.value == code }?.companion.map(JSONValue.string)]
            }
        case .moment: try moment(form).map { .string($0.description) }
        case .answers(let counts): answers(form, count: form["instrument"].flatMap { counts[$0] } ?? 0)
        }
    }

    private func moment(_ form: FormValues) throws -> Moment? {
        guard let day = form[name] else {
            if form[clockName] != nil { throw FormProblem(name, "\(title): has a time without a date; expected both, or neither.") }
            return nil
        }
        guard let clock = form[clockName] else { return Moment(day) }
        guard let moment = Moment("\(day)T\(clock)\(form[offsetName] ?? "")"), !moment.isWholeDay else {
            throw FormProblem(clockName, "\(title): is not a time; expected hours and minutes such as 09:30, and an offset such as +02:00.")
        }
        return moment
    }

    /// Answers in item order, a blank one missing; none where every one is blank.
    private func answers(_ form: FormValues, count: Int) -> JSONValue? {
        let values = (0..<count).map { form.number(answerName($0 + 1)) }
        return values.contains { $0 != nil } ? .array(values.map { $0.map { JSONValue($0) } ?? .null }) : nil
    }

    /// What the form shows of a fact, by the names of its fields; absent where the fact says nothing the form could show.
    func shown(_ fact: JSONObject, instrument: Instrument?) -> [String: String] {
        guard let value = fact[name], value != .null else { return [:] }
        switch input {
        case .moment:
            guard let moment = value.string.flatMap({ Moment($0) }) else { return [:] }
            guard let clock = moment.clock, let offset = moment.offset else { return [name: moment.day.description] }
            return [name: moment.day.description, clockName: clock, offsetName: offsetText(offset)]
        case .day: return value.string.flatMap { Moment($0) }.map { [name: $0.day.description] } ?? [:]
        case .code(let system, let choices):
            guard value["system"]?.string == system, let code = value["code"]?.string, choices.contains(where: { $0.value == code }) else { return [:] }
            return [name: code]
        case .choice(let choices): return value.string.flatMap { text in choices.contains { $0.value == text } ? [name: text] : nil } ?? [:]
        case .answers:
            let answers = instrument.map { instrument in instrument.items.map { instrument.answer(to: $0.id, in: value) } } ?? []
            return Dictionary(answers.enumerated().compactMap { index, answer in answer.map { (answerName(index + 1), decimal($0)) } }) { first, _ in first }
        case .line, .words, .number, .numberOrWord, .yesOrNo, .settled:
            return (value.string ?? value.double.map { decimal($0) } ?? value.bool.map { $0 ? "true" : "false" }).map { [name: $0] } ?? [:]
        }
    }
}
