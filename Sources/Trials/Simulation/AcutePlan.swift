import Notation
import Pharmacology
import Statistics

/// What one dose does within a session, at every session number an arm can reach: dissociation and pressure over time. Everything that is
/// the same for all people is settled here; `AcuteRunner` simulates.
///
/// A class, because every session of everybody asks it.
final class AcutePlan: Sendable {
    let simulation: Simulation
    /// By session the row of the results at its dose.
    let starts: [Int]
    /// Hours from a session's dose, by row after its start; the first is 0.
    let hours: [Double]
    /// Which of them are readings of pressure.
    let readings: [Int]
    /// Columns of the results.
    let dissociation, systolic, diastolic: Int?
    /// Standard deviations of one reading about a person's level, mmHg.
    let systolicNoise, diastolicNoise: Double

    /// Minutes between the times at which dissociation is looked at, and until when.
    static let grid = (every: 10.0, until: 240.0)

    /// - Parameters:
    ///   - dose: given at each of the sessions.
    ///   - sessions: hours, ascending.
    ///   - pressureMinutes: when pressure is read; nil: it is not.
    /// - Throws: why no model describes the dose.
    init(
        _ dose: PlannedDose, drug: Drug, sessions: [Double], regimen: Regimen?, pressureMinutes: [Double]?, followsDissociation: Bool, knowledge: TrialKnowledge
    ) throws(Diagnostic) {
        let grid = followsDissociation ? Array(stride(from: 0, through: Self.grid.until, by: Self.grid.every)) : [0]
        let minutes = Set(grid + (pressureMinutes ?? [])).sorted()
        let hours = minutes.map { $0 / 60 }
        var doses = Regimen(
            drug: drug,
            doses: sessions.map { time in
                var one = dose
                one.timeHours = time
                return one
            })
        doses.deviceRestMinutes = regimen?.deviceRestMinutes
        doses.coMedication = regimen?.coMedication
        let outputs = (followsDissociation ? ["dissociation"] : []) + (pressureMinutes == nil ? [] : ["systolic", "diastolic"])
        var problem = Diagnostic(
            "trial", at: Place(path: "doses"), "are of \(drug.rawValue) \(dose.route.rawValue), which no model with effects describes",
            expected: "a drug and a route of `euthymia simulate --list`")
        for model in knowledge.occupancy.candidates(drug: drug, route: dose.route) {
            do throws(Diagnostic) {
                simulation = try Simulation(
                    model, doses, times: sessions.flatMap { time in hours.map { time + $0 } }, outputs: outputs,
                    interactions: knowledge.base.exposureInteractions, settlesTimes: true)
            } catch {
                problem = error
                continue
            }
            self.hours = hours
            starts = sessions.indices.map { $0 * hours.count }
            readings = (pressureMinutes ?? []).compactMap { minutes.firstIndex(of: $0) }
            let outputs = simulation.outputs
            dissociation = outputs.firstIndex(of: "dissociation")
            (systolic, diastolic) = (outputs.firstIndex(of: "systolic"), outputs.firstIndex(of: "diastolic"))
            func noise(_ output: String) -> Double { model.model.residual?.first { $0.output == output }?.additive ?? 0 }
            (systolicNoise, diastolicNoise) = (noise("systolic"), noise("diastolic"))
            return
        }
        throw problem
    }
}

/// An acute plan with the workspace of one thread: eight people at a time.
final class AcuteRunner {
    let plan: AcutePlan
    private let runner: BatchRunner
    /// CADSS above which time counts.
    private let atLeast: Double?
    /// By session: the greatest CADSS, and the minutes above the cut.
    private var peaks: [Lanes]
    private var minutes: [Lanes]

    init(_ plan: AcutePlan, atLeast: Double?) {
        self.plan = plan
        self.atLeast = atLeast
        runner = BatchRunner(plan.simulation)
        peaks = [Lanes](repeating: .zero, count: plan.starts.count)
        minutes = peaks
    }

    func run(_ subjects: Subjects) {
        runner.run(subjects)
        guard let output = plan.dissociation else { return }
        for (session, start) in plan.starts.enumerated() {
            var (peak, time, before) = (Lanes.zero, Lanes.zero, runner.value(start, output))
            for row in 1..<plan.hours.count {
                let now = runner.value(start + row, output)
                peak = Lanes.larger(peak, now)
                if let atLeast, any(now .> atLeast .| before .> atLeast) {
                    // In a straight line between the two.
                    let (high, low) = (Lanes.larger(before, now), Lanes.smaller(before, now))
                    let reach = (high - atLeast) / (high - low + 1e-300)
                    time += Lanes.larger(Lanes.smaller(reach, Lanes(repeating: 1)), .zero) * (60 * (plan.hours[row] - plan.hours[row - 1]))
                }
                before = now
            }
            peaks[session] = peak
            minutes[session] = time
        }
    }

    func peak(_ session: Int, lane: Int) -> Double { peaks[session][lane] }
    func minutesAbove(_ session: Int, lane: Int) -> Double { minutes[session][lane] }

    /// The drug's change of pressure at a reading, mmHg.
    func rise(_ session: Int, reading: Int, lane: Int) -> (systolic: Double, diastolic: Double) {
        guard let systolic = plan.systolic, let diastolic = plan.diastolic else { return (0, 0) }
        let row = plan.starts[session] + plan.readings[reading]
        return (runner.value(row, systolic)[lane], runner.value(row, diastolic)[lane])
    }
}
