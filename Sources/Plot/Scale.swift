/// Maps a range of values onto a range of pixels, in a straight line.
public struct LinearScale: Sendable, Equatable {
    public var domain: ClosedRange<Double>
    /// Pixel of the domain's lower bound.
    public var start: Double
    /// Pixel of the domain's upper bound; smaller than `start` for an axis that points up.
    public var end: Double

    public init(_ domain: ClosedRange<Double>, start: Double, end: Double) {
        self.domain = domain
        self.start = start
        self.end = end
    }

    /// The pixel of `value`, held inside the range; the middle when the domain has no extent.
    public func callAsFunction(_ value: Double) -> Double {
        let extent = domain.upperBound - domain.lowerBound
        guard extent > 0, value.isFinite else { return (start + end) / 2 }
        let share = min(max((value - domain.lowerBound) / extent, 0), 1)
        return start + share * (end - start)
    }

    /// Round values inside the domain, about `count` of them: steps of 1, 2 or 5 times a power of ten.
    public func ticks(_ count: Int) -> [Double] {
        let extent = domain.upperBound - domain.lowerBound
        guard extent > 0, extent.isFinite, count > 0 else { return [domain.lowerBound] }
        let rough = extent / Double(count)
        var power = 1.0
        while power * 10 <= rough { power *= 10 }
        while power > rough { power /= 10 }
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
        let first = (domain.lowerBound / step).rounded(.up)
        let last = (domain.upperBound / step + 1e-9).rounded(.down)
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }
}
