import Foundation
import Guidance
import Notation
import Pharmacology
import Trials

/// What somebody may ask the protocol lab: up to four protocols, and for whom.
struct LabForm {
    /// A dose that a protocol of the knowledge gives.
    struct Choice: Sendable, Equatable {
        var id: String
        var title: String
        var drug: Drug
        var dose: PlannedDose
    }

    static let letters = ["a", "b", "c", "d"]
    static let none = "none"

    let choices: [Choice]

    init(_ knowledge: KnowledgeBase) {
        var choices: [Choice] = []
        for plan in Set(knowledge.protocols.values.map(\.id)).sorted().compactMap({ knowledge.protocols[$0] }) where plan.enabled != false {
            let amounts = (plan.doses?.first ?? []) + (plan.doses?.then ?? [])
            for amount in amounts {
                guard let unit = plan.doses?.unit else { continue }
                let minutes = plan.route == .intravenous ? plan.infusionMinutes : nil
                let over = minutes.map { ", over \(decimal($0)) min" } ?? ""
                let id = "\(plan.drug.rawValue)-\(plan.route.rawValue)-\(decimal(amount))-\(unit == "mg" ? "mg" : "kg")-\(minutes.map { decimal($0) } ?? "0")"
                guard !choices.contains(where: { $0.id == id }) else { continue }
                choices.append(
                    Choice(
                        id: id, title: "\(plan.drug.rawValue) \(plan.route.rawValue) \(decimal(amount)) \(unit)\(over)", drug: plan.drug,
                        dose: PlannedDose(at: 0, amount, unit, plan.route, overMinutes: minutes)))
            }
        }
        self.choices = choices
    }

    /// What every specification of the lab has in common.
    private static func base() throws -> TrialSpecification {
        let url = Bundle.module.bundleURL.appendingPathComponent("Resources/lab.json")
        return try JSONDecoder().decode(TrialSpecification.self, from: try Data(contentsOf: url))
    }

    /// A slider: its bounds, and what it stands at first.
    struct Slider: Sendable {
        var name, title, unit: String
        var range: ClosedRange<Int>
        var step = 1
        var start: Int
        /// What 0 means, where it means something of its own.
        var atZero: String?
    }

    static let common = [
        Slider(name: "weeks", title: "Weeks looked at", unit: "weeks", range: 4...26, start: 12),
        Slider(name: "severity", title: "MADRS before treatment, typical", unit: "points", range: 20...45, start: 34),
        Slider(name: "people", title: "People in each of 40 repetitions", unit: "people", range: 50...500, step: 50, start: 100),
    ]

    static func sliders(_ letter: String) -> [Slider] {
        let every = ["a": 0, "b": 14, "c": 7][letter] ?? 0
        return [
            Slider(name: "\(letter)_weekly", title: "At first, sessions a week", unit: "a week", range: 1...3, start: 2),
            Slider(name: "\(letter)_first", title: "For so many weeks", unit: "weeks", range: 1...12, start: 4),
            Slider(name: "\(letter)_every", title: "After that, days between sessions", unit: "days", range: 0...35, start: every, atZero: "no more sessions"),
        ]
    }

    var fields: [FormField] {
        Self.common.map(\.field)
            + Self.letters.flatMap { letter in
                [FormField.required("\(letter)_dose", "Dose of protocol \(letter.uppercased())", .choice([Self.none] + choices.map(\.id)))]
                    + Self.sliders(letter).map(\.field)
            }
    }

    /// The dose a protocol stands at first.
    func start(_ letter: String) -> String {
        letter == "d"
            ? Self.none : choices.filter { $0.drug == .esketamine && $0.dose.route == .intranasal }.max { $0.dose.amount < $1.dose.amount }?.id ?? Self.none
    }

    /// The specification that a form asks for.
    func specification(_ form: FormValues, title: String) throws -> TrialSpecification {
        func whole(_ name: String) -> Int { Int(form.number(name) ?? 0) }
        var specification = try Self.base()
        specification.title = title
        specification.days = 7 * whole("weeks")
        specification.visits = [Double(specification.days)]
        specification.patientsPerArm = whole("people")
        specification.parameters = ["baseline": Double(whole("severity"))]
        specification.arms = []
        for letter in Self.letters {
            guard let choice = choices.first(where: { $0.id == form["\(letter)_dose"] }) else { continue }
            let (weekly, first, every) = (whole("\(letter)_weekly"), whole("\(letter)_first"), whole("\(letter)_every"))
            let days = Self.days(weekly: weekly, weeks: first, every: every, until: specification.days)
            var name = "\(choice.title), \(counted(weekly, "time")) a week for \(counted(first, "week"))"
            name += every > 0 ? ", then every \(counted(every, "day"))" : ""
            specification.arms.append(
                .treated(
                    id: letter, title: name,
                    by: Regimen(
                        drug: choice.drug,
                        doses: days.map { day in
                            var dose = choice.dose
                            dose.timeHours = 24 * Double(day)
                            return dose
                        })))
        }
        guard !specification.arms.isEmpty else { throw FormProblem("a_dose", "No protocol is chosen; expected at least one dose.") }
        specification.arms.append(.untreated(id: Self.none, title: "No treatment sessions"))
        return specification
    }

    /// Days of sessions: evenly within the first weeks, then at the interval.
    static func days(weekly: Int, weeks: Int, every: Int, until end: Int) -> [Int] {
        let pattern = [1: [0], 2: [0, 3], 3: [0, 2, 4]][weekly] ?? [0]
        let first = (0..<weeks).flatMap { week in pattern.map { 7 * week + $0 } }
        let later = every > 0 ? Array(stride(from: max(7 * weeks, (first.last ?? 0) + every), to: end, by: every)) : []
        return (first + later).filter { $0 < end }
    }
}

extension LabForm.Slider {
    var field: FormField { .required(name, title, .number(Double(range.lowerBound)...Double(range.upperBound))) }
}
