import Foundation
import Guidance
import Knowledge
import Notation
import Testing

@testable import Pharmacology

/// The published exposures that a model must reproduce for its typical subject.
@Suite struct TranscriptionTests {
    static let models: [String: CompiledModel] = (try? KnowledgeBase.shipped().models) ?? [:]

    struct Row {
        var id, route, population, metric: String
        var dose, central: Double
        var isConflict: Bool
    }

    static func rows() throws -> [Row] {
        let url = try #require(Bundle.module.url(forResource: "pk_exposures", withExtension: "csv"))
        let table = try CSVReader.read([UInt8](Data(contentsOf: url)), file: "pk_exposures.csv")
        let header = try #require(table.first?.fields)
        func column(_ name: String) -> Int { header.firstIndex(of: name) ?? 0 }
        return table.dropFirst().compactMap { row in
            guard row.fields[column("source")].contains("Table 4"), let dose = Double(row.fields[column("dose")]),
                let central = Double(row.fields[column("central")])
            else { return nil }
            return Row(
                id: row.fields[column("id")], route: row.fields[column("route")], population: row.fields[column("population")],
                metric: row.fields[column("metric")], dose: dose, central: central, isConflict: row.fields[column("source")].contains("KNOWN CONFLICT"))
        }
    }

    /// Perez-Ruixo 2020, Table 4: within 2 %, all devices at once; noresketamine AUC is in conflict inside the paper.
    @Test func nasalEsketamineReproducesItsTable() throws {
        let model = try #require(Self.models["perez-ruixo-2020"])
        let rows = try Self.rows()
        #expect(rows.count > 40)
        for row in rows where !row.metric.hasPrefix("noresketamine AUC") {
            let covariates = [
                "age": [row.population.hasPrefix(">60") ? 70.0 : 45], "japanese": [row.population.hasSuffix(" Japanese") ? 1.0 : 0],
                "asian": [row.population.contains("Asian") || row.population.hasSuffix(" Japanese") ? 1.0 : 0],
            ]
            let regimen = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, row.dose, "mg", .intranasal)])
            let exposure = try Exposure(model, regimen, last: 24)
            let metrics = exposure.metrics(Subjects(model, count: 1, seed: nil, covariates: covariates), subject: 0)
            let output = row.metric.hasPrefix("nor") ? 1 : 0
            let kind: ExposureMetric = row.metric.contains("Cmax") ? .cmax : .aucLast
            let predicted = metrics[output][ExposureMetric.allCases.firstIndex(of: kind) ?? 0]
            #expect(abs(predicted / row.central - 1) < 0.02, "\(row.id) \(row.metric) \(row.population) \(row.dose) mg: \(predicted) for \(row.central)")
        }
    }

    private func concentrations(_ id: String, _ regimen: Regimen, weight: Double, at times: [Double], covariates: [String: [Double]] = [:]) throws -> [[Double]]
    {
        let model = try #require(Self.models[id])
        let subjects = Subjects(model, count: 1, seed: nil, covariates: covariates.merging(["weight": [weight]]) { a, _ in a })
        return try Simulation(model, regimen, times: times).run(subjects, subject: 0)
    }

    /// pk.md 2.2: 10 mg over 30 min at 68 kg gives 50.9 ng/mL at 0.5 h, norketamine peaks at 21.8.
    @Test func ottoAsDerived() throws {
        let regimen = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, 10, "mg", .intravenous, overMinutes: 30)])
        let times = (0...120).map { Double($0) / 30 }
        let values = try concentrations("otto-2021", regimen, weight: 68, at: times)
        #expect(abs(values[15][0] - 50.9) < 0.05)
        #expect(abs((values.map { $0[1] }.max() ?? 0) - 21.8) < 0.05)
    }

    /// pk.md 2.3: 50 mg film peaks at 85, 252, 96 ng/mL at 70 kg; the 20 mg infusion six hours later at 273 (published 273).
    @Test func simonsAsDerived() throws {
        let film = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, 50, "mg", .sublingual), PlannedDose(at: 6, 20, "mg", .intravenous, overMinutes: 20)])
        let times = (0...480).map { Double($0) / 60 }
        let values = try concentrations("simons-2022", film, weight: 70, at: times)
        for (output, expected) in [85.0, 252, 96].enumerated() {
            let peak = values.prefix(361).map { $0[output] }.max() ?? 0
            #expect(abs(peak / expected - 1) < 0.01, "\(output): \(peak)")
        }
        let infusion = values.suffix(120).map { $0[0] }.max() ?? 0
        #expect(abs(infusion / 273 - 1) < 0.05)
    }

    /// pk.md 2.4: oral 0.2 mg/kg at 62 kg: AUC 20.7, norketamine 252; with ticlopidine 55.0 and 246.
    @Test(arguments: [(1.0, 20.7, 252.0), (0.37, 55.0, 246.0)]) func ashrafAsDerived(zeta: Double, parent: Double, metabolite: Double) throws {
        let model = try #require(Self.models["ashraf-2018"])
        let regimen = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, 0.2, "mg/kg", .oral)])
        let subjects = Subjects(model, count: 1, seed: nil, covariates: ["weight": [62]], parameters: ["zeta": [zeta]])
        let metrics = try Exposure(model, regimen, last: 24).metrics(subjects, subject: 0)
        #expect(abs(metrics[0][3] / parent - 1) < 0.01, "\(metrics[0][3])")
        #expect(abs(metrics[1][3] / metabolite - 1) < 0.01, "\(metrics[1][3])")
    }

    /// pk.md 2.6 and 3.2: the peak after 35 mg over 40 min at 70 kg.
    @Test(arguments: [("domino-1982", 240.0), ("clements-nimmo-1981", 177), ("racemic-composite", 160.2)]) func racemicPeaks(id: String, peak: Double) throws {
        let regimen = Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, 0.5, "mg/kg", .intravenous, overMinutes: 40)])
        let value = try concentrations(id, regimen, weight: 70, at: [2.0 / 3])[0][0]
        #expect(abs(value / peak - 1) < 0.005, "\(value)")
    }
}
