import Notation
import Pharmacology
import Plot
import Statistics

/// The results of `simulate`, ready to be written.
enum SimulationReport {
    /// Times, outputs, and for each person the values by time and output.
    case courses([Double], [String], [[[Double]]])
    case summary([Double], [String], [[Distribution]])
    /// For each person the outputs with their metrics.
    case metrics([ExposureMetric], [[(String, [Double])]])
    case metricSummary([ExposureMetric], [(String, [Distribution])])

    private static let statistics = ["n", "mean", "sd", "geomean", "cv_pct", "p05", "p25", "p50", "p75", "p95"]

    private static func values(_ distribution: Distribution) -> [Double?] {
        let mean = distribution.moments.count > 0 ? distribution.moments.mean : nil
        let sd = distribution.moments.standardDeviation
        let isPositive = distribution.logarithms.count == distribution.moments.count && distribution.logarithms.count > 0
        let geomean = isPositive ? Lanes.exp(Lanes(repeating: distribution.logarithms.mean))[0] : nil
        let cv = mean.flatMap { mean in sd.flatMap { mean == 0 ? nil : 100 * $0 / mean } }
        return [Double(distribution.moments.count), mean, sd, geomean, cv] + distribution.sketch.quantiles(Distribution.shares).map { $0.isFinite ? $0 : nil }
    }

    private var header: [String] {
        switch self {
        case .courses(_, let outputs, let people): (people.count > 1 ? ["subject"] : []) + ["time_h"] + outputs
        case .summary: ["time_h", "output"] + Self.statistics
        case .metrics(let kinds, let people): (people.count > 1 ? ["subject"] : []) + ["output"] + kinds.map(\.rawValue)
        case .metricSummary: ["output", "metric"] + Self.statistics
        }
    }

    private enum Cell {
        case number(Double?)
        case text(String)
    }

    private var rows: [[Cell]] {
        func cells(_ values: [Double?]) -> [Cell] { values.map { .number($0.flatMap { $0.isFinite ? $0 : nil }) } }
        switch self {
        case .courses(let times, _, let people):
            return people.enumerated().flatMap { number, course in
                zip(times, course).map { time, values in cells((people.count > 1 ? [Double(number + 1)] : []) + [time] + values) }
            }
        case .summary(let times, let outputs, let table):
            return zip(times, table).flatMap { time, row in
                zip(outputs, row).map { output, distribution in [.number(time), .text(output)] + cells(Self.values(distribution)) }
            }
        case .metrics(_, let people):
            return people.enumerated().flatMap { number, outputs in
                outputs.map { output, values in cells(people.count > 1 ? [Double(number + 1)] : []) + [.text(output)] + cells(values) }
            }
        case .metricSummary(let kinds, let outputs):
            return outputs.flatMap { output, distributions in
                zip(kinds, distributions).map { metric, distribution in
                    [.text(output), .text(metric.rawValue)] + cells(Self.values(distribution))
                }
            }
        }
    }

    var csv: String {
        let lines = rows.map { row in
            row.map { cell in
                switch cell {
                case .number(let value): value.map { decimal($0) } ?? ""
                case .text(let text): text
                }
            }.joined(separator: ",")
        }
        return ([header.joined(separator: ",")] + lines).joined(separator: "\n") + "\n"
    }

    /// The course over time; with many people drawn one by one, their first.
    func picture(title: String, doses: [Double], quantities: [CompiledModel.Quantity], notes: [String]) -> CurvesPicture {
        func panel(_ output: String, _ times: [Double], _ middle: [Double], _ bands: [CurvesPicture.Band] = []) -> CurvesPicture.Panel {
            let known = quantities.first { $0.id == output }
            return .init(name: known?.title ?? output, unit: known?.unit ?? "", times: times, middle: middle, bands: bands)
        }
        switch self {
        case .courses(let times, let outputs, let people):
            let panels = outputs.indices.map { column in panel(outputs[column], times, (people.first ?? []).map { $0[column] }) }
            return CurvesPicture(title: title, doses: doses, panels: panels, notes: (people.count > 1 ? ["The first of \(people.count) people."] : []) + notes)
        case .summary(let times, let outputs, let table):
            let panels = outputs.indices.map { column in
                let quantiles = table.map { $0[column].sketch.quantiles(Distribution.shares) }
                let bands = [(0, 4), (1, 3)].map { low, high in CurvesPicture.Band(low: quantiles.map { $0[low] }, high: quantiles.map { $0[high] }) }
                return panel(outputs[column], times, quantiles.map { $0[2] }, bands)
            }
            let count = table.first?.first?.moments.count ?? 0
            return CurvesPicture(title: title, doses: doses, panels: panels, notes: ["Median; half and nine tenths of \(count) people in the bands."] + notes)
        case .metrics, .metricSummary: return CurvesPicture(title: title, panels: [], notes: notes)
        }
    }

    /// One object for each row, under `rows`, with the notes a reader needs.
    func json(notes: [String]) -> JSONValue {
        let names = header
        let rows = rows.map { row in
            var object = JSONObject()
            for (name, cell) in zip(names, row) {
                switch cell {
                case .number(let value): object[name] = .orNull(value)
                case .text(let text): object[name] = .string(text)
                }
            }
            return JSONValue.object(object)
        }
        var object = JSONObject()
        object["rows"] = .array(rows)
        object["notes"] = .array(notes.map { .string($0) })
        return .object(object)
    }
}
