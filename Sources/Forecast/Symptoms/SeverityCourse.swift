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
struct SeverityCourse {
    private let c: SymptomConstants
    private let baseline, sensitivity, drift: Dual
    private let fastDecay, slowDecay: Dual
    /// Before anything was given.
    let baselineAngle: Double
    /// What is there, and the part of it that is not felt yet.
    private var (fast, slow, unfeltFast, unfeltSlow) = (Dual(0), Dual(0), Dual(0), Dual(0))
    /// The last length of time, and what of either is kept over it.
    private var (length, keptFast, keptSlow) = (-1.0, Dual(1), Dual(1))

    /// - Parameter z: the person, in standard deviations along the axes.
    init(_ c: SymptomConstants, person z: [Dual]) {
        self.c = c
        func value(_ axis: Int) -> Dual { z[axis] * c.axes[axis].spread + c.axes[axis].centre }
        let angle = value(0)
        baselineAngle = angle.value
        // sin² as a share, with its slope.
        let (s, k) = (sin(angle.value), cos(angle.value))
        baseline = Dual(s * s, slope: angle.slope * (2 * s * k))
        sensitivity = Dual.exp(value(1))
        let durability = Dual.exp(value(2))
        drift = value(3)
        fastDecay = Dual(-1 / c.fastTime) / durability
        slowDecay = Dual(-1 / c.slowTime) / durability
    }

    /// The latent angle at each reading of a timeline.
    func angles(_ timeline: CourseTimeline) -> [Dual] {
        var course = self
        var angles: [Dual] = []
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
            keptFast = Dual.exp(fastDecay * length)
            keptSlow = Dual.exp(slowDecay * length)
        }
        fast = fast * keptFast
        slow = slow * keptSlow
        unfeltFast = unfeltFast * keptFast * leftFast
        unfeltSlow = unfeltSlow * keptSlow * leftSlow
    }

    /// A dose, as shares of what is missing to full connectivity.
    @inline(__always) mutating func lift(fast fastShare: Double, slow slowShare: Double) {
        let (liftFast, liftSlow) = ((1 - fast) * fastShare, (1 - slow) * slowShare)
        fast += liftFast
        slow += liftSlow
        unfeltFast += liftFast
        unfeltSlow += liftSlow
    }

    /// The latent angle now.
    /// - Parameters:
    ///   - background: fall of the logarithm of severity without drug.
    ///   - drifted: how much of the person's drift has come.
    @inline(__always) func angle(background: Double, drifted: Double) -> Dual {
        let drug = sensitivity * ((fast - unfeltFast) * c.fastEffect + (slow - unfeltSlow) * c.slowEffect)
        let share = baseline * Dual.exp(-(drug + drift * drifted + background))
        // Nobody is iller than the scale can say, nor quite without symptoms.
        let held = share.value > 0.9999 ? Dual(0.9999) : share.value < 1e-6 ? Dual(1e-6) : share
        return Dual.angle(ofShare: held)
    }
}
