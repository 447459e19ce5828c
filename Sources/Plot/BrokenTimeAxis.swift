/// A time axis from which long stretches without any event are cut, so that distant years stay readable side by side.
///
/// Longest first, a stretch is cut when it is longer than `shortestCut` and more than a quarter of what is still there. What remains
/// is drawn to one scale.
struct BrokenTimeAxis: Sendable, Equatable {
    struct Segment: Sendable, Equatable {
        /// Milliseconds since 1970.
        var time: ClosedRange<Double>
        var start: Double
        var end: Double
    }

    private(set) var segments: [Segment] = []

    static let shortestCut = 4 * CivilTime.meanYear
    static let breakWidth = 46.0

    /// `events` are the times at which something began or ended.
    init(events: [Double], start: Double, end: Double) {
        let bounds = CivilTime.drawable
        let events = events.filter(\.isFinite).map { min(max($0, bounds.lowerBound), bounds.upperBound) }.sorted()
        guard let first = events.first, let last = events.last else { return }
        var remaining = last - first
        var threshold = Double.infinity
        for gap in zip(events, events.dropFirst()).map({ $1 - $0 }).sorted(by: >) {
            guard gap > Self.shortestCut, gap > remaining / 4 else { break }
            threshold = gap
            remaining -= gap
        }
        var runs: [ClosedRange<Double>] = []
        var from = first
        for (earlier, later) in zip(events, events.dropFirst()) where later - earlier >= threshold {
            runs.append(from...earlier)
            from = later
        }
        runs.append(from...last)
        let total = runs.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        // Room around a lone event, so that it does not stand on the edge of a cut.
        let pad = max(total * 0.03, CivilTime.meanYear / 4)
        let padded = runs.map { ($0.lowerBound - pad)...($0.upperBound + pad) }
        let length = padded.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        let room = (end - start) - Double(padded.count - 1) * Self.breakWidth
        var x = start
        for time in padded {
            let width = length > 0 ? room * (time.upperBound - time.lowerBound) / length : room
            segments.append(Segment(time: time, start: x, end: x + width))
            x += width + Self.breakWidth
        }
    }

    /// The pixel of `time`; times inside a cut are spread over the cut's width.
    func callAsFunction(_ time: Double) -> Double {
        guard let first = segments.first, let last = segments.last else { return 0 }
        if time <= first.time.lowerBound { return first.start }
        for (index, segment) in segments.enumerated() {
            if time <= segment.time.upperBound {
                if time >= segment.time.lowerBound { return LinearScale(segment.time, start: segment.start, end: segment.end)(time) }
                let before = segments[index - 1]
                return LinearScale(before.time.upperBound...segment.time.lowerBound, start: before.end, end: segment.start)(time)
            }
        }
        return last.end
    }

    /// The cuts, from left to right.
    var cuts: [(start: Double, end: Double, milliseconds: Double)] {
        zip(segments, segments.dropFirst()).map { ($0.end, $1.start, $1.time.lowerBound - $0.time.upperBound) }
    }

    /// Year ticks of all segments; a segment too short for a year boundary is labelled with its month at its middle.
    var ticks: [TimeAxis.Tick] {
        var freeFrom = -Double.infinity
        var ticks: [TimeAxis.Tick] = []
        for segment in segments {
            let axis = TimeAxis(segment.time, start: segment.start, end: segment.end)
            var inside = axis.ticks(spacing: 52).filter { _ in segment.end - segment.start >= 40 }
            if inside.isEmpty || !inside.contains(where: { $0.context != nil || $0.label.count == 4 }) {
                let middle = (segment.time.lowerBound + segment.time.upperBound) / 2
                inside = [.init(time: middle, label: "\(CivilTime(middle).year)", context: nil)]
            }
            for tick in inside {
                let x = self(tick.time)
                guard x - 17 >= freeFrom else { continue }
                ticks.append(tick)
                freeFrom = x + 17
            }
        }
        return ticks
    }
}
