import Dispatch
import Statistics

/// −2 log likelihood of a population by Laplace's approximation around each person's mode, with the expected information in place of
/// the observed: what NONMEM calls FOCE with interaction (Y. Wang, J. Pharmacokinet. Pharmacodyn. 34 (2007) 575,
/// DOI 10.1007/s10928-007-9060-6). Includes every constant, N ln 2π too.
final class LaplaceLikelihood {
    let plan: FitPlan
    let people: [Participant]
    let threads: Int
    /// Where each person's search begins: the modes at the last point of which the gradient was asked.
    private(set) var starts: [[Double]]

    init(_ plan: FitPlan, _ people: [Participant], threads: Int) {
        self.plan = plan
        self.people = people
        self.threads = threads
        starts = people.map { _ in [Double](repeating: 0, count: plan.unknowns.etas.count) }
    }

    /// By person: what they add, and their mode.
    func parts(_ values: PopulationValues) -> [(value: Double, mode: IndividualMode)]? {
        guard let omega = SmallCholesky(SmallMatrix(values.omega)) else { return nil }
        let (precision, determinant) = (omega.inverse, omega.logDeterminant)
        let starts = starts
        return mapped(people, threads: threads) { index, person in
            let mode = person.mode(values, precision: precision, from: starts[index])
            guard let information = SmallCholesky(mode.information), mode.value.isFinite else { return (.infinity, mode) }
            return (2 * mode.value + determinant + information.logDeterminant, mode)
        }
    }

    func value(_ vector: [Double]) -> Double {
        guard vector.allSatisfy({ abs($0) < 60 }) else { return .infinity }
        let total = parts(plan.unknowns.values(vector))?.reduce(0) { $0 + $1.value } ?? .infinity
        return total.isNaN ? .infinity : total
    }

    /// Value and gradient, by central differences; the modes found here are where the next searches begin.
    func valueAndGradient(_ vector: [Double]) -> (value: Double, gradient: [Double]) {
        guard vector.allSatisfy({ abs($0) < 60 }), let parts = parts(plan.unknowns.values(vector)) else {
            return (.infinity, vector.map { _ in 0 })
        }
        let total = parts.reduce(0) { $0 + $1.value }
        guard total.isFinite else { return (.infinity, vector.map { _ in 0 }) }
        starts = parts.map(\.mode.eta)
        return (total, vector.indices.map { slope(vector, $0, 1e-3) })
    }

    private func slope(_ vector: [Double], _ index: Int, _ step: Double) -> Double {
        var (low, high) = (vector, vector)
        low[index] -= step
        high[index] += step
        return (value(high) - value(low)) / (2 * step)
    }
}

/// `transform` of every element, on several threads, in order: each element is handled by itself, so that the result does not depend
/// on how many there are.
func mapped<Element, Value: Sendable>(_ elements: [Element], threads: Int, _ transform: (Int, Element) -> Value) -> [Value] {
    let workers = max(1, min(threads, elements.count))
    if workers == 1 { return elements.enumerated().map { transform($0.offset, $0.element) } }
    var results = [Value?](repeating: nil, count: elements.count)
    results.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let buffer = buffer
        nonisolated(unsafe) let elements = elements
        nonisolated(unsafe) let transform = transform
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for index in stride(from: worker, to: elements.count, by: workers) { buffer[index] = transform(index, elements[index]) }
        }
    }
    return results.compactMap { $0 }
}
