import Foundation
import Notation
import Pharmacology
import Statistics

/// Three compartments, an effect site and a turnover response; eight infusions, 373 output times over 12 weeks, 10,000 subjects:
/// the task of the reference program `popsim_closed`, run beside it.
///
/// `$BENCH_WORK` holds params.bin (CL V1 Q2 V2 Q3 V3 by subject), ref.bin and the program; script/benchmark-simulation makes them.
enum SimulationBenchmark {
    static let model = """
        {"id": "popsim", "title": "Three compartments, effect site, turnover", "drugs": ["ketamine"], "sampling": "venous",
         "population": "none: a benchmark",
         "parameters": [
           {"id": "CL", "value": 79, "unit": "L/h"}, {"id": "V1", "value": 20, "unit": "L"}, {"id": "Q2", "value": 100, "unit": "L/h"},
           {"id": "V2", "value": 70, "unit": "L"}, {"id": "Q3", "value": 40, "unit": "L/h"}, {"id": "V3", "value": 150, "unit": "L"},
           {"id": "ke0", "value": 6, "unit": "/h"}, {"id": "kout", "value": 0.01, "unit": "/h"}, {"id": "R0", "value": 30, "unit": "1"},
           {"id": "Imax", "value": 0.9, "unit": "1"}, {"id": "IC50", "value": 0.05, "unit": "mg/L"}],
         "structure": [
           {"disposition": {"id": "central", "volume": "V1", "clearance": "CL", "peripherals": [
             {"id": "second", "volume": "V2", "flow": "Q2"}, {"id": "third", "volume": "V3", "flow": "Q3"}]}},
           {"link": {"id": "Ce", "follows": "Cp", "rate": "ke0"}},
           {"turnover": {"id": "R", "driver": "Ce", "baseline": "R0", "loss": "kout", "maximum": "Imax", "half": "IC50"}}],
         "routes": [{"route": "intravenous", "entries": [{"into": "central"}]}],
         "outputs": [{"id": "Cp", "title": "Plasma", "unit": "mg/L", "terms": [{"state": "central", "volume": "V1"}]}]}
        """

    static func run() throws {
        guard let work = ProcessInfo.processInfo.environment["BENCH_WORK"] else {
            print("simulation   skipped: BENCH_WORK is not set (script/benchmark-simulation FOLDER sets it)")
            return
        }
        let parameters = try doubles(work + "/params.bin")
        let reference = try doubles(work + "/ref.bin")
        let count = parameters.count / 6
        let names = ["CL", "V1", "Q2", "V2", "Q3", "V3"]
        let sets = Dictionary(uniqueKeysWithValues: names.enumerated().map { index, name in (name, (0..<count).map { parameters[6 * $0 + index] }) })
        let doseTimes = (0..<4).flatMap { [168.0 * Double($0), 168.0 * Double($0) + 72] }
        var times = doseTimes.flatMap { dose in (0...36).map { dose + Double($0) / 6 } }
        times += (1...84).map { 24.0 * Double($0) }.filter { !doseTimes.contains($0) }
        let regimen = Regimen(drug: .ketamine, doses: doseTimes.map { PlannedDose(at: $0, 35, "mg", .intravenous, overMinutes: 40) })
        let compiled = try CompiledModel(JSONDecoder().decode(PopulationModel.self, from: Data(model.utf8)))
        let start = ContinuousClock.now
        let simulation = try Simulation(compiled, regimen, times: times)
        print("  planned in \(ContinuousClock.now - start)")
        let subjects = Subjects(compiled, count: count, seed: nil, parameters: sets)
        let size = simulation.times.count * simulation.columns
        let storage = Lanes.allocate((count + 7) / 8 * size)
        defer { storage.deallocate() }

        func seconds(threads: Int) -> Double {
            let times = (0..<15).map { _ in
                let start = ContinuousClock.now
                simulation.run(subjects, threads: threads, into: storage)
                return (ContinuousClock.now - start) / .seconds(1)
            }
            return times.sorted()[times.count / 2]
        }
        // Alternating with the reference program, on the same machine at the same moment.
        var ours: [[Double]] = [[], []]
        var theirs: [[Double]] = [[], []]
        for _ in 0..<3 {
            for threads in 1...2 {
                theirs[threads - 1].append(try referenceSeconds(work + "/popsim_closed", threads: threads))
                ours[threads - 1].append(seconds(threads: threads))
            }
        }
        var worst = [0.0, 0.0, 0.0]
        for subject in 0..<count {
            for row in simulation.times.indices {
                for output in 0..<3 {
                    let value = storage[subject / 8 * size + row * 3 + output][subject % 8]
                    let exact = reference[(subject * simulation.times.count + row) * 3 + output]
                    worst[output] = max(worst[output], abs(value - exact) / max(abs(exact), output < 2 ? 1e-4 : 1))
                }
            }
        }
        func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        let (one, two) = (median(ours[0]), median(ours[1]))
        print("simulation   \(count) subjects × \(simulation.times.count) times × 3 outputs")
        print(String(format: "  1 thread   %.1f ms, reference %.1f ms, ratio %.2f", one * 1e3, median(theirs[0]) * 1e3, median(theirs[0]) / one))
        print(
            String(
                format: "  2 threads  %.1f ms, reference %.1f ms, ratio %.2f, over one thread %.2f", two * 1e3, median(theirs[1]) * 1e3,
                median(theirs[1]) / two, one / two))
        print(String(format: "  greatest relative error: Cp %.1e, Ce %.1e, R %.1e", worst[0], worst[1], worst[2]))
    }

    private static func doubles(_ path: String) throws -> [Double] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    }

    /// The median wall time, or the processor's, that the reference program prints for 15 repetitions.
    static func referenceSeconds(_ program: String, threads: Int, ofProcessor: Bool = false) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["\(threads)", "8", "12", "15", "-"]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let times = text.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst(ofProcessor ? 1 : 0).first.flatMap { Double($0) } }.sorted()
        return times.isEmpty ? .nan : times[times.count / 2]
    }
}
