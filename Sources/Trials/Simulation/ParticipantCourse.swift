import Forecast
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One participant through the trial, from stop to stop: what they feel, how they are rated, whether they stay. Writes their row.
struct ParticipantCourse {
    let engine: TrialEngine
    let arm: ArmDesign
    let world: TrialWorld
    let acute: AcuteSessions
    let lane: Int

    private var participant: Participant
    private var walk: SymptomWalk
    private var row: [Int32]
    private var fluctuation, rating, conduct, pressure, event: RandomStream

    private var isPresent = true
    /// False where looking for others is of no use.
    private(set) var isOpen = true
    private var isRescued = false
    private var hasFelt = false
    private var feltLast = false
    private var hasResponded = false
    private var drugSessions = 0
    private var lastRated = 0.0
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

    private var design: TrialDesign { engine.design }
    private var specification: TrialSpecification { engine.design.specification }

    /// - Parameter number: of the participant, by which all their random numbers are addressed.
    init(_ engine: TrialEngine, arm: ArmDesign, world: TrialWorld, participant: Participant, acute: AcuteSessions, lane: Int, seed: UInt64, number: UInt32) {
        (self.engine, self.arm, self.world, self.participant, self.acute, self.lane) = (engine, arm, world, participant, acute, lane)
        func stream(_ purpose: UInt32) -> RandomStream { RandomStream(seed: seed, subject: number, purpose: purpose) }
        fluctuation = stream(ParticipantSource.Purpose.fluctuation)
        rating = stream(ParticipantSource.Purpose.rating)
        conduct = stream(ParticipantSource.Purpose.conduct)
        pressure = stream(ParticipantSource.Purpose.pressure)
        event = stream(ParticipantSource.Purpose.event)
        row = [Int32](repeating: RowLayout.none, count: engine.design.layout.width)
        walk = SymptomWalk(world.constants, participant.person, from: 0, start: 0, belief: 1, &fluctuation)
        enrol(severity: stream(ParticipantSource.Purpose.severity))
    }

    /// Looks at people until one may enter by their rating; after a thousand, nobody does.
    private mutating func enrol(severity stream: RandomStream) {
        var stream = stream
        let first = specification.firstDay
        let start = arm.sessions.first?.day ?? first
        let limits = specification.population?.baseline
        let scale = limits?.instrument.flatMap { id in world.constants.scales.firstIndex { $0.instrument == id } } ?? design.scales[0]
        for _ in 0..<1000 {
            participant.person.axes[0] = engine.source.severity(world, participant, &stream)
            walk = SymptomWalk(world.constants, participant.person, from: first, start: start, belief: belief, &fluctuation)
            let angle = walk.angle
            for index in design.scales.indices { rate(index, angle, at: design.layout.entry(index)) }
            let seen =
                scale == design.scales[0] ? Int(row[design.layout.entry(0)]) : walk.rate(angle, scale: scale, &rating)
            if Double(seen) >= limits?.atLeast ?? 0, Double(seen) <= limits?.atMost ?? .infinity {
                if let day = participant.antidepressantDay { walk.beginAntidepressant(on: day) }
                return
            }
        }
        isPresent = false
        isOpen = false
    }

    /// How sure they are now to receive the drug.
    private var belief: Double {
        if let belief = arm.arm.belief, walk.day >= 0 { return belief }
        guard let blinding = specification.blinding else { return arm.arm.placebo == nil || walk.day < 0 ? 1 : 0 }
        return walk.day < 0 ? 1 : hasFelt ? blinding.beliefFelt : blinding.beliefNotFelt
    }

    @discardableResult
    private mutating func rate(_ index: Int, _ angle: Double, at place: Int) -> Int {
        let instrument = specification.instruments[index]
        let total = walk.rate(angle, scale: design.scales[index], noise: instrument.measurementError ?? 1, rater: participant.raters[index], &rating)
        row[place] = Int32(total)
        return total
    }

    /// Their row; nil when they were not randomised.
    mutating func follow() -> [Int32]? {
        guard isPresent else { return nil }
        for stop in arm.stops {
            reach(stop.day)
            // Who leaves before randomisation is not of the trial.
            guard isPresent || specification.runIn == nil || stop.visit != 0 else { return nil }
            guard isPresent || design.followsDays else { break }
            guard isPresent, !stop.isEntry || stop.session != nil else { continue }
            let mustCome = stop.day <= specification.firstDay || stop.visit == 0
            if !mustCome, let chance = specification.missedVisits, chance > 0, conduct.chance(chance) {
                missed += 1
                continue
            }
            var isWithDose = false
            if let visit = stop.visit {
                guard assess(visit, on: stop.day) else { return nil }
                isWithDose = rescue(visit, on: stop.day)
            }
            if isPresent, let session = stop.session, !isWithDose { attend(session) }
            walk.belief = belief
        }
        reach(Double(specification.days))
        return finished()
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
        guard let dropout = specification.dropout, dropout.perWeek > 0, day > walk.day else { return nil }
        var hazard = -log(1 - dropout.perWeek) / 7
        if !hasResponded { hazard *= dropout.withoutResponse ?? 1 }
        if feltLast { hazard *= dropout.afterDissociation ?? 1 }
        let leaves = walk.day - log(conduct.uniform()) / hazard
        return leaves < day ? leaves : nil
    }

    private mutating func leave() {
        isPresent = false
        lastSeen = walk.day
        row[RowLayout.Column.left.rawValue] = hour(walk.day)
    }

    private mutating func pass(to day: Double) {
        guard design.followsDays else { return walk.advance(to: day, &fluctuation) }
        var next = walk.day.rounded(.down) + 1
        while next <= day {
            walk.advance(to: next, &fluctuation)
            if next > 0 { live() }
            next += 1
        }
        walk.advance(to: day, &fluctuation)
    }

    /// A day after randomisation.
    private mutating func live() {
        let angle = walk.angle
        if Double(world.constants.total(atAngle: angle)) <= world.constants.scales[0].remission { wellDays += 1 }
        guard isPresent, engine.relapse?.events == true, relapse.from != nil, relapse.at == nil else { return }
        if event.chance(world.constants.chanceOfEvent(atAngle: angle, factor: participant.hazard)) {
            relapse.at = walk.day
            relapse.cause = 2
        }
    }

    private func hour(_ day: Double) -> Int32 { Int32((day * 24).rounded()) }

    // MARK: - Visits

    /// Rates them. False where they do not qualify for randomisation.
    private mutating func assess(_ visit: Int, on day: Double) -> Bool {
        let layout = design.layout
        let angle = walk.angle
        lastRated = day
        for index in design.scales.indices {
            let place = layout.score(index, visit: visit)
            if visit == 0, specification.runIn == nil { row[place] = row[layout.entry(index)] } else { rate(index, angle, at: place) }
            if isRescued, specification.estimand == .hypothetical { row[place] = RowLayout.none }
        }
        let scale = world.constants.scales[design.scales[0]]
        let (total, entry) = (row[layout.score(0, visit: visit)], row[layout.entry(0)])
        guard total != RowLayout.none else { return true }
        hasResponded = 2 * total <= entry
        if visit == 0, let runIn = specification.runIn {
            let isKept = runIn.keep == .response ? hasResponded : Double(total) <= scale.remission
            guard isKept else { return false }
            hasFelt = false
        }
        watchRelapse(visit, on: day)
        return true
    }

    private mutating func watchRelapse(_ visit: Int, on day: Double) {
        guard let endpoint = engine.relapse, let atLeast = endpoint.atLeast, relapse.at == nil else { return }
        let instrument = engine.relapseInstrument
        let total = row[design.layout.score(instrument, visit: visit)]
        guard total != RowLayout.none else { return }
        guard relapse.from != nil else {
            // With a run-in everybody randomised can relapse; without, whoever has responded.
            if specification.runIn != nil || 2 * total <= row[design.layout.entry(instrument)] { relapse.from = day }
            return
        }
        relapse.inARow = Double(total) >= atLeast ? relapse.inARow + 1 : 0
        if relapse.inARow >= endpoint.ratings ?? 2 {
            relapse.at = day
            relapse.cause = 1
        }
    }

    /// True when a dose was given to rescue, in place of what was planned.
    private mutating func rescue(_ visit: Int, on day: Double) -> Bool {
        guard let rescue = specification.rescue, !isRescued, day >= rescue.fromDay, visit > 0,
            Double(row[design.layout.score(0, visit: visit)]) >= rescue.atLeast
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
            feltLast = conduct.chance(arm.arm.placebo?.felt ?? 0)
            hasFelt = hasFelt || feltLast
            return
        }
        let weight = engine.weight(of: participant)
        walk.give(occupancyHours: engine.areas[dose].occupancyHours(weight: weight) * participant.burst)
        milligrams += engine.areas[dose].milligrams(weight: weight)
        if let runner = acute.runners[dose], runner.plan.starts.indices.contains(drugSessions) {
            feel(runner, drugSessions)
            read(runner, drugSessions)
        }
        drugSessions += 1
    }

    private mutating func feel(_ runner: AcuteRunner, _ session: Int) {
        guard runner.plan.dissociation != nil else { return }
        let peak = runner.peak(session, lane: lane)
        row[design.layout.peak(session: session)] = Int32((10 * peak).rounded())
        dissociation += runner.minutesAbove(session, lane: lane)
        greatest = (max(greatest?.dissociation ?? 0, peak), greatest?.rise ?? -.infinity)
        feltLast = peak >= design.feltAt ?? .infinity
        hasFelt = hasFelt || feltLast
    }

    /// Pressure before and after the dose, each reading with its own error.
    private mutating func read(_ runner: AcuteRunner, _ session: Int) {
        guard let endpoint = engine.pressure, runner.plan.systolic != nil else { return }
        let (base, under) = engine.pressure(of: participant)
        let before = (base + runner.plan.systolicNoise * pressure.normal(), under + runner.plan.diastolicNoise * pressure.normal())
        var isEvent = false
        var greatestRise = -Double.infinity
        for reading in runner.plan.readings.indices {
            let rise = runner.rise(session, reading: reading, lane: lane)
            let systolic = base + rise.systolic + runner.plan.systolicNoise * pressure.normal()
            let diastolic = under + rise.diastolic + runner.plan.diastolicNoise * pressure.normal()
            greatestRise = max(greatestRise, systolic - before.0)
            isEvent =
                isEvent || systolic - before.0 >= endpoint.systolicRise ?? .infinity || diastolic - before.1 >= endpoint.diastolicRise ?? .infinity
                || systolic >= endpoint.systolic ?? .infinity || diastolic >= endpoint.diastolic ?? .infinity
        }
        greatest = (greatest?.dissociation ?? 0, max(greatest?.rise ?? -.infinity, greatestRise))
        if isEvent { pressureEvents += 1 }
    }

    // MARK: - The row

    private mutating func finished() -> [Int32] {
        func set(_ column: RowLayout.Column, _ value: Double) { row[column.rawValue] = Int32(max(min(value, 2e9), -2e9).rounded()) }
        set(.candidates, 1)
        set(.sessions, Double(drugSessions))
        set(.missed, Double(missed))
        set(.hundredthsOfMilligram, milligrams * 100)
        if engine.followsDissociation { set(.tenthsOfDissociationMinute, dissociation * 10) }
        if engine.pressure != nil { set(.pressureEvents, Double(pressureEvents)) }
        if let greatest {
            set(.greatestDissociation, greatest.dissociation * 10)
            if greatest.rise.isFinite { set(.greatestRise, greatest.rise * 10) }
        }
        if design.followsDays { set(.wellDays, Double(wellDays)) }
        if let from = relapse.from {
            set(.atRisk, from * 24)
            let followed = engine.relapse?.events == true ? lastSeen ?? Double(specification.days) : lastRated
            set(.relapseEnd, (relapse.at ?? max(followed, from)) * 24)
            set(.relapse, Double(relapse.cause))
        }
        return row
    }
}
