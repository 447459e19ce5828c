#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Hamiltonian Monte Carlo that ends each path where it would turn back, with the step size adapted by dual averaging.
///
/// M. D. Hoffman, A. Gelman, J. Mach. Learn. Res. 15 (2014) 1593, algorithm 6, with multinomial weights and the generalised criterion of
/// M. Betancourt, "A conceptual introduction to Hamiltonian Monte Carlo" (2017), arXiv 1701.02434, appendix A. Diagnostics: A. Vehtari,
/// A. Gelman, D. Simpson, B. Carpenter, P.-C. Bürkner, Bayesian Anal. 16 (2021) 667, DOI 10.1214/20-BA1221 (without ranks).
public struct NoUTurnSampler: Sendable {
    public var chainCount = 4
    public var warmUp = 400
    public var drawsPerChain = 1000
    public var targetAcceptance = 0.9
    public var greatestDepth = 10
    /// The factor of the covariance in whose coordinates paths are followed.
    let metric: Cholesky?

    public init(metric: Cholesky?) { self.metric = metric }

    public struct Chains: Sendable {
        /// Chain after chain.
        public var points: [[Double]]
        /// Least over parameters.
        public var effectiveSize: Double
        /// Greatest over parameters.
        public var scaleReduction: Double
    }

    public func chains(from start: [Double], seed: UInt64, subject: UInt32, _ logDensity: LogDensity) -> Chains {
        let chains = (0..<chainCount).map { number in
            chain(from: start, stream: RandomStream(seed: seed, subject: subject, purpose: 0x4E55_0000 + UInt32(number)), logDensity)
        }
        let diagnoses = start.indices.map { parameter in Convergence(chains.map { $0.map { $0[parameter] } }) }
        return Chains(
            points: chains.flatMap { $0 }, effectiveSize: diagnoses.map(\.effectiveSize).min() ?? 0,
            scaleReduction: diagnoses.map(\.scaleReduction).max() ?? 1)
    }

    private struct State {
        var place: [Double]
        var momentum: [Double]
        var gradient: [Double]
        var value: Double
        var energy: Double { value - 0.5 * momentum.reduce(0) { $0 + $1 * $1 } }
    }

    private struct Tree {
        var first, last: State
        var chosen: State
        var logWeight: Double
        var momentumSum: [Double]
        var isTurning: Bool
        var acceptance: Double
        var steps: Int
    }

    private func chain(from start: [Double], stream: RandomStream, _ logDensity: LogDensity) -> [[Double]] {
        var stream = stream
        let factor = metric?.rows ?? start.indices.map { row in (0...row).map { $0 == row ? 1 : 0 } }
        // In coordinates u with point = start + L u.
        func point(_ u: [Double]) -> [Double] { zip(start, factor).map { $0 + zip($1, u).reduce(0) { $0 + $1.0 * $1.1 } } }
        func evaluate(_ u: [Double]) -> (Double, [Double]) {
            let (value, gradient) = logDensity(point(u))
            return (value, u.indices.map { column in (column..<factor.count).reduce(0) { $0 + factor[$1][column] * gradient[$1] } })
        }
        func step(_ state: State, _ size: Double) -> State {
            var state = state
            for index in state.place.indices {
                state.momentum[index] += 0.5 * size * state.gradient[index]
                state.place[index] += size * state.momentum[index]
            }
            (state.value, state.gradient) = evaluate(state.place)
            for index in state.place.indices { state.momentum[index] += 0.5 * size * state.gradient[index] }
            return state
        }
        func leaf(_ state: State, _ size: Double, _ energy: Double) -> Tree {
            let next = step(state, size)
            let gain = next.energy.isFinite ? next.energy - energy : -.infinity
            return Tree(
                first: next, last: next, chosen: next, logWeight: gain, momentumSum: next.momentum, isTurning: gain < -1000,
                acceptance: min(1, exp(gain)), steps: 1)
        }
        func turns(_ sum: [Double], _ a: State, _ b: State) -> Bool {
            zip(sum, a.momentum).reduce(0) { $0 + $1.0 * $1.1 } <= 0 || zip(sum, b.momentum).reduce(0) { $0 + $1.0 * $1.1 } <= 0
        }
        func joined(_ a: Tree, _ b: Tree, forward: Bool, biased: Bool) -> Tree {
            let greatest = max(a.logWeight, b.logWeight)
            let total = greatest == -.infinity ? greatest : greatest + log(exp(a.logWeight - greatest) + exp(b.logWeight - greatest))
            var tree = a
            if log(stream.uniform()) < b.logWeight - (biased ? a.logWeight : total) { tree.chosen = b.chosen }
            tree.logWeight = total
            tree.momentumSum = zip(a.momentumSum, b.momentumSum).map { $0 + $1 }
            if forward { tree.last = b.last } else { tree.first = b.first }
            tree.isTurning = a.isTurning || b.isTurning || turns(tree.momentumSum, tree.first, tree.last)
            tree.acceptance += b.acceptance
            tree.steps += b.steps
            return tree
        }
        func grown(_ from: State, depth: Int, _ size: Double, _ energy: Double) -> Tree {
            guard depth > 0 else { return leaf(from, size, energy) }
            let a = grown(from, depth: depth - 1, size, energy)
            guard !a.isTurning else { return a }
            let b = grown(size > 0 ? a.last : a.first, depth: depth - 1, size, energy)
            return joined(a, b, forward: size > 0, biased: false)
        }

        var u = start.map { _ in 0.5 * stream.normal() }
        var (value, gradient) = evaluate(u)
        var (logSize, logAverage, error) = (log(0.5), 0.0, 0.0)
        let anchor = log(5.0)
        var points: [[Double]] = []
        for iteration in 0..<warmUp + drawsPerChain {
            let isWarming = iteration < warmUp
            let size = exp(isWarming ? logSize : logAverage)
            let origin = State(place: u, momentum: u.map { _ in stream.normal() }, gradient: gradient, value: value)
            var tree = Tree(
                first: origin, last: origin, chosen: origin, logWeight: 0, momentumSum: origin.momentum, isTurning: false, acceptance: 0, steps: 0)
            for depth in 0..<greatestDepth where !tree.isTurning {
                let forward = stream.chance(0.5)
                let branch = grown(forward ? tree.last : tree.first, depth: depth, forward ? size : -size, origin.energy)
                guard !branch.isTurning else {
                    tree.acceptance += branch.acceptance
                    tree.steps += branch.steps
                    break
                }
                tree = joined(tree, branch, forward: forward, biased: true)
            }
            (u, value, gradient) = (tree.chosen.place, tree.chosen.value, tree.chosen.gradient)
            if isWarming {
                let m = Double(iteration + 1)
                error = (1 - 1 / (m + 10)) * error + (targetAcceptance - tree.acceptance / Double(max(tree.steps, 1))) / (m + 10)
                logSize = anchor - m.squareRoot() / 0.05 * error
                let weight = pow(m, -0.75)
                logAverage = weight * logSize + (1 - weight) * logAverage
            } else {
                points.append(point(u))
            }
        }
        return points
    }
}

/// Whether chains agree, each split in two.
public struct Convergence: Sendable {
    public let effectiveSize: Double
    public let scaleReduction: Double

    public init(_ chains: [[Double]]) {
        let halves = chains.flatMap { chain in [Array(chain.prefix(chain.count / 2)), Array(chain.suffix(chain.count / 2))] }
        let (n, m) = (halves.first?.count ?? 0, halves.count)
        guard n > 3 else {
            (effectiveSize, scaleReduction) = (0, .infinity)
            return
        }
        let means = halves.map { $0.reduce(0, +) / Double(n) }
        let variances = zip(halves, means).map { half, mean in half.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n - 1) }
        let grand = means.reduce(0, +) / Double(m)
        let between = means.reduce(0) { $0 + ($1 - grand) * ($1 - grand) } / Double(max(m - 1, 1))
        let within = variances.reduce(0, +) / Double(m)
        let total = within * Double(n - 1) / Double(n) + between
        scaleReduction = within > 0 ? (total / within).squareRoot() : 1
        var sum = 0.0
        var previous = Double.infinity
        // Geyer's initial monotone sequence of paired autocorrelations.
        func correlation(_ lag: Int) -> Double {
            let mean = zip(halves, means).reduce(0.0) { sum, pair in
                let (half, centre) = pair
                return sum + (0..<n - lag).reduce(0.0) { $0 + (half[$1] - centre) * (half[$1 + lag] - centre) } / Double(n)
            }
            return 1 - (within - mean / Double(m)) / max(total, 1e-300)
        }
        for lag in stride(from: 0, to: n - 2, by: 2) {
            let pair = correlation(lag) + correlation(lag + 1)
            guard pair > 0 else { break }
            previous = min(previous, pair)
            sum += previous
        }
        effectiveSize = min(Double(n * m) / max(2 * sum - 1, 1e-9), Double(n * m))
    }
}
