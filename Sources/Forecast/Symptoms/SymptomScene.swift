import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is the same for everybody whom a `SymptomWalk` follows, worked out once.
public final class SymptomScene: Sendable {
    public let constants: SymptomConstants
    let expectancy, memory, transient, drift, antidepressant, fastOnset, slowOnset: DailyDecay
    /// What is kept of the fluctuation over a day, and the share of its spread that is new.
    let keptOfDay, newOfDay: Double
    /// The latent angle below which the reference scale shows remission.
    let wellBelow: Double

    /// - Parameter days: up to which decays are tabulated.
    public init(_ constants: SymptomConstants, days: Int) {
        self.constants = constants
        let c = constants
        expectancy = DailyDecay(time: c.expectancyTime, days: days)
        memory = DailyDecay(time: c.expectancyMemory, days: days)
        transient = DailyDecay(time: c.transientTime, days: days)
        drift = DailyDecay(time: c.driftTime, days: days)
        antidepressant = DailyDecay(time: c.antidepressantTime, days: days)
        fastOnset = DailyDecay(time: c.fastOnset, days: days)
        slowOnset = DailyDecay(time: c.slowOnset, days: days)
        keptOfDay = exp(-1 / c.fluctuationTime)
        newOfDay = (1 - keptOfDay * keptOfDay).squareRoot()
        let scale = c.scales[0]
        wellBelow = asin(min((scale.remission.rounded(.down) + 1) / (scale.maximum + 1), 1).squareRoot())
    }

    /// Somebody made up by the model.
    public func person(_ stream: inout NormalStream) -> SymptomSimulator.Person {
        func values(_ count: Int) -> [Double] {
            [Double](unsafeUninitializedCapacity: count) { room, filled in
                for index in 0..<count { room.initializeElement(at: index, to: stream.next()) }
                filled = count
            }
        }
        let axes = values(constants.axes.count)
        return .init(axes: axes, biases: values(constants.scales.count))
    }

    /// What improves without drug, at eight days in a row, each a day after the one before.
    /// - Parameters:
    ///   - sinceFirst, sinceLast: the first of the days, from the first visit and from the last; nil before any.
    ///   - sinceAntidepressant: likewise; negative before it begins.
    @inline(__always)
    func background(sinceFirst: Double, sinceLast: Double?, belief: Double, sinceAntidepressant: Double?) -> Lanes {
        var fall = Lanes.zero
        if let sinceLast {
            let settled = constants.expectancyBase + constants.expectancyBelief * belief
            fall = settled * (1 - expectancy.lanes(sinceFirst)) * memory.lanes(sinceLast) + constants.transient * transient.lanes(sinceLast)
        }
        if let sinceAntidepressant { fall += constants.antidepressantMost * (1 - antidepressant.lanes(sinceAntidepressant)) }
        return fall
    }

    /// `SymptomConstants.drifted` at eight days in a row.
    @inline(__always)
    func drifted(since: Double) -> Lanes {
        constants.driftEarly * (1 - expectancy.lanes(since)) + (1 - constants.driftEarly) * (1 - drift.lanes(since))
    }
}

/// e^(−t/τ), known beforehand at whole days.
struct DailyDecay: Sendable {
    private let time: Double
    private let table: [Double]

    static let ramp = Lanes(0, 1, 2, 3, 4, 5, 6, 7)

    init(time: Double, days: Int) {
        self.time = time
        let width = Lanes.scalarCount
        table = (0...days / width + 1).flatMap { block in
            let values = Lanes.exp((Self.ramp + Double(block * width)) * (-1 / time))
            return (0..<width).map { values[$0] }
        }
    }

    func value(_ day: Double) -> Double { lanes(day)[0] }

    /// At a day and the seven after it; 1 before day 0.
    @inline(__always)
    func lanes(_ day: Double) -> Lanes {
        let index = Int(day)
        guard Double(index) == day, index >= 0, index + Lanes.scalarCount <= table.count else {
            return Lanes.exp(Lanes.larger(Self.ramp + day, .zero) * (-1 / time))
        }
        return table.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index &* 8, as: Lanes.self) }
    }
}
