import Statistics

extension Engine {
    /// For each step the cheapest rule whose increment of every response is within `tolerance` of the dearest's, on the typical subject.
    func chooseRules(tolerance: Double) -> [QuadratureRule?] {
        let subjects = Subjects(simulation.model, count: 1, seed: nil)
        start(subjects, from: 0)
        let dear = QuadratureRule.ladder.count - 1
        var cheap: [Int: [Trial]] = [:]
        var rules: [QuadratureRule?] = []
        for (index, step) in simulation.schedule.steps.enumerated() {
            begin(index)
            let before = (0..<system.turnovers.count).map { response[$0][0] }
            let state = (0..<n).map { z[$0] }
            let forces = (0..<n).map { force[$0] }
            advance(index, strides[index])
            defer { giveBoluses(after: index) }
            var chosen = QuadratureRule.ladder[dear]
            if step.windows.isEmpty {
                let hours = simulation.schedule.lengths[step.length]
                let trials = cheap[step.length] ?? QuadratureRule.ladder.dropLast().map { Trial($0, hours: hours, engine: self) }
                cheap[step.length] = trials
                let isForced = simulation.stepIsForced[index]
                for trial in trials {
                    let isGood = system.turnovers.indices.allSatisfy { turnover in
                        let value = trial.response(turnover, from: before[turnover], state: state, force: isForced ? forces : nil, engine: self)
                        return abs(value - response[turnover][0]) <= tolerance * max(abs(response[turnover][0]), 1e-12)
                    }
                    if isGood {
                        chosen = trial.rule
                        break
                    }
                }
            }
            rules.append(chosen)
        }
        return rules
    }

    /// A rule applied to one step length, in the first lane.
    struct Trial {
        let rule: QuadratureRule
        let hours: Double
        private let points: (nodes: [Double], weights: [Double])
        private var decays: [[Lanes]] = []
        private var integrals: [[Lanes]] = []

        init(_ rule: QuadratureRule, hours: Double, engine: Engine) {
            self.rule = rule
            self.hours = hours
            points = rule.points
            for node in points.nodes {
                let (decay, integral) = engine.propagator(hours * node)
                decays.append(decay)
                integrals.append(integral)
            }
        }

        func response(_ turnover: Int, from before: Double, state: [Lanes], force: [Lanes]?, engine: Engine) -> Double {
            let loss = engine.losses[turnover][0]
            let baseline = engine.baselines[turnover][0]
            let ceiling = engine.ceilings[turnover][0]
            let half = engine.halves[turnover][0]
            var value = before * Lanes.exp(Lanes(repeating: -loss * hours))[0]
            for (index, node) in points.nodes.enumerated() {
                var driver = engine.driver(turnover, state, through: decays[index])
                if let force { driver += engine.driver(turnover, force, through: integrals[index]) }
                let production = loss * baseline * (1 - ceiling * driver / (half + driver))
                value += hours * points.weights[index] * production * Lanes.exp(Lanes(repeating: -loss * hours * (1 - node)))[0]
            }
            return value
        }
    }

    func propagator(_ hours: Double) -> ([Lanes], [Lanes]) {
        let decay = scratch + 4 * n * n
        let integral = decay + n * n
        propagators(Lanes(repeating: hours), within: hours, decay: decay, integral: integral)
        let size = isModal ? n : n * n
        return ((0..<size).map { decay[$0] }, (0..<size).map { integral[$0] })
    }

    /// The driver of a response for a state propagated, in the first lane.
    func driver(_ turnover: Int, _ vector: [Lanes], through propagator: [Lanes]) -> Double {
        let reader = readers + system.turnovers[turnover].driver * n
        var sum = 0.0
        for k in 0..<n {
            if isModal {
                sum += reader[k][0] * propagator[k][0] * vector[k][0]
            } else {
                for column in 0..<n { sum += reader[k][0] * propagator[k * n + column][0] * vector[column][0] }
            }
        }
        return sum
    }
}
