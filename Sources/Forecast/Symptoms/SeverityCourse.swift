import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One person's latent severity over time, without the fluctuation about it, followed forward from event to event in closed form.
///
/// Each dose lifts two kinds of connectivity, S ← 1 − (1 − S) exp(−gain × occupancy area); they decay with their own times, the fast one
/// felt within hours, the slow one from the next day. Severity = baseline × exp(−(drug + expectancy + antidepressant + drift)).
struct SeverityCourse<Number: Analytic> {
    private let fastEffect, slowEffect: Double
    private let baseline, sensitivity, drift: Number
    private let fastDecay, slowDecay: Number
    /// Before anything was given.
    let baselineAngle: Number
    /// What is there, and the part of it that is not felt yet.
    private var (fast, slow, unfeltFast, unfeltSlow) = (Number(0), Number(0), Number(0), Number(0))
    /// The last length of time, and what of either is kept over it.
    private var (length, keptFast, keptSlow) = (-1.0, Number(1), Number(1))
    /// What is kept of either over one day to eight, once it was asked for.
    private var (daysFast, daysSlow, knowsDays) = (Lanes.zero, Lanes.zero, false)

    /// - Parameter z: the person, in standard deviations along the axes.
    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    init(_ c: SymptomConstants, person z: [Number]) {
        (fastEffect, slowEffect) = (c.fastEffect, c.slowEffect)
        func value(_ axis: Int) -> Number { z[axis] * c.axes[axis].spread + c.axes[axis].centre }
        let angle = value(0)
        baselineAngle = angle
        baseline = Number.share(ofAngle: angle)
        sensitivity = Number.exp(value(1))
        let durability = Number.exp(value(2))
        drift = value(3)
        fastDecay = Number(-1 / c.fastTime) / durability
        slowDecay = Number(-1 / c.slowTime) / durability
    }

    /// The latent angle at each reading of a timeline.
    @_specialize(where Number == Double)
    @_specialize(where Number == Dual)
    @_specialize(where Number == Lanes)
    func angles(_ timeline: CourseTimeline) -> [Number] {
        var course = self
        var angles: [Number] = []
        angles.reserveCapacity(timeline.readings)
        for step in timeline.steps {
            course.elapse(step.days, unfeltFast: step.unfeltFast, unfeltSlow: step.unfeltSlow)
            switch step.event {
            case .dose(let fast, let slow): course.lift(fast: fast, slow: slow)
            case .reading(let background, let drifted): angles.append(course.angle(background: background, drifted: drifted))
            }
        }
        return angles
    }

    /// - Parameter unfeltFast, unfeltSlow: what is left over these days of what is not felt yet.
    @inline(__always) mutating func elapse(_ days: Double, unfeltFast leftFast: Double, unfeltSlow leftSlow: Double) {
        guard days > 0 else { return }
        if days != length {
            length = days
            keptFast = Number.exp(fastDecay * length)
            keptSlow = Number.exp(slowDecay * length)
        }
        fast = fast * keptFast
        slow = slow * keptSlow
        unfeltFast = unfeltFast * keptFast * leftFast
        unfeltSlow = unfeltSlow * keptSlow * leftSlow
    }

    /// A dose, as shares of what is missing to full connectivity.
    @inline(__always) mutating func lift(fast fastShare: Double, slow slowShare: Double) {
        let (liftFast, liftSlow) = ((1 - fast) * fastShare, (1 - slow) * slowShare)
        fast = fast + liftFast
        slow = slow + liftSlow
        unfeltFast = unfeltFast + liftFast
        unfeltSlow = unfeltSlow + liftSlow
    }

    /// The latent angle now.
    /// - Parameters:
    ///   - background: fall of the logarithm of severity without drug.
    ///   - drifted: how much of the person's drift has come.
    @inline(__always) func angle(background: Double, drifted: Double) -> Number {
        let drug = sensitivity * ((fast - unfeltFast) * fastEffect + (slow - unfeltSlow) * slowEffect)
        let share = baseline * Number.exp(-(drug + drift * drifted + background))
        // Nobody is iller than the scale can say, nor quite without symptoms.
        return Number.angle(ofShare: share.clamped(1e-6, 0.9999))
    }
}

extension SeverityCourse where Number == Double {
    /// Over some days, at the end of each of which severity is looked at.
    /// - Parameters:
    ///   - first: days until the first look; the others follow a day apart.
    ///   - length: how many, at most eight; time stops at the last.
    ///   - background, drifted: as `angle` has them, at each.
    /// - Returns: severity as a share of the most, at each.
    @inline(__always)
    mutating func elapse(from first: Double, _ length: Int, _ fastOnset: DailyDecay, _ slowOnset: DailyDecay, background: Lanes, drifted: Lanes) -> Lanes {
        if first != 1 || !knowsDays {
            let days = DailyDecay.ramp + first
            daysFast = Lanes.exp(fastDecay * days)
            daysSlow = Lanes.exp(slowDecay * days)
            knowsDays = first == 1
        }
        let (leftFast, leftSlow) = (fastOnset.lanes(first), slowOnset.lanes(first))
        let drug = daysFast * (fast - unfeltFast * leftFast) * fastEffect + daysSlow * (slow - unfeltSlow * leftSlow) * slowEffect
        let share = baseline * Lanes.exp(-(sensitivity * drug + drift * drifted + background))
        let last = length - 1
        (fast, slow) = (fast * daysFast[last], slow * daysSlow[last])
        (unfeltFast, unfeltSlow) = (unfeltFast * daysFast[last] * leftFast[last], unfeltSlow * daysSlow[last] * leftSlow[last])
        return Lanes.larger(Lanes.smaller(share, Lanes(repeating: 0.9999)), Lanes(repeating: 1e-6))
    }
}
