import Notation

/// Doses over time, as a prescriber writes them. The shape of a regimen file (docs/contract, section 4).
public struct Regimen: Codable, Sendable, Equatable {
    public var drug: Drug
    public var doses: [PlannedDose]
    /// Gives the list of doses again and again; the first time counts.
    public var `repeat`: Repeat?
    /// Rest between two nasal devices of one dose; without it all are given at once.
    public var deviceRestMinutes: Double?
    /// Lets infusions by the same line overlap.
    public var allowOverlap: Bool?
    public var coMedication: [CoMedication]?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case drug, doses, `repeat`
        case deviceRestMinutes = "device_rest_min"
        case allowOverlap = "allow_overlap"
        case coMedication = "co_medication"
    }

    public struct Repeat: Codable, Sendable, Equatable {
        public var everyHours: Double
        public var count: Int
        /// Numbers of the repetitions that are missed, the first being 1.
        public var missed: [Int]?

        public enum CodingKeys: String, CodingKey, CaseIterable {
            case everyHours = "every_h"
            case count, missed
        }
    }

    /// A drug taken alongside, and when.
    public struct CoMedication: Codable, Sendable, Equatable {
        public var drug: String
        public var fromHours: Double
        public var toHours: Double

        public enum CodingKeys: String, CodingKey, CaseIterable {
            case drug
            case fromHours = "from_h"
            case toHours = "to_h"
        }
    }

    public init(drug: Drug, doses: [PlannedDose], repeat: Repeat? = nil) {
        self.drug = drug
        self.doses = doses
        self.repeat = `repeat`
    }
}

/// One line of a regimen.
public struct PlannedDose: Codable, Sendable, Equatable {
    public var timeHours: Double
    public var amount: Double
    public var unit: String
    public var route: Route
    /// Infusion at constant rate over this time.
    public var durationMinutes: Double?
    /// Another drug than the regimen's.
    public var drug: Drug?
    /// A product of the route, for example `film`.
    public var formulation: String?
    /// The rate of the infusion at its beginning and its end, relative to each other; constant when absent.
    public var ramp: [Double]?
    /// Infusion in steps: each with its share of the amount and its time, one after the other.
    public var steps: [Step]?
    public var lagMinutes: Double?
    /// Multiplies what the model lets in.
    public var bioavailability: Double?
    /// The same dose so many times more, at `interval_h`.
    public var additional: Int?
    public var intervalHours: Double?
    /// As if given at `interval_h` since ever.
    public var steadyState: Bool?
    /// The access it goes in by; infusions on one line may not overlap.
    public var line: String?
    public var missed: Bool?

    public struct Step: Codable, Sendable, Equatable {
        public var amount: Double
        public var durationMinutes: Double
        public var ramp: [Double]?

        public enum CodingKeys: String, CodingKey, CaseIterable {
            case amount
            case durationMinutes = "duration_min"
            case ramp
        }
    }

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case timeHours = "time_h"
        case amount, unit, route
        case durationMinutes = "duration_min"
        case drug, formulation, ramp, steps
        case lagMinutes = "lag_min"
        case bioavailability, additional
        case intervalHours = "interval_h"
        case steadyState = "steady_state"
        case line, missed
    }

    public init(
        at hours: Double, _ amount: Double, _ unit: String, _ route: Route, overMinutes: Double? = nil, formulation: String? = nil, drug: Drug? = nil
    ) {
        timeHours = hours
        self.amount = amount
        self.unit = unit
        self.route = route
        durationMinutes = overMinutes
        self.formulation = formulation
        self.drug = drug
    }
}

/// A single input: everything that repeats, steps and devices stand for, written out.
struct DoseEvent: Sendable, Equatable {
    var hours: Double
    var drug: Drug
    var route: Route
    var formulation: String?
    var dose: Dose
    /// Zero for an input at once.
    var durationHours: Double
    /// Rates at the beginning and the end, where the sum is 1.
    var ramp: [Double]?
    /// Absent where the route has no device.
    var device: Int?
    var factor: Double
}

extension Regimen {
    /// Of all repeats together.
    static let mostDoses = 200_000

    /// How long before time zero a dose in steady state is taken to have been repeated.
    static let steadyStateHistory = 400

    /// Every single input in order of time.
    /// - Parameters:
    ///   - model: knows the routes and their devices.
    ///   - interactions: what the drugs taken alongside do.
    func events(for model: CompiledModel, _ interactions: [ExposureInteraction]) throws(Diagnostic) -> [DoseEvent] {
        _ = try met(interactions)
        var events: [DoseEvent] = []
        var given: [(line: String, start: Double, end: Double, dose: Int)] = []
        guard !doses.isEmpty else { throw Self.problem("doses", "is empty", expected: "at least one dose") }
        let rest = (deviceRestMinutes ?? 0) / 60
        guard (0...24).contains(rest) else { throw Self.problem("device_rest_min", "is not usable", expected: "minutes from 0 to 1440") }
        let written = doses.reduce(0) { $0 + $1.writtenOut } * (self.repeat?.count ?? 1)
        guard written <= Self.mostDoses else {
            throw Self.problem("doses", "are \(written) when all repeats are written out", expected: "at most \(Self.mostDoses)")
        }
        for (index, dose) in doses.enumerated() {
            let path = "doses[\(index)]"
            let starts = try self.starts(of: dose, at: path)
            guard starts.allSatisfy({ abs($0) <= 1e6 }) else {
                throw Self.problem(path, "is given more than 1000000 h from time zero", expected: "doses within a lifetime")
            }
            let parts = try dose.parts(at: path)
            let drug = dose.drug ?? drug
            let entry = try model.entry(dose.route, dose.formulation, drug: drug, at: path)
            for start in starts {
                var time = start + (dose.lagMinutes ?? 0) / 60
                for part in parts {
                    let common = DoseEvent(
                        hours: time, drug: drug, route: dose.route, formulation: dose.formulation, dose: part.dose, durationHours: part.hours, ramp: part.ramp,
                        device: nil,
                        factor: (dose.bioavailability ?? 1) * exposureFactor(dose.route, at: time, interactions))
                    if let device = entry.deviceMilligrams {
                        for number in 0..<(try Self.devices(part.dose, of: device, at: path)) {
                            var one = common
                            one.hours = time + Double(number) * rest
                            one.dose = .milligrams(device)
                            one.device = number
                            events.append(one)
                        }
                    } else {
                        events.append(common)
                    }
                    if part.hours > 0 { given.append((dose.line ?? dose.route.rawValue, time, time + part.hours, index)) }
                    time += part.hours
                }
            }
        }
        if allowOverlap != true {
            let ordered = given.sorted { ($0.line, $0.start, $0.dose) < ($1.line, $1.start, $1.dose) }
            for (earlier, later) in zip(ordered, ordered.dropFirst()) where earlier.line == later.line && later.start < earlier.end - 1e-9 {
                throw Self.problem(
                    "doses[\(later.dose)]",
                    "starts at \(decimal(later.start)) h while an infusion on the same line runs to \(decimal(rounded(earlier.end, places: 4))) h",
                    expected: "infusions one after the other, another line, or allow_overlap: true")
            }
        }
        return events.enumerated().sorted { ($0.element.hours, $0.offset) < ($1.element.hours, $1.offset) }.map(\.element)
    }

    /// When doses begin, hours; what follows within an hour, as devices and the steps of an infusion do, is one with it.
    public func doseHours(for model: CompiledModel) throws(Diagnostic) -> [Double] {
        var hours: [Double] = []
        var before = -Double.infinity
        for event in try events(for: model, []) {
            if event.hours - before > 1 { hours.append(event.hours) }
            before = event.hours + event.durationHours
        }
        return hours
    }

    /// Every dose as a line of its own, in time order, checked as a simulation would: repeats and additional doses written out.
    public func writtenOut() throws(Diagnostic) -> [PlannedDose] {
        var all: [PlannedDose] = []
        for (index, dose) in doses.enumerated() {
            let path = "doses[\(index)]"
            _ = try dose.parts(at: path)
            let starts = try self.starts(of: dose, at: path)
            guard all.count + starts.count <= Self.mostDoses else {
                throw Self.problem("doses", "are too many when all repeats are written out", expected: "at most \(Self.mostDoses)")
            }
            for start in starts {
                var one = dose
                (one.timeHours, one.additional, one.steadyState, one.drug) = (start, nil, nil, dose.drug ?? drug)
                all.append(one)
            }
        }
        return all.enumerated().sorted { ($0.element.timeHours, $0.offset) < ($1.element.timeHours, $1.offset) }.map(\.element)
    }

    private static func problem(_ path: String, _ text: String, expected: String) -> Diagnostic {
        Diagnostic("regimen", at: Place(path: path), text, expected: expected)
    }

    private func starts(of dose: PlannedDose, at path: String) throws(Diagnostic) -> [Double] {
        guard dose.timeHours.isFinite, abs(dose.timeHours) < 1e6 else { throw Self.problem(path, "has no usable time_h", expected: "hours") }
        if dose.missed == true { return [] }
        var history: [Double] = []
        var starts = [dose.timeHours]
        if dose.additional != nil || dose.steadyState == true {
            guard let interval = dose.intervalHours, interval > 0, interval.isFinite else {
                throw Self.problem(path, "repeats without an interval_h", expected: "hours above 0")
            }
            let more = dose.additional ?? 0
            guard (0...10_000).contains(more) else { throw Self.problem(path, "has \(more) additional doses", expected: "0 to 10000") }
            starts = (0...more).map { dose.timeHours + Double($0) * interval }
            if dose.steadyState == true { history = (1...Self.steadyStateHistory).reversed().map { dose.timeHours - Double($0) * interval } }
        }
        guard let again = self.repeat else { return history + starts }
        guard again.everyHours > 0, again.everyHours.isFinite, (1...10_000).contains(again.count) else {
            throw Self.problem("repeat", "is not usable", expected: "every_h above 0 and a count from 1 to 10000")
        }
        let missed = Set(again.missed ?? [])
        guard missed.allSatisfy({ (1...again.count).contains($0) }) else {
            throw Self.problem("repeat.missed", "names a repetition that there is not", expected: "numbers from 1 to \(again.count)")
        }
        return history + (1...again.count).filter { !missed.contains($0) }.flatMap { number in starts.map { $0 + Double(number - 1) * again.everyHours } }
    }

    private static func devices(_ dose: Dose, of device: Double, at path: String) throws(Diagnostic) -> Int {
        guard case .milligrams(let amount) = dose, abs((amount / device).rounded() - amount / device) < 1e-9, amount >= device, amount / device <= 12 else {
            throw problem(path, "is not a whole number of devices", expected: "a multiple of \(decimal(device)) mg, at most 12 devices")
        }
        return Int((amount / device).rounded())
    }
}

extension PlannedDose {
    /// How many inputs it stands for; what is out of range is refused later.
    fileprivate var writtenOut: Int {
        let starts = min(max(additional ?? 0, 0), 10_000) + 1 + (steadyState == true ? Regimen.steadyStateHistory : 0)
        return starts * max(steps?.count ?? 1, 1)
    }

    fileprivate func parts(at path: String) throws(Diagnostic) -> [(dose: Dose, hours: Double, ramp: [Double]?)] {
        func problem(_ text: String, expected: String) -> Diagnostic { Diagnostic("regimen", at: Place(path: path), text, expected: expected) }
        func dose(_ amount: Double) throws(Diagnostic) -> Dose {
            guard amount >= 0, amount.isFinite else { throw problem("has a negative amount", expected: "an amount of 0 or more") }
            guard amount <= 1e6 else { throw problem("has an amount of \(decimal(amount))", expected: "at most 1000000") }
            guard let dose = Dose(amount, unit: unit) else { throw problem("has the unit \(quoted(unit))", expected: "a mass such as mg, or mg/kg") }
            return dose
        }
        func hours(_ minutes: Double) throws(Diagnostic) -> Double {
            guard minutes > 0, minutes <= 1e6 else { throw problem("has a duration of \(decimal(minutes)) min", expected: "minutes above 0, at most 1000000") }
            return minutes / 60
        }
        func shape(_ ramp: [Double]?) throws(Diagnostic) -> [Double]? {
            guard let ramp else { return nil }
            guard ramp.count == 2, ramp.allSatisfy({ $0 >= 0 && $0.isFinite }), ramp[0] + ramp[1] > 0 else {
                throw problem("has a ramp that is not usable", expected: "the relative rates at beginning and end, such as [0, 1]")
            }
            return ramp.map { $0 / (ramp[0] + ramp[1]) }
        }
        let whole = try dose(amount)
        guard (0...1e6).contains(lagMinutes ?? 0) else { throw problem("has a lag of \(decimal(lagMinutes ?? 0)) min", expected: "0 to 1000000") }
        guard (0...10).contains(bioavailability ?? 1) else {
            throw problem("has a bioavailability of \(decimal(bioavailability ?? 0))", expected: "a factor from 0 to 10")
        }
        if durationMinutes != nil || steps != nil, ![.intravenous, .subcutaneous].contains(route) {
            throw problem("is an infusion by the route \(route.rawValue)", expected: "intravenous or subcutaneous, or no duration_min")
        }
        if let steps {
            guard durationMinutes == nil, ramp == nil, abs(steps.reduce(0) { $0 + $1.amount } - amount) <= 1e-9 * max(amount, 1) else {
                throw problem("has steps that do not add up to its amount", expected: "steps whose amounts sum to it, and no duration_min or ramp beside them")
            }
            var parts: [(dose: Dose, hours: Double, ramp: [Double]?)] = []
            for step in steps { parts.append((try dose(step.amount), try hours(step.durationMinutes), try shape(step.ramp))) }
            return parts
        }
        if ramp != nil, (durationMinutes ?? 0) == 0 { throw problem("has a ramp without a duration", expected: "duration_min above 0") }
        // A bolus may be written with a duration of zero.
        return [(whole, durationMinutes == nil || durationMinutes == 0 ? 0 : try hours(durationMinutes ?? 0), try shape(ramp))]
    }
}

extension CompiledModel {
    /// Whether a dose is given by devices of a fixed amount.
    public func hasDevices(for dose: PlannedDose) -> Bool {
        system.routes.contains { $0.route == dose.route && $0.formulation == dose.formulation && $0.deviceMilligrams != nil }
    }

    /// The way in for a drug by a route.
    func entry(_ route: Route, _ formulation: String?, drug: Drug, at path: String) throws(Diagnostic) -> CompartmentalSystem.RouteEntry {
        guard model.drugs.contains(drug) else {
            throw Diagnostic(
                "regimen", at: Place(path: path), "is \(drug.rawValue), which the model \(model.id) does not describe",
                expected: model.drugs.map(\.rawValue).joined(separator: ", "))
        }
        guard let entry = system.routes.first(where: { $0.route == route && $0.formulation == formulation }) else {
            let known = system.routes.map { $0.route.rawValue + ($0.formulation.map { " (\($0))" } ?? "") }
            throw Diagnostic(
                "regimen", at: Place(path: path),
                "goes by the route \(route.rawValue)" + (formulation.map { " as \(quoted($0))" } ?? "")
                    + ", which the model \(model.id) does not describe", expected: known.joined(separator: ", "))
        }
        return entry
    }
}
