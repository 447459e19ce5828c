import Forecast
import Notation
import Pharmacology

/// Everything that is wrong with a specification, found before anything is simulated.
struct SpecificationCheck {
    let specification: TrialSpecification
    let knowledge: TrialKnowledge
    private(set) var problems: [Diagnostic] = []

    init(_ specification: TrialSpecification, _ knowledge: TrialKnowledge) {
        (self.specification, self.knowledge) = (specification, knowledge)
        checkWhole()
        checkPopulation()
        checkConduct()
        for index in specification.arms.indices { checkArm(index) }
        for index in specification.endpoints.indices { checkEndpoint(index) }
        for index in (specification.analyses ?? []).indices { checkAnalysis(index) }
    }

    private mutating func refuse(_ path: String, _ problem: String, expected: String) {
        problems.append(Diagnostic("trial", at: Place(path: path), problem, expected: expected))
    }

    private mutating func require(_ path: String, _ value: Double?, in range: ClosedRange<Double>, _ expected: String) {
        guard let value, !range.contains(value) else { return }
        refuse(path, "is \(decimal(value))", expected: expected)
    }

    /// The greatest total of an instrument.
    private func most(_ instrument: String?) -> Double { instrument.flatMap(knowledge.scale).map { knowledge.constants.scales[$0].maximum } ?? .infinity }

    private mutating func requireShare(_ path: String, _ value: Double?) { require(path, value, in: 0...1, "a proportion from 0 to 1") }

    private mutating func requireOnce(_ path: String, _ ids: [String]) {
        for (index, id) in ids.enumerated() where ids.firstIndex(of: id) != index || id.isEmpty {
            refuse("\(path)[\(index)]", id.isEmpty ? "has an empty id" : "has the id \(quoted(id)) again", expected: "each id once")
        }
    }

    private mutating func requireInstrument(_ path: String, _ id: String?) {
        guard let id, knowledge.scale(id) == nil else { return }
        refuse(path, "is \(quoted(id)), which the symptom model does not know", expected: knowledge.constants.scales.map(\.instrument).joined(separator: ", "))
    }

    private mutating func checkWhole() {
        let s = specification
        if s.trial.isEmpty { refuse("trial", "is empty", expected: "a name") }
        if !(1...3650).contains(s.days) { refuse("days", "is \(s.days)", expected: "1 to 3650") }
        if !(1...1_000_000).contains(s.runs) { refuse("replicates", "is \(s.runs)", expected: "1 to 1000000") }
        if !(1...20).contains(s.arms.count) { refuse("arms", "are \(s.arms.count)", expected: "1 to 20 arms") }
        requireOnce("arms", s.arms.map(\.id))
        requireOnce("endpoints", s.endpoints.map(\.id))
        requireOnce("instruments", s.instruments.map(\.id))
        if s.endpoints.isEmpty { refuse("endpoints", "is empty", expected: "at least one") }
        if s.instruments.isEmpty { refuse("instruments", "is empty", expected: "at least the trial's own instrument") }
        for (index, instrument) in s.instruments.enumerated() {
            requireInstrument("instruments[\(index)].id", instrument.id)
            require("instruments[\(index)].measurement_error", instrument.measurementError, in: 0...10, "a factor from 0 to 10")
            if let raters = instrument.raters, !(1...10_000).contains(raters.count) || !(0...20).contains(raters.sd) {
                refuse("instruments[\(index)].raters", "is not usable", expected: "a count from 1 to 10000 and an sd from 0 to 20 points")
            }
        }
        for (index, day) in s.visits.enumerated() {
            if day > Double(s.days) {
                refuse("visits[\(index)]", "is on day \(decimal(day)), after the end of the trial", expected: "at most day \(s.days)")
            } else if !(day >= 0) {
                refuse("visits[\(index)]", "is on day \(decimal(day))", expected: "days from 0, the day of randomisation")
            } else if index > 0, day <= s.visits[index - 1] {
                refuse("visits[\(index)]", "is not after the one before it", expected: "days in ascending order")
            }
        }
        if s.visits.filter({ $0 > 0 }).isEmpty { refuse("visits", "has no day after the beginning", expected: "at least one") }
        if s.visits.count > 1000 { refuse("visits", "are \(s.visits.count)", expected: "at most 1000") }
        require("alpha", s.alpha, in: 1e-6...0.5, "a two-sided level from 0.000001 to 0.5")
        let known = Set(knowledge.symptoms.parameters.map(\.id))
        for (id, value) in (s.parameters ?? [:]).sorted(by: { $0.key < $1.key }) {
            if !known.contains(id) {
                refuse("parameters", "has \(quoted(id))", expected: known.sorted().joined(separator: ", "))
            } else if !(-1e6...1e6).contains(value) || (knowledge.symptoms.parameters.first { $0.id == id }?.scale == .log && value <= 0) {
                refuse("parameters.\(id)", "is \(value)", expected: "a number above 0, at most 1000000")
            }
        }
    }

    private mutating func checkPopulation() {
        guard let population = specification.population else { return }
        let known = knowledge.covariates
        for (id, spread) in (population.covariates ?? [:]).sorted(by: { $0.key < $1.key }) {
            let path = "population.covariates.\(id)"
            guard let unit = known[id] else {
                refuse(path, "is not known", expected: known.keys.sorted().joined(separator: ", "))
                continue
            }
            if let share = spread.share {
                requireShare(path + ".share", share)
                if unit != nil || spread.mean != nil || spread.sd != nil { refuse(path, "has a share", expected: "mean and sd, in \(unit ?? "1")") }
                continue
            }
            guard unit != nil, let mean = spread.mean, mean > 0, mean <= 10_000 else {
                refuse(path, "is not usable", expected: unit.map { "a mean above 0, at most 10000, in \($0)" } ?? "a share from 0 to 1")
                continue
            }
            let (sd, low, high) = (spread.sd ?? 0, spread.min ?? max(mean - 5 * (spread.sd ?? 0), mean * 0.1), spread.max ?? .infinity)
            if !(sd >= 0 && sd.isFinite) || !(low > 0) || !(low...max(low, high)).contains(mean) || low > high || sd > mean {
                refuse(path, "is not usable", expected: "an sd from 0 to the mean, and a mean between min and max, both above 0")
            }
        }
        guard let baseline = population.baseline else { return }
        requireInstrument("population.baseline.instrument", baseline.instrument)
        guard let scale = knowledge.scale(baseline.instrument ?? specification.instruments.first?.id ?? "").map({ knowledge.constants.scales[$0] }) else {
            return
        }
        require("population.baseline.mean", baseline.mean, in: 1...scale.maximum - 1, "points from 1 to \(decimal(scale.maximum - 1))")
        require("population.baseline.sd", baseline.sd, in: 0...scale.maximum / 2, "points from 0 to \(decimal(scale.maximum / 2))")
        if (baseline.atLeast ?? 0) > (baseline.atMost ?? scale.maximum) || !(0...scale.maximum).contains(baseline.atLeast ?? 0) {
            refuse("population.baseline", "takes nobody", expected: "at_least below at_most, within the scale")
        }
        if baseline.sd != nil, baseline.mean == nil { refuse("population.baseline", "has an sd and no mean", expected: "both, or neither") }
    }

    private mutating func checkConduct() {
        let s = specification
        requireShare("missed_visits", s.missedVisits)
        requireShare("dropout.per_week", s.dropout?.perWeek)
        if s.dropout?.perWeek == 1 { refuse("dropout.per_week", "is 1: everybody leaves at once", expected: "below 1") }
        require("dropout.without_response", s.dropout?.withoutResponse, in: 0...1000, "a factor from 0 to 1000")
        require("dropout.after_dissociation", s.dropout?.afterDissociation, in: 0...1000, "a factor from 0 to 1000")
        if s.dropout?.afterDissociation != nil, s.blinding == nil, !s.endpoints.contains(where: { $0.kind == .dissociation }) {
            refuse("dropout.after_dissociation", "does not know what is felt", expected: "blinding.felt_at or an endpoint of the kind dissociation")
        }
        requireShare("blinding.belief_felt", s.blinding?.beliefFelt)
        requireShare("blinding.belief_not_felt", s.blinding?.beliefNotFelt)
        require("blinding.felt_at", s.blinding?.feltAt, in: 0.01...92, "a CADSS total above 0, at most 92")
        require("placebo_response.expectancy", s.placeboResponse?.expectancy, in: 0...10, "a factor from 0 to 10")
        require("placebo_response.drift", s.placeboResponse?.drift, in: -2...2, "-2 to 2")
        if let rescue = s.rescue {
            if rescue.give == .dose, rescue.dose == nil { refuse("rescue", "gives a dose and states none", expected: "dose") }
            if rescue.give != .dose, rescue.dose != nil { refuse("rescue", "states a dose and gives \(rescue.give.rawValue)", expected: "give: dose") }
            require("rescue.at_least", rescue.atLeast, in: 0...most(s.instruments.first?.id), "points of the first instrument")
            require("rescue.from_day", rescue.fromDay, in: 0...Double(s.days), "a day of the trial")
        } else if s.estimand != nil {
            refuse("estimand", "is stated without rescue", expected: "rescue, or no estimand")
        }
        require("costs.per_visit", s.costs?.perVisit, in: 0...1e9, "0 to 1000000000")
        require("costs.per_milligram", s.costs?.perMilligram, in: 0...1e9, "0 to 1000000000")
        if let runIn = s.runIn {
            if !(1...3650).contains(runIn.days) { refuse("run_in.days", "is \(runIn.days)", expected: "1 to 3650") }
            checkRegimen(runIn.regimen, "run_in.regimen", until: Double(runIn.days), of: "the run-in")
        }
    }

    private mutating func checkArm(_ index: Int) {
        let (arm, path) = (specification.arms[index], "arms[\(index)]")
        guard let patients = arm.patients ?? specification.patientsPerArm else {
            return refuse(path, "has no patients", expected: "patients, or patients_per_arm for all")
        }
        if !(1...100_000_000).contains(patients) { refuse(path + ".patients", "is \(patients)", expected: "1 to 100000000") }
        requireShare(path + ".belief", arm.belief)
        for (number, treatment) in (arm.coTreatments ?? []).enumerated() {
            requireShare(path + ".co_treatments[\(number)].share", treatment.share)
            require(
                path + ".co_treatments[\(number)].start_day", treatment.startDay, in: specification.firstDay - 365...Double(specification.days),
                "a day of the trial")
            if treatment.startDay != nil, treatment.kind != .antidepressant {
                refuse(path + ".co_treatments[\(number)].start_day", "is of \(treatment.kind.rawValue)", expected: "none: it is taken throughout")
            }
        }
        switch (arm.regimen, arm.placebo) {
        case (nil, nil): refuse(path, "has no dose", expected: "a regimen, or placebo")
        case (.some, .some): refuse(path, "has a regimen and placebo", expected: "one of them")
        case (let regimen?, nil): checkRegimen(regimen, path + ".regimen", until: Double(specification.days), of: "the trial")
        case (nil, let placebo?):
            requireShare(path + ".placebo.felt", placebo.felt)
            if let other = placebo.daysOf, !specification.arms.contains(where: { $0.id == other && $0.regimen != nil }) {
                refuse(path + ".placebo.days_of", "is \(quoted(other))", expected: "an arm with a regimen")
            }
            if (placebo.daysOf == nil) == (placebo.days == nil) { refuse(path + ".placebo", "has no one list of days", expected: "days_of or days") }
            for day in placebo.days ?? [] where !(0..<Double(specification.days)).contains(day) {
                refuse(path + ".placebo.days", "has day \(decimal(day)), outside the trial", expected: "0 to \(specification.days)")
                break
            }
        }
    }

    /// Days on which a regimen may give doses: from 0 until the end.
    private mutating func checkRegimen(_ regimen: Regimen, _ path: String, until end: Double, of what: String) {
        do throws(Diagnostic) {
            let doses = try regimen.writtenOut()
            if doses.isEmpty { refuse(path, "gives no dose", expected: "at least one") }
            for (index, dose) in doses.enumerated() {
                let day = dose.timeHours / 24
                guard day >= 0, day < end else {
                    return refuse(
                        path, "gives a dose on day \(decimal(rounded(day, places: 3))), outside \(what)", expected: "days from 0 to before \(decimal(end))")
                }
                if index > 0, dose.timeHours - doses[index - 1].timeHours < 6 {
                    return refuse(path, "gives doses less than 6 h apart", expected: "one dose a session; its parts as steps")
                }
                checkDose(dose, path)
            }
        } catch {
            problems.append(Diagnostic("trial", at: Place(path: path).at(error.place.path ?? "doses"), error.problem, expected: error.expected))
        }
    }

    private mutating func checkDose(_ dose: PlannedDose, _ path: String) {
        guard dose.amount > 0 else { return refuse(path, "gives a dose of \(decimal(dose.amount)) \(dose.unit)", expected: "an amount above 0") }
    }

    private mutating func checkEndpoint(_ index: Int) {
        let (endpoint, path) = (specification.endpoints[index], "endpoints[\(index)]")
        requireInstrument(path + ".instrument", endpoint.instrument)
        if let id = endpoint.instrument, knowledge.scale(id) != nil, !specification.instruments.contains(where: { $0.id == id }) {
            refuse(
                path + ".instrument", "is \(quoted(id)), which the trial does not use", expected: specification.instruments.map(\.id).joined(separator: ", "))
        }
        if let day = endpoint.day, !specification.visits.contains(day) {
            refuse(path + ".day", "is \(decimal(day)), on which nobody is rated", expected: "a day of visits")
        }
        switch endpoint.kind {
        case .timeToRelapse:
            if endpoint.atLeast == nil { refuse(path, "does not say what a relapse is", expected: "at_least, in points") }
            let instrument = endpoint.instrument ?? specification.instruments.first?.id
            require(path + ".at_least", endpoint.atLeast, in: 1...max(most(instrument), 1), "points of \(instrument ?? "the instrument")")
            if let ratings = endpoint.ratings, !(1...10).contains(ratings) { refuse(path + ".ratings", "is \(ratings)", expected: "1 to 10") }
        case .dissociation:
            if endpoint.atLeast == nil { refuse(path, "does not say what counts", expected: "at_least, a CADSS total") }
            require(path + ".at_least", endpoint.atLeast, in: 0.01...92, "a CADSS total above 0, at most 92")
        case .pressureEvents: checkPressure(endpoint, path)
        case .change, .response, .remission, .exposure, .timeInRemission: break
        }
        for kind in [TrialSpecification.Endpoint.Kind.timeToRelapse, .dissociation, .pressureEvents] where kind == endpoint.kind {
            if specification.endpoints.firstIndex(where: { $0.kind == kind }) != index {
                refuse(path, "is a second endpoint of the kind \(kind.rawValue)", expected: "one")
            }
        }
    }

    private mutating func checkPressure(_ endpoint: TrialSpecification.Endpoint, _ path: String) {
        if [endpoint.systolicRise, endpoint.diastolicRise, endpoint.systolic, endpoint.diastolic].allSatisfy({ $0 == nil }) {
            refuse(path, "does not say what a pressure event is", expected: "systolic_rise, diastolic_rise, systolic or diastolic")
        }
        for (key, limit) in [
            ("systolic_rise", endpoint.systolicRise), ("diastolic_rise", endpoint.diastolicRise), ("systolic", endpoint.systolic),
            ("diastolic", endpoint.diastolic),
        ] { require("\(path).\(key)", limit, in: 1...400, "1 to 400 mmHg") }
        for (limit, covariate) in [(endpoint.systolic, "systolic"), (endpoint.diastolic, "diastolic")] where limit != nil {
            if specification.population?.covariates?[covariate] == nil {
                refuse("\(path).\(covariate)", "is a level and no pressure before the dose is known", expected: "population.covariates.\(covariate)")
            }
        }
        let minutes = endpoint.minutes ?? []
        if minutes.isEmpty || minutes.count > 50 || !minutes.allSatisfy({ (1...300).contains($0) }) {
            refuse(path + ".minutes", "is not usable", expected: "when pressure is read, 1 to 300 minutes after the dose")
        }
    }

    private mutating func checkAnalysis(_ index: Int) {
        guard let analysis = specification.analyses?[index] else { return }
        let path = "analyses[\(index)]"
        guard let endpoint = specification.endpoints.first(where: { $0.id == analysis.endpoint }) else {
            return refuse(
                path + ".endpoint", "is \(quoted(analysis.endpoint))", expected: specification.endpoints.map(\.id).joined(separator: ", "))
        }
        let arms = specification.arms.map(\.id)
        if analysis.compare.count != 2 || analysis.compare.first == analysis.compare.last || !analysis.compare.allSatisfy(arms.contains) {
            refuse(path + ".compare", "is not two arms", expected: "two of \(arms.joined(separator: ", "))")
        }
        let methods = endpoint.kind.methods
        if !methods.contains(analysis.method) {
            refuse(path + ".method", "is \(analysis.method.rawValue) for \(endpoint.kind.rawValue)", expected: methods.map(\.rawValue).joined(separator: ", "))
        }
        if analysis.carryForward != nil, analysis.method != .ancova { refuse(path + ".carry_forward", "is not for this method", expected: "method: ancova") }
        if specification.samePatients == true {
            refuse(path, "compares arms of the same patients", expected: "no analyses with same_patients, or same_patients: false")
        }
    }
}

extension TrialSpecification.Endpoint.Kind {
    /// How it can be analysed.
    var methods: [TrialSpecification.PlannedAnalysis.Method] {
        switch self {
        case .change: [.ancova, .mmrm]
        case .response, .remission: [.proportions]
        case .timeToRelapse: [.cox, .logRank, .kaplanMeier]
        case .dissociation, .pressureEvents, .exposure, .timeInRemission: [.means]
        }
    }
}
