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
        var angles: [Dual] = []
        angles.reserveCapacity(timeline.readings)
        // What is there, and the part of it that is not felt yet.
        var (fast, slow, unfeltFast, unfeltSlow) = (Dual(0), Dual(0), Dual(0), Dual(0))
        var (length, keptFast, keptSlow) = (-1.0, Dual(1), Dual(1))
        for step in timeline.steps {
            if step.days > 0 {
                if step.days != length {
                    length = step.days
                    keptFast = Dual.exp(fastDecay * length)
                    keptSlow = Dual.exp(slowDecay * length)
                }
                fast = fast * keptFast
                slow = slow * keptSlow
                unfeltFast = unfeltFast * keptFast * step.unfeltFast
                unfeltSlow = unfeltSlow * keptSlow * step.unfeltSlow
            }
            switch step.event {
            case .dose(let fastShare, let slowShare):
                let (liftFast, liftSlow) = ((1 - fast) * fastShare, (1 - slow) * slowShare)
                fast += liftFast
                slow += liftSlow
                unfeltFast += liftFast
                unfeltSlow += liftSlow
            case .reading(let background, let drifted):
                let drug = sensitivity * ((fast - unfeltFast) * c.fastEffect + (slow - unfeltSlow) * c.slowEffect)
                let share = baseline * Dual.exp(-(drug + drift * drifted + background))
                // Nobody is iller than the scale can say, nor quite without symptoms.
                let held = share.value > 0.9999 ? Dual(0.9999) : share.value < 1e-6 ? Dual(1e-6) : share
                angles.append(Dual.angle(ofShare: held))
            }
        }
        return angles
    }
}
