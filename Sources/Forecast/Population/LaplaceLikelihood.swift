import Dispatch
import Statistics

/// −2 log likelihood of a population by Laplace's approximation around each person's mode, with the expected information in place of
/// the observed: what NONMEM calls FOCE with interaction (Y. Wang, J. Pharmacokinet. Pharmacodyn. 34 (2007) 575,
/// DOI 10.1007/s10928-007-9060-6). Includes every constant, N ln 2π too.
final class LaplaceLikelihood {
    let plan: FitPlan
    let people: [Participant]
    let threads: Int
    /// Where each person's search begins: the modes at the best point of which the gradient was asked. A trial far off, where modes are
    /// other ones, must not decide where the search begins at the next.
    private(set) var starts: [[Double]]
    private var best = Double.infinity

    init(_ plan: FitPlan, _ people: [Participant], threads: Int) {
        self.plan = plan
        self.people = people
        self.threads = threads
        starts = people.map { _ in [Double](repeating: 0, count: plan.unknowns.etas.count) }
    }

    /// The modes of everyone; nil when Ω is not positive definite.
    func modes(_ values: PopulationValues) -> [IndividualMode]? {
        guard let precision = SmallCholesky(SmallMatrix(values.omega))?.inverse else { return nil }
        let starts = starts
        return mapped(people, threads: threads) { index, person in person.mode(values, precision: precision, from: starts[index]) }
    }

    /// Looks for each person's mode from elsewhere too, one deviation to either side of nothing in every random effect.
    /// - Returns: whether somebody has a better one than before; searches begin from there from now on.
    func findBetterModes(_ values: PopulationValues) -> Bool {
        guard let precision = SmallCholesky(SmallMatrix(values.omega))?.inverse, let known = modes(values) else { return false }
        let nothing = [Double](repeating: 0, count: plan.unknowns.etas.count)
        let others =
            [nothing]
            + nothing.indices.flatMap { index in
                [1.0, -1.0].map { sign in
                    var eta = nothing
                    eta[index] = sign * values.deviation(index)
                    return eta
                }
            }
        let found = mapped(people, threads: threads) { index, person in
            others.map { person.mode(values, precision: precision, from: $0) }.min { $0.density.value < $1.density.value } ?? known[index]
        }
        var isBetter = false
        for index in people.indices where found[index].density.value < known[index].density.value - 1e-3 {
            starts[index] = found[index].eta
            best = .infinity
            isBetter = true
        }
        return isBetter
    }

    func value(_ vector: [Double]) -> Double { valueAndGradient(vector, wantsGradient: false).value }

    /// Value and gradient; the modes found here are where the next searches begin.
    func valueAndGradient(_ vector: [Double], wantsGradient: Bool = true) -> (value: Double, gradient: [Double]) {
        let nowhere = (Double.infinity, vector.map { _ in 0.0 })
        guard vector.allSatisfy({ abs($0) < 60 }) else { return nowhere }
        let values = plan.unknowns.values(vector)
        guard let determinant = SmallCholesky(SmallMatrix(values.omega))?.logDeterminant, let modes = modes(values) else { return nowhere }
        let total = modes.reduce(0) { $0 + $1.density.laplace } + Double(people.count) * determinant
        guard total.isFinite else { return nowhere }
        guard wantsGradient else { return (total, []) }
        if total <= best {
            best = total
            starts = modes.map(\.eta)
        }
        guard let neighbours = Neighbours(plan.unknowns, vector) else { return nowhere }
        let gradients = mapped(people, threads: threads) { index, person in person.gradient(modes[index], values, neighbours) }
        return (total, vector.indices.map { element in gradients.reduce(0) { $0 + $1[element] } })
    }

    /// The population a little to either side, element by element.
    struct Neighbours: Sendable {
        struct Side: Sendable {
            var values: PopulationValues
            var precision: SmallMatrix
            var determinant: Double
        }
        static let step = 1e-3

        let unknowns: Unknowns
        let precision: SmallMatrix
        let sides: [(high: Side, low: Side)]

        init?(_ unknowns: Unknowns, _ vector: [Double]) {
            func side(_ index: Int?, _ change: Double) -> Side? {
                var moved = vector
                if let index { moved[index] += change }
                let values = unknowns.values(moved)
                guard let factor = SmallCholesky(SmallMatrix(values.omega)) else { return nil }
                return Side(values: values, precision: factor.inverse, determinant: factor.logDeterminant)
            }
            var sides: [(high: Side, low: Side)] = []
            for index in vector.indices {
                guard let high = side(index, Self.step), let low = side(index, -Self.step) else { return nil }
                sides.append((high, low))
            }
            guard let centre = side(nil, 0) else { return nil }
            self.unknowns = unknowns
            self.sides = sides
            precision = centre.precision
        }
    }
}

extension Participant {
    /// ∂/∂x of what this person adds to −2 log likelihood, by element.
    ///
    /// The mode moves with x: dF/dx = ∂F/∂x + ∂F/∂η · dη/dx, and dη/dx follows from the mode's gradient being zero (J. Almquist, J. Leander,
    /// M. Jirstrand, J. Pharmacokinet. Pharmacodyn. 42 (2015) 191, DOI 10.1007/s10928-015-9409-1). Everything by central differences around the
    /// mode, without searching it again; typical values that only shift a random effect need no runs of their own.
    fileprivate func gradient(_ mode: IndividualMode, _ values: PopulationValues, _ neighbours: LaplaceLikelihood.Neighbours) -> [Double] {
        let k = mode.eta.count
        let step = LaplaceLikelihood.Neighbours.step
        setPopulation(values)
        var shifted: [(high: Outlook, low: Outlook)] = []
        for index in 0..<k {
            var (high, low) = (mode.eta, mode.eta)
            high[index] += step
            low[index] -= step
            shifted.append((outlook(at: high), outlook(at: low)))
        }
        var observed = mode.density.information
        var inEta = [Double](repeating: 0, count: k)
        for index in 0..<k {
            var (high, low) = (mode.eta, mode.eta)
            high[index] += step
            low[index] -= step
            let (above, below) = (
                density(shifted[index].high, values.errors, neighbours.precision, at: high),
                density(shifted[index].low, values.errors, neighbours.precision, at: low)
            )
            inEta[index] = (above.laplace - below.laplace) / (2 * step)
            for row in 0..<k { observed[row, index] = (above.gradient[row] - below.gradient[row]) / (2 * step) }
        }
        for a in 0..<k { for b in 0..<a { observed[a, b] = (observed[a, b] + observed[b, a]) / 2 } }
        for a in 0..<k { for b in 0..<a { observed[b, a] = observed[a, b] } }
        guard let factor = SmallCholesky(observed) ?? SmallCholesky(mode.density.information) else { return neighbours.sides.map { _ in 0 } }
        let pull = factor.solve(inEta)
        return neighbours.sides.indices.map { element in
            let (high, low) = neighbours.sides[element]
            let shift = neighbours.unknowns.shift(element)
            func look(_ side: LaplaceLikelihood.Neighbours.Side, _ isHigh: Bool) -> JointDensity {
                var outlook = mode.outlook
                if let shift {
                    outlook = isHigh ? shifted[shift.eta].high : shifted[shift.eta].low
                } else if neighbours.unknowns.changesPredictions(element) {
                    setPopulation(side.values)
                    outlook = self.outlook(at: mode.eta)
                }
                return density(outlook, side.values.errors, side.precision, at: mode.eta)
            }
            let (above, below) = (look(high, true), look(low, false))
            let inX = (above.laplace - below.laplace) / (2 * step)
            let movement = zip(above.gradient, below.gradient).map { ($0 - $1) / (2 * step) }
            let total = inX - zip(pull, movement).reduce(0) { $0 + $1.0 * $1.1 }
            return total * (shift?.factor ?? 1) + (high.determinant - low.determinant) / (2 * step)
        }
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
