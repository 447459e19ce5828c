import Chart
import Notation

/// What an import will write: checked facts in file order, each with the payload that is stored.
public struct ImportPlan: Sendable {
    public var file: String
    public private(set) var entries: [FiledFact] = []
    /// 1-based line of the source for each entry, where it has lines.
    private var lines: [Int?] = []
    public var patients: [PatientID] = []
    public var account = Account()
    /// Keys kept with the facts that no rule reads, as `type.key`, counted.
    public var unknownKeys: [String: Int] = [:]
    /// Facts stated twice word for word, taken once.
    public var repeated = 0
    /// Doses stated again word for word, each kept as one of its own.
    public var repeatedEvents = 0
    public var warnings: [Warning] = []

    /// Something accepted that a person should look at; the same kind once, with its number and its first place.
    public struct Warning: Sendable, Equatable {
        public var code: String
        public var text: String
        public var count: Int
        public var first: Place
    }

    public init(file: String) { self.file = file }

    /// What of the file is kept but read by no rule, and what a person should look at, a line each.
    public var notes: [String] {
        unknownKeys.sorted { $0.key < $1.key }.map { "kept, not understood: key \($0.key) (\($0.value))" }
            + [keptSeparate(repeatedEvents)].compactMap { $0.map { "look at: \($0)" } }
            + warnings.map { "look at: \($0.text) (\($0.count); first at \($0.first))" }
    }

    mutating func add(_ entry: FiledFact, line: Int?) {
        entries.append(entry)
        lines.append(line)
    }

    /// Where the entry at `index` stands in the source.
    public func place(of index: Int) -> Place { Place(file: file, line: lines[index]) }

    public mutating func warn(_ code: String, _ text: String, at place: Place, count: Int = 1) {
        if let index = warnings.firstIndex(where: { $0.code == code && $0.text == text }) {
            warnings[index].count += count
        } else {
            warnings.append(Warning(code: code, text: text, count: count, first: place))
        }
    }
}

extension ImportPlan {
    /// The charts the plan would make, for looking at a file without storing it.
    public func charts() throws(Diagnostic) -> [Chart] { try [self].charts() }
}

extension Sequence<ImportPlan> {
    /// The charts that several files make together: one for each patient, a fact that stands in two files once.
    public func charts() throws(Diagnostic) -> [Chart] {
        var patients: [PatientID] = []
        var facts: [PatientID: [Fact]] = [:]
        var payloads: [PatientID: [FactID: String]] = [:]
        for plan in self {
            for patient in plan.patients where facts.updateValue(facts[patient] ?? [], forKey: patient) == nil { patients.append(patient) }
            for (index, entry) in plan.entries.enumerated() {
                let earlier = payloads[entry.patient, default: [:]].updateValue(entry.payload, forKey: entry.fact)
                guard earlier == nil || earlier == entry.payload else {
                    throw Diagnostic(
                        "import.duplicate", at: plan.place(of: index).at("id"), "is also the id of a fact with other content in another file",
                        expected: "each id once for a patient")
                }
                if earlier == nil { facts[entry.patient, default: []].append(try Fact.read(try JSONReader.read(entry.payload)).fact) }
            }
        }
        var charts: [Chart] = []
        for patient in patients { charts.append(try Chart(patient: patient, facts: facts[patient] ?? [])) }
        return charts
    }
}
