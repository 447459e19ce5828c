import Notation
import Statistics

/// What a regimen exposes a person to, by concentration.
public enum ExposureMetric: String, CaseIterable, Sendable {
    /// Greatest concentration.
    case cmax
    /// Hours from time zero to it.
    case tmax
    /// Area under the curve to infinity, in the output's unit × h.
    case aucInf = "auc_inf"
    /// To the last output time.
    case aucLast = "auc_last"
    /// Terminal, hours.
    case halfLife = "half_life"
    /// Area over the last dosing interval by that over the first.
    case accumulation
    /// Hours above a threshold, up to the last output time; only when there is one.
    case timeAbove = "time_above"
}

/// The exposure of every subject to every concentration, from one run on a grid of its own: two minutes apart where concentrations
/// change fast, with the area under the curve carried as a state, so that areas are exact and peaks are found between grid points.
public struct Exposure: Sendable {
    public let outputs: [String]
    /// Which metrics, in the order of the results.
    public let kinds: [ExposureMetric]
    private let threshold: Double?
    /// By output: which area is its own.
    private let areas: [Int?]
    let simulation: Simulation
    /// Rows that stand for a time of the regimen.
    private let grid: Range<Int>
    private let lastRow, infinity: Int
    /// Rows between which concentrations fall by the terminal half-life: the last two at which anything to speak of is left.
    private let late: [Int]
    private let interval: (firstStart: Int, firstEnd: Int, lastStart: Int, lastEnd: Int)?

    /// - Parameters:
    ///   - last: the end of `auc_last` and `time_above`, hours.
    ///   - outputs: which; all concentrations when nil. What is not a concentration has a greatest value, its time and a time above only.
    ///   - threshold: of `time_above`, in the output's unit.
    public init(
        _ model: CompiledModel, _ regimen: Regimen, last: Double, outputs chosen: [String]? = nil, above threshold: Double? = nil,
        interactions: [ExposureInteraction] = []
    ) throws(Diagnostic) {
        self.threshold = threshold
        kinds = ExposureMetric.allCases.filter { $0 != .timeAbove || threshold != nil }
        let events = try regimen.events(for: model, interactions)
        let starts = Array(Set(events.filter { $0.hours >= 0 && ($0.device ?? 0) == 0 }.map(\.hours))).sorted()
        var points = [0, last]
        for event in events where event.hours >= 0 && event.hours <= last {
            // What is given at once makes a step: a point just before it keeps the line between points upright.
            if event.durationHours == 0 { points.append(event.hours - 1e-5) }
            for edge in [event.hours, event.hours + event.durationHours] {
                for (count, spacing, after) in [(60, 1.0 / 30, 0.0), (60, 1.0 / 6, 2), (24, 1, 12)] {
                    points += (0...count).map { edge + after + Double($0) * spacing }
                }
            }
        }
        var ends: [Double] = []
        if starts.count > 1 {
            let length = starts[starts.count - 1] - starts[starts.count - 2]
            ends = [starts[0], starts[0] + length, starts[starts.count - 1], starts[starts.count - 1] + length]
            points += ends
        }
        let reach = max(last, ends.last ?? last, (events.map { $0.hours + $0.durationHours }.max() ?? 0))
        let shown = Array(Set(points.filter { $0 >= 0 && $0 <= max(last, ends.last ?? 0) })).sorted()
        // The slowest decay of the typical subject sets how late is late.
        let probe = try Simulation(model, regimen, times: [reach + 100, reach + 101], outputs: nil, interactions: interactions)
        let typical = probe.run(Subjects(model, count: 1, seed: nil), subject: 0)
        var halfLife = 12.0
        for column in probe.outputs.indices {
            let ratio = typical[1][column] / typical[0][column]
            if ratio > 0, ratio < 1 { halfLife = max(halfLife, -0.6931471805599453 / Lanes.log(Lanes(repeating: ratio))[0]) }
        }
        // In closed form concentrations are exact however small; integrated they are lost in rounding long before.
        let lateHours =
            model.system.isLinear ? [reach + 20 * halfLife, reach + 21 * halfLife] : (0...14).map { reach + 0.25 * Double(1 << $0) }
        let late = lateHours + [max(reach + 80 * halfLife, (lateHours.last ?? 0) + 1)]
        let concentrations = model.model.outputs.map(\.id)
        outputs = chosen ?? concentrations
        areas = outputs.map { concentrations.firstIndex(of: $0) }
        simulation = try Simulation(model, regimen, times: shown + late, outputs: outputs, areas: true, interactions: interactions)
        let times = simulation.times
        func row(_ time: Double) -> Int { times.firstIndex { $0 >= time - 1e-9 } ?? times.count - 1 }
        lastRow = row(last)
        grid = 0..<row(last) + 1
        self.late = lateHours.map(row)
        infinity = row(late[late.count - 1])
        interval = ends.isEmpty ? nil : (row(ends[0]), row(ends[1]), row(ends[2]), row(ends[3]))
    }

    /// One subject's metrics: by output, in the order of `kinds`; NaN where there is none.
    public func metrics(_ subjects: Subjects, subject: Int) -> [[Double]] {
        let engine = Engine(simulation)
        let size = simulation.times.count * simulation.columns
        let results = Lanes.allocate(size)
        defer { results.deallocate() }
        engine.run(subjects, from: subject, into: results)
        return outputs.indices.map { metrics(results, lane: 0, output: $0) }
    }

    /// Everyone's metrics: by subject, by output, in the order of `kinds`.
    public func metrics(_ subjects: Subjects, threads: Int, progress: (@Sendable (Int) -> Void)? = nil) -> [[[Double]]] {
        simulation.each(subjects, threads: threads, progress: progress) { results, lane in
            outputs.indices.map { metrics(results, lane: lane, output: $0) }
        }
    }

    /// How the metrics spread over subjects: by output, by metric.
    public func summarise(_ subjects: Subjects, threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil) -> [[Distribution]] {
        let kinds = kinds.count
        let table = simulation.reduce(subjects, cells: outputs.count * kinds, threads: threads, progress: progress) { results, lanes, values in
            for output in outputs.indices {
                for lane in 0..<lanes {
                    for (kind, value) in metrics(results, lane: lane, output: output).enumerated() { values[output * kinds + kind].append(value) }
                }
            }
        }
        return outputs.indices.map { Array(table[$0 * kinds..<($0 + 1) * kinds]) }
    }

    private func metrics(_ results: UnsafePointer<Lanes>, lane: Int, output: Int) -> [Double] {
        let width = simulation.columns
        func concentration(_ row: Int) -> Double { results[row * width + output][lane] }
        func area(_ row: Int) -> Double { areas[output].map { results[row * width + outputs.count + $0][lane] } ?? .nan }
        let (peak, peakTime) = peak(concentration)
        let end = late.indices.dropFirst().last { late.count == 2 || concentration(late[$0]) > 1e-6 * peak } ?? 1
        let (from, to) = (late[end - 1], late[end])
        let ratio = concentration(to) / concentration(from)
        let hours = simulation.times[to] - simulation.times[from]
        let halfLife = areas[output] != nil && ratio > 0 && ratio < 1 ? -hours * 0.6931471805599453 / Lanes.log(Lanes(repeating: ratio))[0] : .nan
        let accumulation = interval.map { (area($0.lastEnd) - area($0.lastStart)) / (area($0.firstEnd) - area($0.firstStart)) } ?? .nan
        // What was there before time zero, as in steady state, does not count.
        let before = area(0)
        return [peak, peakTime, area(infinity) - before, area(lastRow) - before, halfLife, accumulation]
            + (threshold.map { [time(above: $0, concentration)] } ?? [])
    }

    /// The time above a threshold, with crossings placed on the line between grid points.
    private func time(above threshold: Double, _ value: (Int) -> Double) -> Double {
        grid.dropFirst().reduce(0) { sum, row in
            let (before, after) = (value(row - 1) - threshold, value(row) - threshold)
            let length = simulation.times[row] - simulation.times[row - 1]
            if before > 0, after > 0 { return sum + length }
            let high = max(before, after)
            return high > 0 ? sum + length * high / (high - min(before, after)) : sum
        }
    }

    /// The greatest value on the grid, moved to the top of the parabola through it and its neighbours where they are close.
    private func peak(_ value: (Int) -> Double) -> (Double, Double) {
        let times = simulation.times
        var best = 0
        for row in grid where value(row) > value(best) { best = row }
        guard best > 0, best + 1 < grid.count else { return (value(best), times[best]) }
        let (left, right) = (times[best] - times[best - 1], times[best + 1] - times[best])
        let (down, up) = ((value(best) - value(best - 1)) / left, (value(best + 1) - value(best)) / right)
        let curvature = (up - down) / (left + right)
        // A corner, as at the end of an infusion: the slopes differ by far more than a smooth peak's would.
        guard curvature < 0, left < 0.2, right < 0.2, abs(down) < 4 * abs(up) + 1e-12, abs(up) < 4 * abs(down) + 1e-12, smooth(best, value) else {
            return (value(best), times[best])
        }
        let slope = down + curvature * left
        let shift = min(max(-slope / (2 * curvature), -left), right)
        return (value(best) + slope * shift + curvature * shift * shift, times[best] + shift)
    }

    /// Whether the second difference at the peak is like that beside it.
    private func smooth(_ row: Int, _ value: (Int) -> Double) -> Bool {
        guard row > 1, row + 2 < grid.count else { return false }
        let times = simulation.times
        func bend(_ r: Int) -> Double {
            let (left, right) = (times[r] - times[r - 1], times[r + 1] - times[r])
            return ((value(r + 1) - value(r)) / right - (value(r) - value(r - 1)) / left) / (left + right)
        }
        let (before, here, after) = (bend(row - 1), bend(row), bend(row + 1))
        return abs(here) < 2.5 * max(abs(before), abs(after))
    }
}
