import Notation

/// Acute effects of what circulates, to be driven by any population model that knows the analytes at the same sampling site.
public struct EffectModel: Codable, Sendable, Equatable, Identifiable {
    public var id: String
    public var title: String
    /// The concentrations that it was calibrated with.
    public var sampling: PopulationModel.Sampling
    public var population: String
    public var traps: [String]?
    public var parameters: [Parameter]
    /// Sums, links and effects.
    public var structure: [Block]
    public var residual: [Residual]?

    /// Whether a model gives what the effects need.
    public func fits(_ model: PopulationModel) -> Bool { model.sampling == sampling && model.outputs.contains { $0.analyte != nil } }

    /// Whether `id` is one of the effects or a step towards them.
    public func defines(_ id: String) -> Bool {
        structure.contains { block in
            switch block {
            case .sum(let block): block.id == id
            case .link(let block): block.id == id
            case .effect(let block): block.id == id
            default: false
            }
        }
    }

    /// Adds the effects to a model.
    /// - Throws: when the model's concentrations are drawn elsewhere, or it does not tell the enantiomers apart.
    func attach(to model: inout PopulationModel) throws(Diagnostic) {
        func problem(_ text: String, expected: String) -> Diagnostic {
            Diagnostic("model.effects", at: Place(file: "model \(model.id)", path: "effects"), text, expected: expected)
        }
        guard model.sampling == sampling else {
            throw problem(
                "are calibrated with \(sampling.rawValue) concentrations and this model's are \(model.sampling.rawValue)",
                expected: "a \(sampling.rawValue) model: the two are never mixed")
        }
        guard fits(model) else { throw problem("need to know the enantiomers apart", expected: "a model whose outputs name their analyte") }
        model.parameters += parameters
        model.structure += structure
        model.residual = (model.residual ?? []) + (residual ?? [])
        model.traps = (model.traps ?? []) + (traps ?? [])
    }
}
