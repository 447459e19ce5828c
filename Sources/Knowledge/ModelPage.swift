import Evidence
import Guidance
import Notation
import Pharmacology

/// A model or the acute effects as a page of reference, written from its knowledge file.
public struct ModelPage: Sendable {
    public let header: KnowledgeHeader
    private let citations: [Source]
    private let title, population: String
    private let facts: [(String, String)]
    private let traps: [String]
    private let covariates: [Covariate]
    private let parameters: [Parameter]
    private let derived: [Derived]
    private let covariances: [Covariance]
    private let structure: [Block]
    private let routes: [RouteEntry]
    private let outputs: [Output]
    private let residual: [Residual]

    /// Every page of a library, by file name without extension.
    public static func all(of library: KnowledgeLibrary) throws(Diagnostic) -> [(name: String, page: ModelPage)] {
        var pages: [(name: String, page: ModelPage)] = []
        for document in library.documents {
            let file = try KnowledgeLibrary.decode(document.text, path: document.path)
            guard file.model != nil || file.effects != nil else { continue }
            let name = file.model?.id ?? "\(file.effects?.id ?? "")-effects"
            pages.append((name, ModelPage(file, citations: library.citations(in: document))))
        }
        return pages.sorted { $0.name < $1.name }
    }

    init(_ file: KnowledgeFile, citations: [Source]) {
        header = file.knowledge
        self.citations = citations
        let model = file.model
        let effects = file.effects
        title = model?.title ?? effects?.title ?? ""
        population = model?.population ?? effects?.population ?? ""
        var facts = [("Confidence", header.confidence.rawValue)]
        if let model { facts.append(("Dosed with", model.drugs.map(\.rawValue).joined(separator: ", "))) }
        facts.append(("Concentrations", (model?.sampling ?? effects?.sampling).map { "\($0.rawValue) plasma" } ?? ""))
        if let origin = model?.parametersFrom { facts.append(("Parameters from", "[\(origin)](\(origin).md)")) }
        self.facts = facts
        traps = model?.traps ?? effects?.traps ?? []
        covariates = model?.covariates ?? []
        parameters = model?.parameters ?? effects?.parameters ?? []
        derived = model?.derived ?? []
        covariances = model?.covariances ?? []
        structure = model?.structure ?? effects?.structure ?? []
        routes = model?.routes ?? []
        outputs = model?.outputs ?? []
        residual = model?.residual ?? effects?.residual ?? []
    }

    public var markdown: String {
        var lines = ["# \(title)", "", "Generated from the knowledge file `\(header.id)`, version \(header.version).", ""]
        lines += facts.map { "- **\($0)**: \($1)" }
        lines.append("- **Population**: \(population)")
        if let note = header.note { lines.append("- **Note**: \(note)") }
        if !traps.isEmpty { lines += ["", "## Where it must not be trusted", ""] + traps.map { "- \($0)" } }
        lines += ["", "## Structure", "", "```mermaid", "flowchart LR"] + edges + ["```"]
        lines += table("Parameters", ["name", "value", "unit", "RSE %", "covariates", "between people", "from"], parameters.map(cells))
        lines += table("Covariates", ["name", "unit", "reference"], covariates.map { [$0.id, $0.unit ?? "0 or 1", decimal($0.reference)] })
        lines += table("Derived quantities", ["name", "formula", "note"], derived.map { [code($0.id), code($0.formula), $0.note ?? ""] })
        for covariance in covariances {
            let rows = zip(covariance.parameters, covariance.matrix).map { [$0] + $1.map { decimal($0) } }
            lines += table("Covariance between people", [""] + covariance.parameters, rows)
        }
        lines += table("Routes", ["route", "device, mg", "into", "share of the dose", "over", "after"], routes.flatMap(cells))
        lines += table("Outputs", ["name", "unit", "analyte", "what"], outputs.map { [code($0.id), $0.unit, $0.analyte?.rawValue ?? "", $0.title] } + effects)
        lines += table(
            "Residual error", ["output", "standard deviation", "note"],
            residual.map { residual in
                let parts = [
                    residual.proportional.map { "\(decimal($0)) of the value" }, residual.log.map { "\(decimal($0)) on the log scale" },
                    residual.additive.map { "\(decimal($0)) \(residual.unit ?? "")" },
                ]
                return [code(residual.output), parts.compactMap(\.self).joined(separator: ", "), residual.note ?? ""]
            })
        lines += ["", "## Sources", ""]
        lines += citations.map { "- \($0.id): \($0.citation)" + ($0.doi.map { ", [doi:\($0)](https://doi.org/\($0))" } ?? $0.url.map { ", <\($0)>" } ?? "") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func code(_ text: String) -> String { "`\(text)`" }

    private func table(_ title: String, _ head: [String], _ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return [] }
        func line(_ cells: [String]) -> String { "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |" }
        return ["", "## \(title)", "", line(head), line(head.map { _ in "---" })] + rows.map(line)
    }

    private func cells(_ parameter: Parameter) -> [String] {
        let effects = (parameter.effects ?? []).map { effect in
            if let power = effect.power { return "(\(effect.covariate)/\(decimal(effect.reference ?? 1)))^\(decimal(power))" }
            if let factor = effect.factor { return "× \(decimal(factor)) if \(effect.covariate)" }
            return "\(decimal(effect.slope ?? 0)) per \(effect.covariate) above \(decimal(effect.above ?? 0))"
        }
        var spread: [String] = []
        if let variability = parameter.variability {
            if let variance = variability.variance { spread.append("variance \(decimal(variance)) (\(variability.scale.rawValue))") }
            if let variance = variability.occasionVariance { spread.append("between occasions \(decimal(variance)) (\(variability.scale.rawValue))") }
        }
        if covariances.contains(where: { $0.parameters.contains(parameter.id) }) { spread.append("in the covariance below") }
        if let note = parameter.variability?.note { spread.append(note) }
        let origin = [
            parameter.confidence?.rawValue, parameter.sources?.joined(separator: " "), parameter.fixed == true ? "fixed" : nil,
            parameter.rows.map { "calibrated on rows " + $0.map(String.init).joined(separator: " ") }, parameter.maximum.map { "at most \(decimal($0))" },
            parameter.note,
        ]
        return [
            code(parameter.id), decimal(parameter.value), parameter.unit, parameter.rsePercent.map { decimal($0) } ?? "", effects.joined(separator: " "),
            spread.joined(separator: "; "), origin.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "; "),
        ]
    }

    private func cells(_ route: RouteEntry) -> [[String]] {
        func rows(_ entries: [RouteEntry.Entry], _ name: String) -> [[String]] {
            entries.map { entry in
                let share = (entry.share ?? [:]).sorted { $0.key < $1.key }.map { "\(decimal($0.value)) of \($0.key)" }
                let fraction = ([entry.fraction.map(code)].compactMap(\.self) + (share.isEmpty ? [] : [share.joined(separator: ", ")])).joined(separator: " × ")
                return [
                    name, route.deviceMilligrams.map { decimal($0) } ?? "", code(entry.into), fraction.isEmpty ? "all" : fraction,
                    entry.over.map(code) ?? "", entry.lag.map(code) ?? "",
                ]
            }
        }
        let name = route.route.rawValue + (route.formulation.map { " (\($0))" } ?? "")
        return rows(route.entries, name) + rows(route.laterDevices ?? [], name + ", later devices")
    }

    private var effects: [[String]] {
        structure.compactMap { block in
            if case .effect(let effect) = block { [code(effect.id), effect.unit, "", "\(effect.title): `\(effect.formula)`"] } else { nil }
        }
    }

    /// What flows into what, as a diagram.
    private var edges: [String] {
        func edge(_ from: String, _ to: String?, _ label: String?) -> String {
            "    \(from) --> " + (label.map { "|\"\($0)\"| " } ?? "") + (to ?? "out_\(from)((out))")
        }
        return structure.flatMap { block -> [String] in
            switch block {
            case .disposition(let block):
                let peripherals = (block.peripherals ?? []).map { "    \(block.id) <-->|\"\($0.flow)\"| \($0.id)" }
                return peripherals + (block.clearance.map { [edge(block.id, block.to, $0)] } ?? [])
            case .absorption(let block):
                return [edge(block.id, block.into, block.rate)] + (block.presystemic ?? []).map { edge(block.id, $0.into, $0.fraction) }
            case .transit(let block): return [edge(block.id, block.into, "\(block.count) in \(block.meanTime)")]
            case .liver(let block):
                return [
                    "    \(block.of) <-->|\"\(block.flow)\"| \(block.id)", edge(block.id, block.to, block.metabolism), edge(block.id, nil, block.elimination),
                ]
            case .link(let block): return ["    \(block.follows) -.-> \(block.id)"]
            case .turnover(let block): return ["    \(block.driver) -.-> \(block.id)"]
            case .transfer(let block): return [edge(block.from, block.to, block.rate)]
            case .sum(let block): return block.of.map { "    \($0.output) -.-> \(block.id)" }
            case .effect(let block):
                let names = structure.compactMap { other -> String? in
                    switch other {
                    case .link(let link): link.id
                    case .effect(let effect): effect.id == block.id ? nil : effect.id
                    default: nil
                    }
                }
                let words = Set(block.formula.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
                return names.filter(words.contains).map { "    \($0) -.-> \(block.id)" }
            }
        }
    }
}
