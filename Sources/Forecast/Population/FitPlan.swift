import Notation
import Pharmacology

/// A model file and a table brought together: every row has found its output, every dose its way in.
struct FitPlan: Sendable {
    let model: FitModel
    let compiled: CompiledModel
    let unknowns: Unknowns
    /// By residual: the column of its output in the results of the simulation.
    let outputColumns: [Int]
    private let outputs: [String]
    private let hoursPerUnit: Double
    private let dose: String

    /// - Parameter occasions: the most that a person has.
    init(_ model: FitModel, occasions: Int = 1) throws(Diagnostic) {
        func problem(_ path: String, _ text: String, expected: String) -> Diagnostic {
            Diagnostic("fit.model", at: Place(path: path), text, expected: expected)
        }
        self.model = model
        unknowns = try Unknowns(model, occasions: occasions)
        compiled = try model.compiled()
        let known = compiled.quantities.map(\.id)
        var outputs: [String] = []
        for (index, residual) in model.residual.enumerated() {
            guard known.contains(residual.output) else {
                throw problem("residual[\(index)]", "names the output \(quoted(residual.output))", expected: known.joined(separator: ", "))
            }
            if !outputs.contains(residual.output) { outputs.append(residual.output) }
        }
        self.outputs = outputs
        outputColumns = model.residual.map { residual in outputs.firstIndex(of: residual.output) ?? 0 }
        let time = model.data?.timeUnit ?? "h"
        guard let unit = Unit(time), let hour = Unit("h"), let factor = unit.convert(1, to: hour) else {
            throw problem("data.time_unit", "is \(quoted(time))", expected: "a UCUM time such as h, min or d")
        }
        hoursPerUnit = factor
        dose = model.data?.doseUnit ?? "mg"
        guard Dose(1, unit: dose) != nil else { throw problem("data.dose_unit", "is \(quoted(dose))", expected: "a UCUM mass such as mg or ug, or mg/kg") }
    }

    /// Whether the accuracy of the simulation rests on start values that are not far off.
    var isPlannedByValues: Bool { model.structure.contains { if case .turnover = $0 { true } else { false } } }

    /// A measurement taken before a dose of the same time shows what was there without it.
    func hours(_ observation: PopulationData.Observation) -> Double {
        let hours = observation.time * hoursPerUnit
        return observation.isBeforeDose ? hours - 4e-8 * max(1, abs(hours)) : hours
    }

    func simulation(of segment: PopulationData.Segment, times: [Double]) throws(Diagnostic) -> Simulation {
        var doses: [PlannedDose] = []
        for dose in segment.doses {
            let overMinutes = dose.rate > 0 ? dose.amount / dose.rate * hoursPerUnit * 60 : nil
            guard model.doses.contains(where: { ($0.cmt ?? 1) == dose.compartment }) else {
                throw Diagnostic(
                    "fit.data", at: Place(line: dose.line, path: "CMT"), "is a dose into compartment \(dose.compartment)",
                    expected: "one that `doses` of the model describes: \(model.doses.map { "\($0.cmt ?? 1)" }.joined(separator: ", "))")
            }
            var planned = PlannedDose(
                at: dose.time * hoursPerUnit, dose.amount, self.dose, FitModel.route, overMinutes: overMinutes,
                formulation: FitModel.formulation(dose.compartment))
            if dose.additional > 0 || dose.isSteadyState {
                planned.additional = dose.additional
                planned.intervalHours = dose.interval * hoursPerUnit
                planned.steadyState = dose.isSteadyState
            }
            doses.append(planned)
        }
        // Someone who was given nothing: a dose of nothing.
        if doses.isEmpty {
            doses = [PlannedDose(at: times.min() ?? 0, 0, dose, FitModel.route, formulation: FitModel.formulation(model.doses.first?.cmt ?? 1))]
        }
        var regimen = Regimen(drug: FitModel.drug, doses: doses)
        regimen.allowOverlap = true
        do {
            return try Simulation(compiled, regimen, times: times, outputs: outputs, accuracy: 1e-9)
        } catch {
            throw Diagnostic(
                "fit.data", at: Place(line: segment.doses.first?.line ?? segment.observations.first?.line), error.problem, expected: error.expected)
        }
    }

    /// Index of the residual error that a row answers to.
    func residual(of observation: PopulationData.Observation) throws(Diagnostic) -> Int {
        let fitting = model.residual.indices.filter { index in
            let residual = model.residual[index]
            return (residual.dvid == nil || residual.dvid?.lowercased() == observation.kind) && (residual.cmt == nil || residual.cmt == observation.compartment)
        }
        guard fitting.count == 1 else {
            let keys = model.residual.map { residual in
                [residual.dvid.map { "dvid \($0)" }, residual.cmt.map { "cmt \($0)" }].compactMap { $0 }.joined(separator: " and ")
            }
            throw Diagnostic(
                "fit.data", at: Place(line: observation.line),
                fitting.isEmpty ? "is a measurement that no `residual` of the model claims" : "is a measurement that several `residual` of the model claim",
                expected:
                    "rows of \(keys.map { $0.isEmpty ? "any kind" : $0 }.joined(separator: ", ")), each output with its dvid or cmt, or `only` in the data")
        }
        return fitting[0]
    }

    /// A time of constant covariates on one occasion, numbered from 0 within the person.
    struct Era: Sendable, Equatable {
        var hours: Double
        var covariates: [Double]
        var occasion: Int
    }

    /// The eras of a segment. As in NONMEM, what a row says holds from the row before it: the way to a row is gone with that row's covariates.
    func eras(of segment: PopulationData.Segment, _ person: PopulationData.Person) throws(Diagnostic) -> [Era] {
        let occasions = model.occasionColumn.map { person.occasions($0) }
        func era(_ cells: [String: String], from hours: Double, line: Int) throws(Diagnostic) -> Era {
            let cells = person.covariates.merging(cells) { $1 }
            let label = model.occasionColumn.flatMap { cells[$0] }
            return Era(
                hours: hours, covariates: try covariates(cells, line: line),
                occasion: label.flatMap { label in occasions?.firstIndex(of: label) } ?? 0)
        }
        var eras: [Era] = []
        var last: Double?
        for record in segment.records {
            let next = try era(record.covariates, from: last.map { $0 * hoursPerUnit } ?? -.infinity, line: record.line)
            if eras.last.map({ $0.covariates != next.covariates || $0.occasion != next.occasion }) ?? true {
                // An era without duration was none.
                if eras.last?.hours == next.hours { eras.removeLast() }
                eras.append(next)
            }
            last = record.time
        }
        return eras.isEmpty ? [try era([:], from: -.infinity, line: person.line)] : eras
    }

    /// In the order of the model.
    /// - Parameter cells: by lower-case column.
    private func covariates(_ cells: [String: String], line: Int) throws(Diagnostic) -> [Double] {
        var values: [Double] = []
        for covariate in model.covariates ?? [] {
            let column = covariate.column ?? covariate.id
            guard let text = cells[column.lowercased()] else {
                throw Diagnostic(
                    "fit.data", at: Place(line: 1), "has no column \(quoted(column))",
                    expected: cells.keys.sorted().joined(separator: ", "))
            }
            if let wanted = covariate.equals {
                values.append(text.lowercased() == wanted.lowercased() ? 1 : 0)
            } else if let value = Double(text), value.isFinite {
                values.append(value)
            } else {
                throw Diagnostic("fit.data", at: Place(line: line, path: column), "is not a number", expected: "a number, or `equals` in the model")
            }
        }
        return values
    }
}

extension PopulationData.Person {
    /// What a column says of occasions, in the order in which they come.
    func occasions(_ column: String) -> [String] {
        var labels: [String] = []
        for label in segments.flatMap(\.records).compactMap({ $0.covariates[column] }) where labels.last != label && !labels.contains(label) {
            labels.append(label)
        }
        return labels.isEmpty ? [covariates[column] ?? ""] : labels
    }
}

extension PopulationData {
    /// The most occasions that a person has under a model.
    /// - Throws: when the model asks for occasions that the table does not tell.
    func occasions(_ model: FitModel) throws(Diagnostic) -> Int {
        guard let column = model.occasionColumn else { return 1 }
        guard people.allSatisfy({ !($0.covariates[column] ?? "").isEmpty }) else {
            throw Diagnostic(
                "fit.data", at: Place(line: 1), "does not tell the occasion of everyone in a column \(column.uppercased())",
                expected: "it, or `data: {occasion: the table's name}` in the model, or no occasion_variance")
        }
        let most = people.map { $0.occasions(column).count }.max() ?? 1
        guard most > 1 else {
            throw Diagnostic(
                "fit.data", at: Place(line: 1, path: column.uppercased()), "has one occasion in everyone, which tells nothing of what differs between them",
                expected: "people with two occasions or more, or no occasion_variance")
        }
        return most
    }
}
