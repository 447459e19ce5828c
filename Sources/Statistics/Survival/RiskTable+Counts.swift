extension RiskTable {
    /// From how many ended when; nobody enters late.
    /// - Parameter ends: each time once, in any order.
    public init(ends: [(time: Double, events: Int, censored: Int)]) {
        var remaining = ends.reduce(0) { $0 + $1.events + $1.censored }
        rows = ends.sorted { $0.time < $1.time }.map { end in
            defer { remaining -= end.events + end.censored }
            return Row(time: end.time, atRisk: remaining, events: [end.events], censored: end.censored)
        }
        causes = 1
    }
}
