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
    public func charts() throws(Diagnostic) -> [Chart] {
        var facts: [PatientID: [Fact]] = [:]
        for entry in entries {
            facts[entry.patient, default: []].append(try Fact.read(try JSONReader.read(entry.payload)).fact)
        }
        var charts: [Chart] = []
        for patient in patients { charts.append(try Chart(patient: patient, facts: facts[patient] ?? [])) }
        return charts
    }
}
