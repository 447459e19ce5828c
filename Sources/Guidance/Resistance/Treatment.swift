import Chart
import Evidence

/// A treatment of depression as the table of adequate trials knows it.
public struct Treatment: Codable, Sendable, Equatable, Identifiable {
    public enum Category: String, Codable, Sendable, CaseIterable {
        case antidepressant, augmentation, neurostimulation, psychotherapy
    }

    public var id: String
    public var title: String
    /// Words that name it, lower case. The longest name found in a text decides.
    public var names: [String]
    public var rxnorm: Coded?
    /// Pharmacological class, for example `SSRI`.
    public var `class`: String
    public var category: Category
    /// False for treatments that never count as a failed antidepressant trial.
    public var countsAsTrial: Bool
    /// Least daily dose of an adequate trial, mg/d.
    public var adequateDose: Sourced<Double>?
    /// Least duration of an adequate trial, weeks at that dose.
    public var adequateWeeks: Sourced<Double>?
    /// Least number of treatments or sessions of an adequate course.
    public var adequateSessions: Sourced<Int>?
    public var usualDose: Range?
    public var note: String?

    public struct Coded: Codable, Sendable, Equatable {
        public var code: String
        public var confidence: Confidence
    }

    public struct Range: Codable, Sendable, Equatable {
        public var low: Double
        public var high: Double
        public var unit: String
        public var confidence: Confidence
        public var sources: [String]
    }

    enum CodingKeys: String, CodingKey {
        case id, title, names, rxnorm
        case `class`
        case category
        case countsAsTrial = "counts_as_trial"
        case adequateDose = "adequate_dose"
        case adequateWeeks = "adequate_weeks"
        case adequateSessions = "adequate_sessions"
        case usualDose = "usual_dose"
        case note
    }
}

/// Finds treatments by what a chart calls them.
public struct TreatmentTable: Sendable {
    public let treatments: [Treatment]
    private let names: [(name: Words, treatment: Treatment)]
    private let drugNames: DrugNames

    public init(_ treatments: [Treatment], drugNames: DrugNames) {
        self.treatments = treatments
        self.drugNames = drugNames
        names = treatments.flatMap { treatment in treatment.names.map { (drugNames.words(of: $0), treatment) } }
            .sorted { $0.name.words.count > $1.name.words.count }
    }

    /// The treatment with this RxNorm ingredient or, failing that, the one with the longest name inside `text`.
    public func find(code: Code?, text: String) -> Treatment? {
        let words = drugNames.words(of: text)
        if let named = names.first(where: { words.contains($0.name) }) { return named.treatment }
        guard let code, code.system == "RxNorm" else { return nil }
        return treatments.first { $0.rxnorm?.code == code.code }
    }
}
