/// One subject's time under observation: from `start` (excluded) to `end`, and how it ended.
public struct FollowUp: Sendable, Equatable {
    public var start: Double
    public var end: Double
    /// 0: no event was seen (censored); 1, 2, …: which event.
    public var cause: Int

    /// - Parameter start: later than the origin where somebody came under observation late.
    public init(start: Double = -.infinity, end: Double, cause: Int = 0) { (self.start, self.end, self.cause) = (start, end, cause) }

    public var isEvent: Bool { cause > 0 }
}

/// Who was at risk, and what happened, at each time at which a follow-up ended.
public struct RiskTable: Sendable, Equatable {
    public struct Row: Sendable, Equatable {
        public var time: Double
        /// Under observation just before.
        public var atRisk: Int
        /// By cause, from cause 1 on.
        public var events: [Int]
        public var censored: Int

        public var allEvents: Int { events.reduce(0, +) }
    }

    /// By time.
    public let rows: [Row]
    public let causes: Int

    /// Cost n log n.
    public init(_ subjects: [FollowUp], causes: Int? = nil) {
        let causes = causes ?? max(1, subjects.reduce(0) { max($0, $1.cause) })
        let ends = subjects.sorted { $0.end < $1.end }
        let starts = subjects.map(\.start).sorted()
        var (rows, begun, ended): ([Row], Int, Int) = ([], 0, 0)
        while ended < ends.count {
            let time = ends[ended].end
            while begun < starts.count, starts[begun] < time { begun += 1 }
            var row = Row(time: time, atRisk: begun - ended, events: [Int](repeating: 0, count: causes), censored: 0)
            while ended < ends.count, ends[ended].end == time {
                if ends[ended].isEvent { row.events[ends[ended].cause - 1] += 1 } else { row.censored += 1 }
                ended += 1
            }
            rows.append(row)
        }
        self.rows = rows
        self.causes = causes
    }
}
