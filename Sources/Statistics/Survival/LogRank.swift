/// Whether groups differ in when the event comes: observed against expected events.
///
/// N. Mantel, Cancer Chemother. Rep. 50 (1966) 163; R. Peto, J. Peto, J. R. Stat. Soc. A 135 (1972) 185, DOI 10.2307/2344317. With strata the
/// sums run over them.
public struct LogRank: Sendable, Equatable {
    /// By group.
    public let observed: [Int]
    public let expected: [Double]
    /// Of observed less expected.
    public let covariance: [[Double]]
    public let statistic: Double
    /// Groups in which an event could be seen, less one.
    public let degrees: Int

    /// 1 when there are not two groups to compare.
    public var p: Double { degrees > 0 ? ChiSquare(degrees: Double(degrees)).probability(above: statistic) : 1 }

    /// - Parameters:
    ///   - group: of each subject, 0, 1, …
    ///   - stratum: of each subject; nil: one stratum.
    public init(_ subjects: [FollowUp], group: [Int], stratum: [Int]? = nil) {
        let groups = (group.max() ?? -1) + 1
        var observed = [Int](repeating: 0, count: groups)
        var expected = [Double](repeating: 0, count: groups)
        var covariance = expected.map { _ in [Double](repeating: 0, count: groups) }
        for members in Dictionary(grouping: subjects.indices, by: { stratum?[$0] ?? 0 }).sorted(by: { $0.key < $1.key }).map(\.value) {
            let ends = members.sorted { subjects[$0].end > subjects[$1].end }
            let starts = members.sorted { subjects[$0].start > subjects[$1].start }
            var (atRisk, entered, left) = ([Int](repeating: 0, count: groups), 0, 0)
            while entered < ends.count {
                let time = subjects[ends[entered]].end
                var events = [Int](repeating: 0, count: groups)
                while entered < ends.count, subjects[ends[entered]].end == time {
                    let index = ends[entered]
                    atRisk[group[index]] += 1
                    if subjects[index].isEvent { events[group[index]] += 1 }
                    entered += 1
                }
                while left < starts.count, subjects[starts[left]].start >= time {
                    atRisk[group[starts[left]]] -= 1
                    left += 1
                }
                let (n, d) = (Double(atRisk.reduce(0, +)), Double(events.reduce(0, +)))
                guard d > 0 else { continue }
                let factor = n > 1 ? d * (n - d) / (n - 1) : 0
                for g in 0..<groups {
                    let share = Double(atRisk[g]) / n
                    observed[g] += events[g]
                    expected[g] += d * share
                    covariance[g][g] += factor * share
                    for h in 0..<groups { covariance[g][h] -= factor * share * Double(atRisk[h]) / n }
                }
            }
        }
        // The differences sum to zero: the last group that counts adds nothing.
        let counting = (0..<groups).filter { expected[$0] > 0 }.dropLast()
        let difference = counting.map { Double(observed[$0]) - expected[$0] }
        let factor = Cholesky(counting.map { g in counting.map { covariance[g][$0] } })
        statistic = factor?.forward(difference).reduce(0) { $0 + $1 * $1 } ?? 0
        degrees = factor == nil ? 0 : counting.count
        (self.observed, self.expected, self.covariance) = (observed, expected, covariance)
    }
}
