import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is to be expected of one person.
public struct Forecast: Sendable {
    public var scale: SymptomConstants.Scale
    /// From the time the forecast runs from.
    public var days: [Double]
    /// Of the person's state, in points of the scale.
    public var latent: [Quantiles]
    /// Of a new rating on that day.
    public var rated: [Quantiles]
    public var response: [Double]
    public var remission: [Double]
    public var relapse: Relapse
    public var parameters: [Parameter]
    public var sample: ImportanceSampler.Sample
    public var notes: [String]
    /// Ratings by day and course, where they were asked for.
    public var draws: [[Double]]

    /// When somebody who is well falls ill again.
    public struct Relapse: Sendable, Equatable {
        /// The chance that the person is well now: only the well can relapse.
        public var wellNow: Double
        /// By day, among those who are well now; nil when hardly anybody is.
        public var byDay: [Double]?

        /// Nil when less than half relapse within the horizon.
        public var medianDays: Double? {
            guard let byDay, let index = byDay.firstIndex(where: { $0 >= 0.5 }) else { return nil }
            guard index > 0 else { return 0 }
            let (before, after) = (byDay[index - 1], byDay[index])
            return Double(index - 1) + (0.5 - before) / max(after - before, 1e-12)
        }
    }

    public struct Parameter: Sendable, Equatable {
        public var name: String
        public var mean, deviation, p05, p50, p95: Double

        init(name: String, _ values: WeightedValues) {
            self.name = name
            (mean, deviation) = (values.mean, values.deviation)
            let quantiles = values.quantiles([0.05, 0.5, 0.95])
            (p05, p50, p95) = (quantiles[0], quantiles[1], quantiles[2])
        }
    }
}

/// The middle and the band of nine tenths.
public struct Quantiles: Sendable, Equatable {
    public var mean, p05, p50, p95: Double

    /// Of equally weighted values, by linear interpolation between order statistics.
    public init(_ values: [Double]) {
        var values = values
        // Only the neighbourhood of a quantile is put in order (C. A. R. Hoare, Comm. ACM 4 (1961) 321, DOI 10.1145/366622.366647).
        func quantile(_ share: Double) -> Double {
            guard !values.isEmpty else { return .nan }
            let place = share * Double(values.count - 1)
            let index = Int(place)
            let low = values.select(index)
            guard index + 1 < values.count else { return low }
            return low + (place - Double(index)) * ((values[(index + 1)...].min() ?? low) - low)
        }
        mean = values.reduce(0, +) / Double(max(values.count, 1))
        (p05, p50, p95) = (quantile(0.05), quantile(0.5), quantile(0.95))
    }
}

extension [Double] {
    /// The value at a place of the sorted order; what is before it is not greater, what is after not less.
    fileprivate mutating func select(_ place: Int) -> Double {
        var (low, high) = (0, count - 1)
        while low < high {
            let pivot = self[(low + high) / 2]
            var (i, j) = (low, high)
            while i <= j {
                while self[i] < pivot { i += 1 }
                while self[j] > pivot { j -= 1 }
                if i <= j {
                    swapAt(i, j)
                    i += 1
                    j -= 1
                }
            }
            if place <= j { high = j } else if place >= i { low = i } else { break }
        }
        return self[place]
    }
}

/// Counts relapses over courses.
struct RelapseTally {
    /// One course: relapsed when it stays at the cut so long, or by an event that a hazard brings.
    struct Course {
        let least: Double
        let lasting: Int
        private(set) var isWellAtStart = false
        /// Chance to have relapsed, by day.
        private(set) var chance: [Double] = []
        private var above = 0
        private var hasCrossed = false
        private var cumulative = 0.0

        init(least: Double, lasting: Int) { (self.least, self.lasting) = (least, lasting) }

        mutating func add(_ points: Double, hazard: Double) {
            if chance.isEmpty { isWellAtStart = points < least } else { cumulative += hazard }
            above = points >= least ? above + 1 : 0
            hasCrossed = hasCrossed || above >= lasting
            chance.append(hasCrossed ? 1 : 1 - exp(-cumulative))
        }
    }

    private var sums: [Double]
    private var well = 0

    init(days: Int) { sums = [Double](repeating: 0, count: days) }

    mutating func add(_ course: Course) {
        guard course.isWellAtStart else { return }
        well += 1
        for (index, chance) in course.chance.enumerated() { sums[index] += chance }
    }

    /// - Parameter count: of all courses.
    func summary(outOf count: Int) -> Forecast.Relapse {
        // Fewer than one in twenty: what would be said of so few is not about this person.
        let share = Double(well) / Double(max(count, 1))
        return Forecast.Relapse(wellNow: share, byDay: share < 0.05 ? nil : sums.map { $0 / Double(max(well, 1)) })
    }
}
