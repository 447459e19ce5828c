import Notation

/// When what happens, the same for every subject: breakpoints in order, and between them steps of constant input.
struct Schedule: Sendable {
    /// Drug that enters one state.
    struct Input: Sendable {
        enum Form: Sendable, Equatable {
            /// All at once, at this breakpoint.
            case bolus
            /// Empties the state, at this breakpoint.
            case emptying
            /// At a constant rate for these hours.
            case infusion(Double)
            /// Begins and lasts as the subject's parameters say.
            case window
        }
        /// Hours of the dose.
        var hours: Double
        var dose: Dose
        /// Share of the drug × bioavailability.
        var factor: Double
        var state: Int
        var form: Form
        var fraction, over, lag: Expression?
    }

    struct Step: Sendable, Equatable {
        /// Hours since time zero at its beginning.
        var start: Double
        /// Index into `lengths`.
        var length: Int
        /// Number of the session it belongs to; 0 before the first dose.
        var session = 0
        /// Whether the last dose was intravenous.
        var isIntravenous = false
        /// Row of the results to write at its end.
        var row: Int?
        /// Inputs given at once at its end, so that an output at that time shows them; infusions that begin and end at its beginning; and
        /// windows that may be open during it.
        var boluses: [Int] = []
        var begins: [Int] = []
        var ends: [Int] = []
        var windows: [Int] = []
    }

    var inputs: [Input] = []
    var steps: [Step] = []
    /// The distinct lengths of steps, hours.
    var lengths: [Double] = []
    /// Result rows at the very beginning.
    var firstRow: Int?

    /// Times no further apart than this, hours, are one.
    static func tolerance(_ time: Double) -> Double { 1e-9 * max(1, abs(time)) }

    /// Hours of the first dose.
    let firstDose: Double

    /// Doses no further apart than this belong to one session, hours.
    static let sessionGap = 6.0

    /// - Parameters:
    ///   - times: ascending output times, hours.
    ///   - settlesTimes: makes an infusion of a window whose times are the same for everybody.
    ///   - longestWindow: hours after a dose during which a window may be open.
    init(_ events: [DoseEvent], model: CompiledModel, times: [Double], settlesTimes: Bool = false, longestWindow: Double = 48) throws(Diagnostic) {
        firstDose = events.first?.hours ?? 0
        for event in events {
            let entry = try model.entry(event.route, event.formulation, drug: event.drug, at: "doses")
            for part in (event.device ?? 0) > 0 ? entry.later : entry.first {
                let share = part.share[event.drug] ?? 0
                guard share > 0 else { continue }
                if let ramp = event.ramp {
                    appendRamp(ramp, of: event, into: part, share: share, states: model.system.states.count)
                    continue
                }
                var input = Input(
                    hours: event.hours, dose: event.dose, factor: share * event.factor, state: part.state,
                    form: event.durationHours > 0 ? .infusion(event.durationHours) : .bolus, fraction: part.fraction, over: part.over, lag: part.lag)
                if part.over != nil || part.lag != nil {
                    input.form = .window
                    if settlesTimes, let over = model.settledTime(part.over), let lag = model.settledTime(part.lag) {
                        input.hours += lag
                        input.form = over > 0 ? .infusion(over) : .bolus
                    }
                }
                inputs.append(input)
            }
        }
        var points = times + [0]
        for input in inputs {
            points.append(input.hours)
            if case .infusion(let hours) = input.form { points.append(input.hours + hours) }
        }
        points.sort()
        // Times that differ by rounding only are one.
        var breaks: [Double] = []
        for point in points {
            if let last = breaks.last, point - last <= Self.tolerance(point) { continue }
            breaks.append(point)
        }
        func position(_ time: Double) -> Int {
            var low = 0
            var high = breaks.count - 1
            while low < high {
                let middle = (low + high + 1) / 2
                if breaks[middle] <= time + Self.tolerance(time) { low = middle } else { high = middle - 1 }
            }
            return low
        }
        let end = position(times.last ?? 0)
        var known: [(hours: Double, index: Int)] = []
        for index in 0..<max(end, 0) {
            let hours = breaks[index + 1] - breaks[index]
            // A length that differs by the rounding of the times is the same length.
            let tolerance = 1e-12 * max(1, abs(breaks[index + 1]))
            var low = 0
            var high = known.count
            while low < high {
                let middle = (low + high) / 2
                if known[middle].hours < hours - tolerance { low = middle + 1 } else { high = middle }
            }
            if low < known.count, known[low].hours <= hours + tolerance {
                steps.append(Step(start: breaks[index], length: known[low].index))
            } else {
                known.insert((hours, lengths.count), at: low)
                steps.append(Step(start: breaks[index], length: lengths.count))
                lengths.append(hours)
            }
        }
        var session = 0
        var isIntravenous = false
        var lastDose = -Double.infinity
        var waiting = events[...]
        for index in steps.indices {
            while let event = waiting.first, position(event.hours) <= index {
                if event.hours - lastDose > Self.sessionGap { session += 1 }
                lastDose = event.hours
                isIntravenous = event.route == .intravenous
                waiting.removeFirst()
            }
            steps[index].session = session
            steps[index].isIntravenous = isIntravenous
        }
        for (row, time) in times.enumerated() {
            let index = position(time)
            if index == 0 { firstRow = row } else { steps[index - 1].row = row }
        }
        for (index, input) in inputs.enumerated() {
            let begin = position(input.hours)
            var input = input
            // An infusion shorter than times can be told apart is given at once.
            if case .infusion(let hours) = input.form, position(input.hours + hours) == begin {
                input.form = .bolus
                inputs[index] = input
            }
            switch input.form {
            case .bolus, .emptying:
                if begin == 0 { firstBoluses.append(index) } else if begin <= steps.count { steps[begin - 1].boluses.append(index) }
            case .infusion(let hours):
                if begin < steps.count { steps[begin].begins.append(index) }
                let stop = position(input.hours + hours)
                if stop < steps.count { steps[stop].ends.append(index) }
            case .window:
                for step in begin..<max(begin, steps.count) where steps[step].start < input.hours + longestWindow { steps[step].windows.append(index) }
            }
        }
    }

    /// Inputs given at once at the very beginning.
    var firstBoluses: [Int] = []

    /// The states that ramps flow into: each has one more state, after the model's own, whose value is the rate of the ramp.
    var ramps: [Int] = []
    /// Until when each of them is in use, hours.
    private var rampEnds: [Double] = []

    /// A rate that changes evenly: it is raised to its first value at once, changed by an infusion, and taken away at the end.
    private mutating func appendRamp(_ ramp: [Double], of event: DoseEvent, into part: CompartmentalSystem.Entry, share: Double, states: Int) {
        let index = ramps.indices.first { ramps[$0] == part.state && rampEnds[$0] <= event.hours } ?? ramps.count
        if index == ramps.count {
            ramps.append(part.state)
            rampEnds.append(0)
        }
        rampEnds[index] = event.hours + event.durationHours
        // Rates per unit of the dose, 1/h: their mean over the time makes up the dose.
        let (first, last) = (2 * ramp[0] / event.durationHours, 2 * ramp[1] / event.durationHours)
        for (hours, rate, form) in [
            (event.hours, first, Input.Form.bolus), (event.hours, last - first, .infusion(event.durationHours)),
            (event.hours + event.durationHours, 0, .emptying),
        ] {
            inputs.append(
                Input(hours: hours, dose: event.dose, factor: share * event.factor * rate, state: states + index, form: form, fraction: part.fraction))
        }
    }
}
