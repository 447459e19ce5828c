import Access
import Chart
import Guidance
import Notation
import Psychometrics

/// How one kind of fact is entered, corrected, ended and withdrawn: everything that tells its page from the others.
struct FactEditor: Sendable {
    /// The last part of its address: `/patients/:patient/history/trials`.
    var path: String
    var kind: FactKind
    /// Heading, and what one of them is called in a sentence.
    var title: String
    /// Shorter, among the links to all pages of a chart.
    var tab: String?
    var noun: String
    /// Said where there are none yet.
    var empty: String
    var fields: [EditorField]
    /// Who may write them. Whoever may read the chart sees them.
    var need = Permission.writeChart
    /// The field that says what the fact is about. When it changes, `dependents` of the old one go.
    var subject: String?
    /// Members an import may have added that speak of the subject.
    var dependents: [String] = ["code"]
    /// The member that ends what lasts, and the words for it.
    var end: (key: String, verb: String, title: String)?
    /// The time of the fact is when it is written down.
    var isTimedByRecording = false
    /// A chart has one of them in force.
    var isSingle = false
    /// Stands for its author alone once signed: corrected only by a new one, never withdrawn.
    var isSigned = false
    /// The field chosen before the others can be drawn.
    var chosenFirst: String?
    /// Findings of the review shown beside the list.
    var groups: [String] = []
    /// Facts of the kind that belong to another page are left out.
    var lists: @Sendable (Fact) -> Bool = { _ in true }
    /// What the review says of one of them.
    var remark: @Sendable (Fact, Review) -> [FactRemark] = { _, _ in [] }

    /// What a form carries.
    var form: [FormField] { [.required("id", "Id of the form", .id)] + fields.flatMap(\.formFields) }

    // MARK: - From a form to facts

    /// A new fact.
    func fact(_ form: FormValues, now: Instant) throws -> JSONObject {
        var fact: JSONObject = ["type": .string(kind.rawValue), "id": .string(form.text("id"))]
        if isTimedByRecording { fact["time"] = .string(now.description) }
        for field in fields { fact[field.name] = try field.json(form) }
        return fact
    }

    /// What supersedes `original`: what was not touched stays to the letter as it was recorded, members no form knows included.
    func correction(of original: JSONObject, _ form: FormValues, now: Instant, instrument: Instrument?) throws -> JSONObject {
        var fact = successor(of: original)
        if isTimedByRecording { fact["time"] = .string(now.description) }
        for field in fields {
            let shown = field.shown(original, instrument: instrument)
            let isUntouched = field.formFields.allSatisfy { shown[$0.name] == form[$0.name] || $0.name == field.offsetName && form[field.clockName] == nil }
            guard !isUntouched else { continue }
            fact[field.name] = try field.json(form)
            if field.name == subject { for key in dependents where !fields.contains(where: { $0.name == key }) { fact[key] = nil } }
        }
        return fact
    }

    /// `original` ended on a day.
    func ending(_ original: JSONObject, on day: String) -> JSONObject {
        var fact = successor(of: original)
        if let end { fact[end.key] = .string(day) }
        return fact
    }

    /// Takes `original` back.
    func withdrawal(of original: JSONObject, reason: String) -> JSONObject {
        let id = original["id"]?.string ?? ""
        return ["type": "retraction", "id": .string(successorID(of: id)), "supersedes": .string(id), "reason": .string(reason)]
    }

    /// The same statement under the id that comes next; who said it and when is put in anew.
    private func successor(of original: JSONObject) -> JSONObject {
        var fact = original
        let id = original["id"]?.string ?? ""
        for key in ["author", "source", "recorded", "patient"] { fact[key] = nil }
        fact["id"] = .string(successorID(of: id))
        fact["supersedes"] = .string(id)
        return fact
    }
}

/// The id of whatever supersedes a fact: `f1`, `f1~2`, `f1~3`. There is one, so that of two people who change a fact at once the second is told.
func successorID(of id: FactID) -> FactID {
    guard let mark = id.lastIndex(of: "~"), let number = Int(id[id.index(after: mark)...]), number > 1 else { return id + "~2" }
    return "\(id[..<mark])~\(number + 1)"
}

/// What the review says of one fact: a word with a colour, and why.
struct FactRemark: Sendable, Equatable {
    var word: String
    /// Colour class, as findings have it.
    var tone: String
    var why: String
    /// Rests on numbers from memory.
    var isRecalled = false
}
