import Forecast
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One participant through the trial, from stop to stop: what they feel, how they are rated, whether they stay. Writes their row.
struct ParticipantCourse {
    private let setting: CourseSetting
    private let lane: Int
    /// All of it without a value at first.
    private let row: UnsafeMutableBufferPointer<Int32>
    private var participant: Participant
    private var walk: SymptomWalk
    private var fluctuation, ratingError, pressure: NormalStream
    private var rating, conduct, event: RandomStream

    private var isPresent = true
    /// False where looking for others is of no use.
    private(set) var isOpen = true
    private var isRescued = false
    private var hasFelt = false
    private var feltLast = false
    private var hasResponded = false
    private var drugSessions = 0
    private var lastRated = 0.0
    /// What is left of their stay, in hazard.
    private var stay: Double
    /// Until when somebody would have told of an event.
    private var lastSeen: Double?
    private var milligrams = 0.0
    private var wellDays = 0
    private var missed = 0
    private var pressureEvents = 0
    private var dissociation = 0.0
    private var greatest: (dissociation: Double, rise: Double)? = nil
    private var relapse = Relapse()

    private struct Relapse {
        var from, at: Double?
        var cause: Int32 = 0
        var inARow = 0
    }

    private var design: TrialDesign { _read { yield setting.engine.design } }

    /// Looks at people until one may enter by their rating; after a thousand, nobody does.
    /// - Parameters:
    ///   - number: of the participant, by which all their random numbers are addressed.
    ///   - row: to be written.
    init(_ setting: CourseSetting, participant: Participant, lane: Int, seed: UInt64, number: UInt32, row: UnsafeMutableBufferPointer<Int32>) {
        (self.setting, self.lane, self.row, self.participant) = (setting, lane, row, participant)
        func stream(_ purpose: UInt32) -> RandomStream { RandomStream(seed: seed, subject: number, purpose: purpose) }
        func normals(_ purpose: UInt32) -> NormalStream { NormalStream(seed: seed, subject: number, purpose: purpose) }
        typealias Purpose = ParticipantSource.Purpose
        fluctuation = normals(Purpose.fluctuation)
        ratingError = normals(Purpose.ratingError)
        pressure = normals(Purpose.pressure)
        rating = stream(Purpose.rating)
        conduct = stream(Purpose.conduct)
        event = stream(Purpose.event)
        stay = setting.hazard > 0 ? -log(conduct.uniform()) : .infinity
        var severity = normals(Purpose.severity)
        let belief = Self.belief(setting, day: setting.firstDay, hasFelt: false)
        self.participant.person.axes[0] = setting.severity.draw(participant, &severity)
        walk = SymptomWalk(
            setting.world.scene, self.participant.person, from: setting.firstDay, start: setting.start, belief: belief, &fluctuation)
        for _ in 0..<1000 {
            let angle = walk.angle
            for index in setting.scales.indices { rate(index, angle, at: setting.layout.entry(index)) }
            let seen =
                setting.entryScale == setting.scales[0]
                ? Int(row[setting.layout.entry(0)]) : walk.rate(angle, scale: setting.entryScale, &rating, &ratingError)
            if setting.entry.contains(Double(seen)) {
                if let day = participant.antidepressantDay { walk.beginAntidepressant(on: day) }
                return
            }
            self.participant.person.axes[0] = setting.severity.draw(participant, &severity)
            walk = SymptomWalk(
                setting.world.scene, self.participant.person, from: setting.firstDay, start: setting.start, belief: belief, &fluctuation)
        }
        isPresent = false
        isOpen = false
    }

    /// How sure they are to receive the drug.
    private static func belief(_ setting: CourseSetting, day: Double, hasFelt: Bool) -> Double {
        if day < 0 { return 1 }
        return setting.belief ?? setting.blinding.map { hasFelt ? $0.beliefFelt : $0.beliefNotFelt } ?? 1
    }

    @discardableResult
    private mutating func rate(_ index: Int, _ angle: Double, at place: Int) -> Int {
        let rater = participant.raters.isEmpty ? 0 : participant.raters[index]
        let total = walk.rate(angle, scale: setting.scales[index], noise: setting.noise[index], rater: rater, &rating, &ratingError)
        row[place] = Int32(total)
        return total
    }

    /// Writes their row; false when they were not randomised.
    mutating func follow() -> Bool {
        guard isPresent else { return false }
        for stop in setting.arm.stops {
            reach(stop.day)
            // Who leaves before randomisation is not of the trial.
            guard isPresent || !setting.hasRunIn || stop.visit != 0 else { return false }
            guard isPresent || setting.followsDays else { break }
            guard isPresent, !stop.isEntry || stop.session != nil else { continue }
            let mustCome = stop.day <= setting.firstDay || stop.visit == 0
            if !mustCome, setting.missedVisits > 0, conduct.chance(setting.missedVisits) {
                missed += 1
                continue
            }
            var isWithDose = false
            if let visit = stop.visit {
                guard assess(visit, on: stop.day) else { return false }
                isWithDose = rescue(visit, on: stop.day)
            }
            if isPresent, let session = stop.session, !isWithDose { attend(session) }
            walk.belief = Self.belief(setting, day: walk.day, hasFelt: hasFelt)
        }
        reach(setting.days)
        finish()
        return true
    }

    // MARK: - Time

    /// Time passes until a day; somebody may leave meanwhile.
    private mutating func reach(_ day: Double) {
        if isPresent, let leaves = leaving(before: day) {
            pass(to: leaves)
            leave()
        }
        pass(to: day)
    }

    private mutating func leaving(before day: Double) -> Double? {
        guard setting.hazard > 0, day > walk.day else { return nil }
        var hazard = setting.hazard
        if !hasResponded { hazard *= setting.withoutResponse }
        if feltLast { hazard *= setting.afterDissociation }
        let passing = hazard * (day - walk.day)
        guard stay < passing else {
            stay -= passing
            return nil
        }
        return walk.day + stay / hazard
    }

    private mutating func leave() {
        isPresent = false
        lastSeen = walk.day
        row[RowLayout.Column.left.rawValue] = hour(walk.day)
    }

    private mutating func pass(to day: Double) {
        guard setting.followsDays else { return walk.advance(to: day, &fluctuation) }
        guard isPresent, setting.relapse?.hasEvents == true, relapse.from != nil, relapse.at == nil else {
            wellDays += walk.wellDays(until: day, &fluctuation)
            return
        }
        var next = walk.day.rounded(.down) + 1
        while next <= day {
            walk.advance(to: next, &fluctuation)
            if next > 0 { live() }
            next += 1
        }
        walk.advance(to: day, &fluctuation)
    }

    /// A day after randomisation on which something could happen.
    private mutating func live() {
        let (angle, constants) = (walk.angle, setting.world.constants)
        if Double(constants.total(atAngle: angle)) <= constants.scales[0].remission { wellDays += 1 }
        guard relapse.at == nil else { return }
        if event.chance(constants.chanceOfEvent(atAngle: angle, factor: participant.hazard)) {
            relapse.at = walk.day
            relapse.cause = 2
        }
    }

    private func hour(_ day: Double) -> Int32 { Int32((day * 24).rounded()) }

    // MARK: - Visits

    /// Rates them. False where they do not qualify for randomisation.
    private mutating func assess(_ visit: Int, on day: Double) -> Bool {
        let layout = setting.layout
        let angle = walk.angle
        lastRated = day
        for index in setting.scales.indices {
            let place = layout.score(index, visit: visit)
            if visit == 0, !setting.hasRunIn { row[place] = row[layout.entry(index)] } else { rate(index, angle, at: place) }
            if isRescued, setting.isHypothetical { row[place] = RowLayout.none }
        }
        let (total, entry) = (row[layout.score(0, visit: visit)], row[layout.entry(0)])
        guard total != RowLayout.none else { return true }
        hasResponded = 2 * total <= entry
        if visit == 0, setting.hasRunIn {
            let isKept = setting.keepsResponders ? hasResponded : Double(total) <= setting.remission
            guard isKept else { return false }
            hasFelt = false
        }
        watchRelapse(visit, on: day)
        return true
    }

    private mutating func watchRelapse(_ visit: Int, on day: Double) {
        guard let rule = setting.relapse, relapse.at == nil else { return }
        let total = row[setting.layout.score(rule.instrument, visit: visit)]
        guard total != RowLayout.none else { return }
        guard relapse.from != nil else {
            // With a run-in everybody randomised can relapse; without, whoever has responded.
            if setting.hasRunIn || 2 * total <= row[setting.layout.entry(rule.instrument)] { relapse.from = day }
            return
        }
        relapse.inARow = Double(total) >= rule.atLeast ? relapse.inARow + 1 : 0
        if relapse.inARow >= rule.ratings {
            relapse.at = day
            relapse.cause = 1
        }
    }

    /// True when a dose was given to rescue, in place of what was planned.
    private mutating func rescue(_ visit: Int, on day: Double) -> Bool {
        guard day >= setting.rescueFrom, !isRescued, visit > 0, let rescue = setting.rescue,
            Double(row[setting.layout.score(0, visit: visit)]) >= rescue.atLeast
        else { return false }
        isRescued = true
        row[RowLayout.Column.rescued.rawValue] = hour(day)
        switch rescue.give {
        case .withdraw: leave()
        case .antidepressant: walk.beginAntidepressant(on: day)
        case .dose:
            if let dose = design.rescueDose {
                attend(.init(day: day, dose: dose))
                return true
            }
        }
        return false
    }

    // MARK: - Sessions

    private mutating func attend(_ session: ArmDesign.Session) {
        walk.visit()
        guard let dose = session.dose else {
            feltLast = conduct.chance(setting.placeboFelt)
            hasFelt = hasFelt || feltLast
            return
        }
        let weight = setting.engine.weight(of: participant)
        walk.give(occupancyHours: setting.engine.areas[dose].occupancyHours(weight: weight) * participant.burst)
        milligrams += setting.engine.areas[dose].milligrams(weight: weight)
        if let runner = setting.acute.runners[dose], runner.plan.starts.indices.contains(drugSessions) {
            feel(runner, drugSessions)
            read(runner, drugSessions)
        }
        drugSessions += 1
    }

    private mutating func feel(_ runner: AcuteRunner, _ session: Int) {
        guard runner.plan.dissociation != nil else { return }
        let peak = runner.peak(session, lane: lane)
        row[setting.layout.peak(session: session)] = Int32((10 * peak).rounded())
        dissociation += runner.minutesAbove(session, lane: lane)
        greatest = (max(greatest?.dissociation ?? 0, peak), greatest?.rise ?? -.infinity)
        feltLast = peak >= setting.feltAt
        hasFelt = hasFelt || feltLast
    }

    /// Pressure before and after the dose, each reading with its own error.
    private mutating func read(_ runner: AcuteRunner, _ session: Int) {
        guard let rule = setting.pressure, runner.plan.systolic != nil else { return }
        let (base, under) = setting.engine.pressure(of: participant)
        let (systolicNoise, diastolicNoise) = (runner.plan.systolicNoise, runner.plan.diastolicNoise)
        let before = (systolic: base + systolicNoise * pressure.next(), diastolic: under + diastolicNoise * pressure.next())
        var isEvent = false
        var greatestRise = -Double.infinity
        for reading in runner.plan.readings.indices {
            let rise = runner.rise(session, reading: reading, lane: lane)
            let now = (
                systolic: base + rise.systolic + systolicNoise * pressure.next(), diastolic: under + rise.diastolic + diastolicNoise * pressure.next()
            )
            greatestRise = max(greatestRise, now.systolic - before.systolic)
            isEvent = isEvent || rule.isEvent(now, before: before)
        }
        greatest = (greatest?.dissociation ?? 0, max(greatest?.rise ?? -.infinity, greatestRise))
        if isEvent { pressureEvents += 1 }
    }

    // MARK: - The row

    private func finish() {
        func set(_ column: RowLayout.Column, _ value: Double) { row[column.rawValue] = Int32(max(min(value, 2e9), -2e9).rounded()) }
        set(.candidates, 1)
        set(.sessions, Double(drugSessions))
        set(.missed, Double(missed))
        set(.hundredthsOfMilligram, milligrams * 100)
        if setting.engine.followsDissociation { set(.tenthsOfDissociationMinute, dissociation * 10) }
        if setting.pressure != nil { set(.pressureEvents, Double(pressureEvents)) }
        if let greatest {
            set(.greatestDissociation, greatest.dissociation * 10)
            if greatest.rise.isFinite { set(.greatestRise, greatest.rise * 10) }
        }
        if setting.followsDays { set(.wellDays, Double(wellDays)) }
        if let from = relapse.from {
            set(.atRisk, from * 24)
            let followed = setting.relapse?.hasEvents == true ? lastSeen ?? setting.days : lastRated
            set(.relapseEnd, (relapse.at ?? max(followed, from)) * 24)
            set(.relapse, Double(relapse.cause))
        }
    }
}
