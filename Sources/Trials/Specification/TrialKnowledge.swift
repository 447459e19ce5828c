import Forecast
import Guidance
import Notation
import Pharmacology

/// What a trial rests on, prepared once.
public struct TrialKnowledge: Sendable {
    public let base: KnowledgeBase
    public let symptoms: SymptomModel
    /// Of the symptom model.
    public let version: String
    /// Of every knowledge file (`Fingerprint.digest`).
    public let digest: String
    let constants: SymptomConstants
    let occupancy: OccupancyModel

    /// - Parameter files: path and text of every knowledge file.
    public init(_ base: KnowledgeBase, _ symptoms: SymptomModel, files: [(path: String, text: String)]) throws(Diagnostic) {
        (self.base, self.symptoms) = (base, symptoms)
        version = base.headers.first { $0.id == "symptoms/course" }?.version ?? "0"
        digest = Fingerprint.digest(files.sorted { $0.path < $1.path }.flatMap { [$0.path, $0.text] })
        constants = try SymptomConstants(symptoms)
        occupancy = OccupancyModel(base)
    }

    /// `id@version`.
    public var modelName: String { "\(symptoms.id)@\(version)" }

    /// By covariate of a pharmacokinetic model its unit, nil for a yes-or-no property; and blood pressure.
    var covariates: [String: String?] {
        var known: [String: String?] = ["systolic": "mm[Hg]", "diastolic": "mm[Hg]"]
        for model in base.models.values { for covariate in model.covariates { known[covariate.id] = .some(covariate.unit) } }
        return known
    }

    func scale(_ instrument: String) -> Int? { constants.scales.firstIndex { $0.instrument == instrument } }
}
