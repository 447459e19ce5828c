import Foundation
import Guidance
import Knowledge
import Notation
import Statistics
import Testing

@testable import Pharmacology

/// What every simulation must keep, whatever the numbers.
@Suite struct InvariantTests {
    static let models = ((try? KnowledgeBase.shipped().models) ?? [:]).values.sorted { $0.model.id < $1.model.id }
    static let ids = models.map(\.model.id)
    static let linear = models.filter(\.system.isLinear).map(\.model.id)

    /// Integrated equations are as exact as the integrator is asked to be.
    private static func tolerance(_ model: CompiledModel) -> Double { model.system.isLinear ? 1e-10 : 1e-7 }

    private func model(_ id: String) throws -> CompiledModel { try #require(Self.models.first { $0.model.id == id }) }

    /// One dose by every route of the model, six hours apart.
    private func doses(_ model: CompiledModel, scale: Double = 1, shift: Double = 0) -> [PlannedDose] {
        model.system.routes.enumerated().map { index, route in
            PlannedDose(
                at: shift + 6 * Double(index), (route.deviceMilligrams.map { 2 * $0 } ?? 30) * scale, "mg", route.route,
                overMinutes: route.route == .intravenous ? 40 : nil)
        }
    }

    private func run(_ model: CompiledModel, _ doses: [PlannedDose], times: [Double], seed: UInt64? = 5, subject: Int = 3) throws -> [[Double]] {
        let regimen = Regimen(drug: try #require(model.model.drugs.first), doses: doses)
        return try Simulation(model, regimen, times: times).run(Subjects(model, count: 16, seed: seed), subject: subject)
    }

    private static let times = (0...96).map { Double($0) / 2 }

    private func expectClose(_ a: [[Double]], _ b: [[Double]], _ tolerance: Double, _ what: String) {
        let peaks = a.first.map { $0.indices.map { output in a.map { $0[output] }.max() ?? 0 } } ?? []  // what is nothing beside the peak is compared with it
        for (row, (x, y)) in zip(a, b).enumerated() {
            for output in x.indices {
                #expect(
                    abs(x[output] - y[output]) <= tolerance * max(abs(y[output]), 1e-3 * peaks[output]),
                    "\(what): row \(row) output \(output): \(x[output]) and \(y[output])")
            }
        }
    }

    @Test(arguments: linear) func superposition(id: String) throws {
        let model = try model(id)
        let parts = doses(model)
        let whole = try run(model, parts, times: Self.times)
        var sum = whole.map { $0.map { _ in 0.0 } }
        for part in parts {
            let alone = try run(model, [part], times: Self.times)
            for row in sum.indices { for output in sum[row].indices { sum[row][output] += alone[row][output] } }
        }
        expectClose(whole, sum, 1e-10, id)
    }

    @Test(arguments: ids) func proportionalToDose(id: String) throws {
        let model = try model(id)
        // Devices are whole: only routes without them scale freely.
        let free = doses(model).filter { dose in model.system.routes.contains { $0.route == dose.route && $0.deviceMilligrams == nil } }
        let tripled = free.map { dose in
            var dose = dose
            dose.amount *= 3
            return dose
        }
        let once = try run(model, free, times: Self.times).map { $0.map { $0 * 3 } }
        expectClose(try run(model, tripled, times: Self.times), once, Self.tolerance(model) / 10, id)
    }

    @Test(arguments: ids) func shiftInTime(id: String) throws {
        let model = try model(id)
        let early = try run(model, doses(model), times: Self.times)
        let late = try run(model, doses(model, shift: 31.25), times: Self.times.map { $0 + 31.25 })
        expectClose(late, early, Self.tolerance(model), id)
    }

    @Test(arguments: ids) func neverNegative(id: String) throws {
        let model = try model(id)
        for subject in 0..<16 {
            for row in try run(model, doses(model), times: Self.times, subject: subject) { for value in row { #expect(value >= 0) } }
        }
    }

    /// The closed form against the equations themselves, integrated.
    @Test(arguments: linear) func closedFormIsTheSolution(id: String) throws {
        let model = try model(id)
        let n = model.system.states.count
        let subjects = Subjects(model, count: 8, seed: 11)
        let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: model.slotCount + model.stackDepth + n * n + n * model.system.outputs.count)
        defer { memory.deallocate() }
        let stack = memory + model.slotCount
        let a = stack + model.stackDepth
        let rows = a + n * n
        subjects.fill(from: 0, occasion: 1, slots: memory, stack: stack)
        SystemLayout(model, areas: false).assemble(memory, stack: stack, matrix: a, outputs: rows, haste: 1)
        let lane = 2
        let entry = try #require(model.system.routes.first { $0.route == .intravenous }).first[0]
        let matrix = (0..<n).map { i in (0..<n).map { a[i * n + $0][lane] } }
        let rate = 30 * (entry.share[model.model.drugs[0]] ?? 1) / (2.0 / 3)
        func derivative(_ input: Double) -> (Double, [Double]) -> [Double] {
            { _, y in
                var result = matrix.map { row in zip(row, y).reduce(0) { $0 + $1.0 * $1.1 } }
                result[entry.state] += input
                return result
            }
        }
        let solver = Extrapolation(.explicit, relative: 1e-12, absolute: 1e-15)
        var y = [Double](repeating: 0, count: n)
        let drug: Drug = model.model.drugs.contains(.ketamine) && model.model.id == "racemic-composite" ? .esketamine : model.model.drugs[0]
        let scale = drug == model.model.drugs[0] ? 1.0 : 2
        let regimen = Regimen(drug: drug, doses: [PlannedDose(at: 0, 30, "mg", .intravenous, overMinutes: 40)])
        let times = [0.25, 2.0 / 3, 1, 2, 5, 12]
        let closed = try Simulation(model, regimen, times: times).run(subjects, subject: lane)
        var t = 0.0
        for (row, time) in times.enumerated() {
            y = try solver.solve(derivative(time <= 2.0 / 3 ? rate * scale : 0), from: t, to: time, y)
            t = time
            for output in model.model.outputs.indices {
                let value = (0..<n).reduce(0) { $0 + rows[output * n + $1][lane] * y[$1] }
                #expect(
                    abs(closed[row][output] - value) <= 1e-9 * max(abs(value), 1e-9),
                    "\(id) \(model.quantities[output].id) at \(time): \(closed[row][output]) and \(value)")
            }
        }
    }

    /// What went in is in the body or has left it: the amounts in all states and the areas under them times the rates of leaving make up
    /// the dose, by every route and at every time.
    @Test(arguments: linear) func massIsConserved(id: String) throws {
        var file = try model(id).model
        let states = try model(id).system.states
        file.parameters.append(try JSONDecoder().decode(Parameter.self, from: Data(#"{"id": "litre", "value": 1, "unit": "L"}"#.utf8)))
        file.outputs = states.map { Output(id: "amount_\($0)", title: $0, unit: "mg/L", terms: [.init(state: $0, volume: "litre")]) }
        file.residual = nil
        let model = try CompiledModel(file)
        let subjects = Subjects(model, count: 8, seed: 2)
        let memory = UnsafeMutablePointer<Lanes>.allocate(capacity: model.slotCount + model.stackDepth)
        defer { memory.deallocate() }
        let stack = memory + model.slotCount
        subjects.fill(from: 0, occasion: 1, slots: memory, stack: stack)
        let exits = model.system.transfers.filter { $0.to == nil }.map { (state: $0.from, rate: $0.rate.evaluate(memory, stack: stack)) }
        for (route, dose) in zip(model.system.routes, doses(model)) {
            var dose = dose
            (dose.timeHours, dose.formulation) = (0, route.formulation)
            let drug = model.model.drugs[0]
            // One device is the first; the second enters as a later one does.
            let entries = route.deviceMilligrams == nil ? route.first : route.first + route.later
            let entered = entries.reduce(Lanes.zero) { sum, entry in
                let share = (entry.share[drug] ?? 0) * (route.deviceMilligrams ?? dose.amount)
                return sum + (entry.fraction?.evaluate(memory, stack: stack) ?? Lanes(repeating: 1)) * share
            }
            let simulation = try Simulation(model, Regimen(drug: drug, doses: [dose]), times: [12, 200], areas: true)
            let balance = simulation.each(subjects, threads: 1) { results, lane in
                [0, simulation.columns].map { row in
                    let body = states.indices.reduce(0) { $0 + results[row + $1][lane] }
                    return exits.reduce(body) { $0 + $1.rate[lane] * results[row + states.count + $1.state][lane] }
                }
            }
            for lane in 0..<8 {
                for total in balance[lane] { #expect(abs(total / entered[lane] - 1) < 1e-9, "\(id) \(route.route): \(total) of \(entered[lane])") }
            }
        }
    }

    /// A subject is the same whoever shares the vector, the batch or the run, on any number of threads.
    @Test(arguments: ids) func aSubjectDependsOnItsNumberOnly(id: String) throws {
        let model = try model(id)
        let regimen = Regimen(drug: model.model.drugs[0], doses: doses(model))
        let simulation = try Simulation(model, regimen, times: [0.5, 1, 3, 8, 30])
        let many = Subjects(model, count: 37, seed: 9)
        let size = simulation.times.count * simulation.outputs.count
        let storage = UnsafeMutablePointer<Lanes>.allocate(capacity: 5 * size)
        defer { storage.deallocate() }
        storage.initialize(repeating: .zero, count: 5 * size)
        simulation.run(many, threads: 3, into: storage)
        for subject in [0, 7, 8, 21, 36] {
            let alone = simulation.run(many, subject: subject)
            for (row, values) in alone.enumerated() {
                for (column, value) in values.enumerated() {
                    #expect(storage[subject / 8 * size + row * simulation.outputs.count + column][subject % 8] == value)
                }
            }
        }
        let people = Subjects(model, count: model.system.isLinear ? 3000 : 40, seed: 4)
        let one = simulation.summarise(people, threads: 1)
        let four = simulation.summarise(people, threads: 4)
        #expect(one == four)
    }

    /// Other people in other lanes and batches: the same results in the same order as the people.
    @Test func permutedSubjectsHavePermutedResults() throws {
        let model = try model("otto-2021")
        let regimen = Regimen(drug: .esketamine, doses: [PlannedDose(at: 0, 14, "mg", .intravenous, overMinutes: 30)])
        let simulation = try Simulation(model, regimen, times: [0.5, 1, 6])
        let names = model.model.parameters.prefix(3).map(\.id)
        let values = names.enumerated().map { index, id in (id, (0..<29).map { Double(10 + ($0 * (7 + index)) % 29) }) }
        let order = (0..<29).map { ($0 * 11 + 3) % 29 }
        let straight = simulation.courses(Subjects(model, count: 29, seed: nil, parameters: Dictionary(uniqueKeysWithValues: values)))
        let shuffled = simulation.courses(
            Subjects(model, count: 29, seed: nil, parameters: Dictionary(uniqueKeysWithValues: values.map { id, column in (id, order.map { column[$0] }) })),
            threads: 3)
        #expect(shuffled == order.map { straight[$0] } && straight[0] != straight[1])
    }

    @Test func weightScalesVolumesAndClearances() throws {
        // Half the body, half the dose per kilogram's mass: Domino's constants are per kilogram, so concentrations agree.
        let model = try model("domino-1982")
        let regimen = Regimen(drug: .ketamine, doses: [PlannedDose(at: 0, 0.5, "mg/kg", .intravenous, overMinutes: 40)])
        let simulation = try Simulation(model, regimen, times: Self.times)
        let heavy = simulation.run(Subjects(model, count: 1, seed: nil, covariates: ["weight": [100]]), subject: 0)
        let light = simulation.run(Subjects(model, count: 1, seed: nil, covariates: ["weight": [50]]), subject: 0)
        expectClose(heavy, light, 1e-12, "domino")
    }

    @Test func theRacemateIsTheSumOfItsEnantiomers() throws {
        let model = try model("racemic-composite")
        func course(_ drug: Drug, _ milligrams: Double) throws -> [[Double]] {
            try Simulation(
                model, Regimen(drug: drug, doses: [PlannedDose(at: 0, milligrams, "mg", .intramuscular)]), times: Self.times,
                outputs: ["ketamine", "norketamine"]
            )
            .run(Subjects(model, count: 8, seed: 6), subject: 4)
        }
        let sum = zip(try course(.esketamine, 20), try course(.arketamine, 20)).map { zip($0, $1).map(+) }
        expectClose(try course(.ketamine, 40), sum, 1e-11, "sum")
    }
}
