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
    private let history: SymptomHistory
    private let baseline, sensitivity, drift: Dual
    private var fast: Component
    private var slow: Component
    private var nextDose = 0
    private var nextVisit = 0
    private var day: Double
    private let start: Double
    private var lastVisit = -Double.infinity

    /// One kind of connectivity: what it decays from, less the part of it that is not felt yet.
    private struct Component {
        var level = Dual(0)
        var unfelt = Dual(0)
        /// Per day.
        var decay: Dual
        var onset: Double
        let gain: Double
        private var step = -1.0
        private var kept = Dual(1)
        private var keptUnfelt = Dual(1)

        init(gain: Double, time: Dual, onset: Double) {
            self.gain = gain
            decay = Dual(1) / time
            self.onset = 1 / onset
        }

        var felt: Dual { level - unfelt }

        mutating func advance(by days: Double) {
            guard days > 0 else { return }
            if days != step {
                step = days
                kept = Dual.exp(decay * -days)
                keptUnfelt = kept * exp(-onset * days)
            }
            level = level * kept
            unfelt = unfelt * keptUnfelt
        }

        mutating func take(_ area: Double) {
            let lift = (1 - level) * (1 - exp(-gain * area))
            level += lift
            unfelt += lift
        }
    }

    /// - Parameter z: the person, in standard deviations along the axes.
    init(_ c: SymptomConstants, _ history: SymptomHistory, person z: [Dual]) {
        self.c = c
        self.history = history
        func value(_ axis: Int) -> Dual { z[axis] * c.axes[axis].spread + c.axes[axis].centre }
        let angle = value(0)
        baselineAngle = angle.value
        // sin² as a share, with its slope.
        let (s, k) = (sin(angle.value), cos(angle.value))
        baseline = Dual(s * s, slope: angle.slope * (2 * s * k))
        sensitivity = Dual.exp(value(1))
        let durability = Dual.exp(value(2))
        drift = value(3)
        fast = Component(gain: c.fastGain, time: durability * c.fastTime, onset: c.fastOnset)
        slow = Component(gain: c.slowGain, time: durability * c.slowTime, onset: c.slowOnset)
        start = history.visits.first ?? history.scores.first?.day ?? 0
        day = min(start, history.scores.first?.day ?? start)
    }

    /// Before anything was given.
    let baselineAngle: Double

    /// The latent angle at `target`, which must not lie before an earlier one. What is given at that moment is not felt yet.
    mutating func angle(at target: Double) -> Dual {
        while nextDose < history.doses.count, history.doses[nextDose].day < target {
            let dose = history.doses[nextDose]
            advance(to: dose.day)
            fast.take(dose.occupancyHours)
            slow.take(dose.occupancyHours)
            nextDose += 1
        }
        while nextVisit < history.visits.count, history.visits[nextVisit] < target {
            lastVisit = history.visits[nextVisit]
            nextVisit += 1
        }
        advance(to: target)
        let drug = sensitivity * (fast.felt * c.fastEffect + slow.felt * c.slowEffect)
        let fall = drug + drift * drifted(at: target) + (expectancy(at: target) + antidepressant(at: target))
        let share = baseline * Dual.exp(-fall)
        // Nobody is iller than the scale can say, nor quite without symptoms.
        let held = share.value > 0.9999 ? Dual(0.9999) : share.value < 1e-6 ? Dual(1e-6) : share
        return Dual.angle(ofShare: held)
    }

    private mutating func advance(to target: Double) {
        fast.advance(by: target - day)
        slow.advance(by: target - day)
        day = max(day, target)
    }

    /// How much of the drift has come: part of it with the first visit, the rest with time.
    private func drifted(at target: Double) -> Double {
        let since = max(target - start, 0)
        return c.driftEarly * (1 - exp(-since / c.expectancyTime)) + (1 - c.driftEarly) * (1 - exp(-since / c.driftTime))
    }

    /// Builds up from the first visit, is forgotten after the last, and is briefly larger on the day of a visit.
    private func expectancy(at target: Double) -> Double {
        guard lastVisit > -.infinity else { return 0 }
        let settled = c.expectancyBase + c.expectancyBelief * history.belief
        let since = target - lastVisit
        return settled * (1 - exp(-(target - start) / c.expectancyTime)) * exp(-since / c.expectancyMemory)
            + c.transient * exp(-since / c.transientTime)
    }

    private func antidepressant(at target: Double) -> Double {
        history.antidepressantStarts.reduce(0) { max($0, c.antidepressantMost * (1 - exp(-max(target - $1, 0) / c.antidepressantTime))) }
    }
}
