import Foundation
import Guidance
import Knowledge
import Notation
import Pharmacology
import Statistics

/// A million people through a nasal dose with two devices, summarised at 97 times by streaming quantiles; and the greatest memory of a
/// process that does nothing else: run it alone.
func populationBenchmark() throws {
    let knowledge = try KnowledgeBase.shipped()
    guard let model = knowledge.models["perez-ruixo-2020"] else { return }
    let regimen = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, 56, "mg", .intranasal)])
    let simulation = try Simulation(model, regimen, times: (0...96).map { Double($0) / 4 })
    let people = Subjects(model, count: 1_000_000, seed: 1)
    let start = ContinuousClock.now
    let table = simulation.summarise(people, threads: ProcessInfo.processInfo.activeProcessorCount)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print("population   \(people.count) people × \(simulation.times.count) times × \(simulation.outputs.count) outputs summarised")
    print(String(format: "  %.1f s on %d threads", seconds, ProcessInfo.processInfo.activeProcessorCount))
    print(String(format: "  median at 0.75 h: %.1f ng/mL", table[3][0].sketch.quantiles([0.5])[0]))
    print("  greatest memory \(peakMegabytes()) MB")
}
