import Chart
import Guidance
import Notation
import Pharmacology
import Plot
import Statistics
import Synchronization

/// What a population model expects of the doses of one session, minute by minute.
struct ExpectedCourse: Sendable, Equatable {
    /// Of the drug in plasma, ng/mL.
    var concentration: SessionPicture.Expectation
    /// CADSS total.
    var dissociation: SessionPicture.Expectation
    /// Change of pressure from before the dose, mmHg.
    var systolic: SessionPicture.Expectation
    var diastolic: SessionPicture.Expectation
    /// Which model, and what a reader must know of it.
    var note: String

    /// What it follows from. Two sessions with the same doses in people of the same weight have the same expectation.
    struct Cause: Hashable, Sendable {
        struct Dose: Hashable, Sendable {
            var minute: Double
            var milligrams: Double
            var duration: Double?
        }

        var drug: Drug
        var route: Pharmacology.Route
        var weight: Double?
        var doses: [Dose]
    }

    private static let people = 240
    private static let seed: UInt64 = 1
    private static let step = 5.0
    private static let last = 180.0

    /// Nil where no model knows the drug by this route.
    init?(_ cause: Cause, knowledge: KnowledgeBase) {
        guard let choice = knowledge.monitoring.model(drug: cause.drug, route: cause.route), let plain = knowledge.models[choice.model],
            let model = try? plain.with(knowledge.effects), let parent = model.quantities.first(where: { !$0.isHidden && $0.unit == "ng/mL" })
        else { return nil }
        let regimen = Regimen(
            drug: cause.drug,
            doses: cause.doses.map {
                PlannedDose(at: $0.minute / 60, $0.milligrams, "mg", cause.route, overMinutes: $0.duration)
            })
        let minutes = Array(stride(from: 0, through: Self.last, by: Self.step))
        let outputs = [parent.id, "dissociation", "systolic", "diastolic"]
        guard let simulation = try? Simulation(model, regimen, times: minutes.map { $0 / 60 }, outputs: outputs), simulation.times.count == minutes.count
        else { return nil }
        let people = Subjects(model, count: Self.people, seed: Self.seed, covariates: cause.weight.map { ["weight": [$0]] } ?? [:])
        let table = simulation.summarise(people)
        func expectation(_ output: String) -> SessionPicture.Expectation? {
            guard let column = simulation.outputs.firstIndex(of: output) else { return nil }
            func quantile(_ share: Double) -> [Double] { table.map { $0[column].sketch.quantile(share) } }
            return SessionPicture.Expectation(minutes: minutes, middle: quantile(0.5), low: quantile(0.05), high: quantile(0.95))
        }
        guard let concentration = expectation(parent.id), let dissociation = expectation("dissociation"), let systolic = expectation("systolic"),
            let diastolic = expectation("diastolic")
        else { return nil }
        (self.concentration, self.dissociation, self.systolic, self.diastolic) = (concentration, dissociation, systolic, diastolic)
        note =
            "Shaded: nine tenths of people, dashed the median, by model \(choice.model)\(cause.weight == nil ? " at its reference weight" : ""). "
            + "Effects are calibrated on published figures, part of them recalled, not verified. What a person shows counts, not the band."
    }
}

extension ExpectedCourse.Cause {
    /// What was given in a session; nil when nothing was, or when the amount of it is not known.
    init?(_ record: SessionRecord, weight: Double?) {
        guard let first = record.administrations.first, let start = record.administrations.first?.body.time.instant else { return nil }
        var doses: [Dose] = []
        for stated in record.administrations {
            let body = stated.body
            guard body.drug == first.body.drug, body.route == first.body.route, let amount = body.dose.milligrams(weightKilograms: weight)?.value else {
                return nil
            }
            doses.append(Dose(minute: body.time.instant.minutes(since: start), milligrams: amount, duration: body.durationMinutes))
        }
        self.init(drug: first.body.drug, route: first.body.route, weight: weight, doses: doses)
    }
}

/// Expectations that were computed, kept while they may be asked for again.
final class ExpectedCourses: Sendable {
    private let kept = Mutex<[ExpectedCourse.Cause: ExpectedCourse?]>([:])
    private static let capacity = 2000

    func course(_ cause: ExpectedCourse.Cause, knowledge: KnowledgeBase) -> ExpectedCourse? {
        if let found = kept.withLock({ $0[cause] }) { return found }
        let course = ExpectedCourse(cause, knowledge: knowledge)
        kept.withLock { kept in
            if kept.count >= Self.capacity { kept.removeAll() }
            kept[cause] = .some(course)
        }
        return course
    }
}
