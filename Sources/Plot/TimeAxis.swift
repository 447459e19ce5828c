/// Maps times onto pixels and knows where a calendar reader expects the ticks.
public struct TimeAxis: Sendable, Equatable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var domain: ClosedRange<Double>
    public var start: Double
    public var end: Double
    /// Minutes east of UTC in which ticks are placed and labelled.
    public var offset: Int

    public init(_ domain: ClosedRange<Double>, start: Double, end: Double, offset: Int = 0) {
        let bounds = CivilTime.drawable
        self.domain = domain.clamped(to: bounds)
        self.start = start
        self.end = end
        self.offset = offset
    }

    public func callAsFunction(_ time: Double) -> Double { LinearScale(domain, start: start, end: end)(time) }

    public struct Tick: Sendable, Equatable {
        public var time: Double
        /// `09:00`, `4 Mar`, `Mar` or `2024`, by the spacing.
        public var label: String
        /// The larger unit, where it begins or first shows: the day for hours, the year for days and months.
        public var context: String?
    }

    enum Step: Equatable {
        case hours(Int), days(Int), weeks(Int), months(Int), years(Int)

        static let all: [Step] = [
            .hours(1), .hours(2), .hours(3), .hours(6), .hours(12), .days(1), .days(2), .weeks(1), .weeks(2), .months(1), .months(2),
            .months(3),
            .months(6), .years(1), .years(2), .years(5), .years(10), .years(20), .years(50), .years(100), .years(500), .years(1000),
            .years(5000),
        ]

        var milliseconds: Double {
            switch self {
            case .hours(let n): Double(n) * CivilTime.hour
            case .days(let n): Double(n) * CivilTime.dayLength
            case .weeks(let n): Double(7 * n) * CivilTime.dayLength
            case .months(let n): Double(n) * CivilTime.meanYear / 12
            case .years(let n): Double(n) * CivilTime.meanYear
            }
        }
    }

    /// Ticks at round calendar times, at least `spacing` pixels apart.
    public func ticks(spacing: Double = 64) -> [Tick] {
        let extent = domain.upperBound - domain.lowerBound
        let room = max(abs(end - start) / max(spacing, 1), 1)
        guard extent > 0 else {
            return [Tick(time: domain.lowerBound, label: CivilTime(local(domain.lowerBound)).dayAndMonth, context: nil)]
        }
        let step = Step.all.first { extent / $0.milliseconds <= room } ?? .years(5000)
        var previous: CivilTime?
        return times(step).map { time in
            let civil = CivilTime(local(time))
            defer { previous = civil }
            switch step {
            case .hours:
                let fresh = previous.map { ($0.year, $0.month, $0.day) != (civil.year, civil.month, civil.day) } ?? true
                return Tick(time: time, label: civil.clock, context: fresh ? civil.date : nil)
            case .days, .weeks:
                return Tick(time: time, label: civil.dayAndMonth, context: previous?.year == civil.year ? nil : "\(civil.year)")
            case .months:
                return Tick(time: time, label: civil.monthName, context: previous?.year == civil.year ? nil : "\(civil.year)")
            case .years:
                return Tick(time: time, label: "\(civil.year)", context: nil)
            }
        }
    }

    private var shift: Double { Double(offset) * CivilTime.minute }
    private func local(_ time: Double) -> Double { time + shift }

    private func times(_ step: Step) -> [Double] {
        let low = local(domain.lowerBound)
        let high = local(domain.upperBound)
        let civil = CivilTime(low)
        var times: [Double] = []
        switch step {
        case .hours, .days:
            let length = step.milliseconds
            var time = (low / length).rounded(.up) * length
            while time <= high {
                times.append(time)
                time += length
            }
        case .weeks:
            // 1970-01-05 was a Monday.
            let monday = 4 * CivilTime.dayLength
            let length = step.milliseconds
            var time = ((low - monday) / length).rounded(.up) * length + monday
            while time <= high {
                times.append(time)
                time += length
            }
        case .months(let n), .years(let n):
            let months = if case .years = step { n * 12 } else { n }
            var month = Int((Double(civil.year * 12 + civil.month - 1) / Double(months)).rounded(.down)) * months
            var time = CivilTime.start(year: 0, month: month + 1)
            while time <= high {
                if time >= low { times.append(time) }
                month += months
                time = CivilTime.start(year: 0, month: month + 1)
            }
        }
        return times.map { $0 - shift }
    }
}
