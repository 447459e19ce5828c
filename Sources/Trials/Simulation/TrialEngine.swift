import Forecast
import Notation
import Pharmacology
import Statistics

/// A design with all that simulating it needs: doses at the receptor, sessions planned, people to draw from.
///
/// A class, because everybody who is simulated asks it again and again.
public final class TrialEngine: Sendable {
    public let design: TrialDesign
    let source: ParticipantSource
    let symptoms: SymptomModel
    /// By dose of the design.
    let areas: [DoseArea]
    /// By arm, by dose; nil where the arm does not give it or nothing of a session is asked for.
    let acute: [[AcutePlan?]]
    let relapse: TrialSpecification.Endpoint?
    let relapseInstrument: Int
    let pressure: TrialSpecification.Endpoint?
    /// Whether minutes of dissociation are asked for.
    let followsDissociation: Bool
    /// Places of covariates in a participant's.
    private let weightPlace, systolicPlace, diastolicPlace: Int?

    /// - Throws: what no model can simulate, with its place.
    public init(_ design: TrialDesign, _ knowledge: TrialKnowledge, cohort: Cohort? = nil) throws(Diagnostic) {
        self.design = design
        symptoms = knowledge.symptoms
        source = ParticipantSource(design, cohort: cohort)
        relapse = design.endpoint(.timeToRelapse)
        relapseInstrument = relapse.map(design.instrument) ?? 0
        pressure = design.endpoint(.pressureEvents)
        followsDissociation = design.endpoint(.dissociation) != nil
        weightPlace = source.covariates.firstIndex(of: "weight")
        systolicPlace = source.covariates.firstIndex(of: "systolic")
        diastolicPlace = source.covariates.firstIndex(of: "diastolic")
        areas = try Self.areas(design, weightDiffers: weightPlace != nil, knowledge)
        acute = try Self.acute(design, knowledge)
    }

    private static func areas(_ design: TrialDesign, weightDiffers: Bool, _ knowledge: TrialKnowledge) throws(Diagnostic) -> [DoseArea] {
        var areas: [DoseArea] = []
        for (index, dose) in design.doses.enumerated() {
            do throws(Diagnostic) {
                areas.append(try DoseArea(dose, drug: dose.drug ?? .ketamine, weightDiffers: weightDiffers, occupancy: knowledge.occupancy))
            } catch {
                throw design.placed(error, dose: index)
            }
        }
        return areas
    }

    private static func acute(_ design: TrialDesign, _ knowledge: TrialKnowledge) throws(Diagnostic) -> [[AcutePlan?]] {
        let (specification, pressure, follows) = (design.specification, design.endpoint(.pressureEvents), design.feltAt != nil)
        var acute: [[AcutePlan?]] = []
        for (number, arm) in design.arms.enumerated() {
            var times = arm.drugSessions.map { ($0.day - specification.firstDay) * 24 }
            // A rescue makes one more.
            if design.rescueDose != nil { times.append((times.last ?? -168) + 168) }
            var plans: [AcutePlan?] = []
            for (index, dose) in design.doses.enumerated() {
                guard follows || pressure != nil, arm.sessions.contains(where: { $0.dose == index }) || index == design.rescueDose else {
                    plans.append(nil)
                    continue
                }
                do throws(Diagnostic) {
                    let plan = try AcutePlan(
                        dose, drug: dose.drug ?? .ketamine, sessions: times, regimen: specification.arms[number].regimen ?? specification.runIn?.regimen,
                        pressureMinutes: pressure?.minutes, followsDissociation: follows, knowledge: knowledge)
                    plans.append(plan)
                } catch {
                    throw design.placed(error, dose: index)
                }
            }
            acute.append(plans)
        }
        return acute
    }

    /// kg.
    func weight(of participant: Participant) -> Double {
        weightPlace.map { participant.covariates[$0] }.flatMap { $0.isFinite ? $0 : nil } ?? DoseArea.referenceWeight
    }

    /// Before a dose, mmHg; 0 where only rises matter.
    func pressure(of participant: Participant) -> (systolic: Double, diastolic: Double) {
        func value(_ place: Int?) -> Double { place.map { participant.covariates[$0] }.flatMap { $0.isFinite ? $0 : nil } ?? 0 }
        return (value(systolicPlace), value(diastolicPlace))
    }

    /// Rounds of candidates for one place, after which it stays empty.
    static let mostCandidates = 200

    /// The rows of a unit, one after the other.
    /// - Parameter workspace: of the calling thread.
    func rows(_ unit: TrialUnit, _ workspace: TrialWorkspace) throws(Diagnostic) -> [Int32] {
        let width = design.layout.width
        let setting = try workspace.setting(of: unit)
        let (arm, world, acute) = (setting.arm, setting.world, setting.acute)
        var rows = [Int32](repeating: RowLayout.none, count: width * unit.patients.count)
        for index in unit.patients.indices { rows[(index - unit.patients.lowerBound) * width] = 0 }
        for first in stride(from: unit.patients.lowerBound, to: unit.patients.upperBound, by: Lanes.scalarCount) {
            var open = Array(first..<min(first + Lanes.scalarCount, unit.patients.upperBound))
            for round in 0..<Self.mostCandidates where !open.isEmpty {
                let seed = RunSeed.of(design.specification.runSeed, replicate: unit.replicate, round: round)
                let lanes = first..<first + Lanes.scalarCount
                let people = lanes.map { source.draw(world, arm: arm, seed: seed, number: UInt32(truncatingIfNeeded: arm.offset + $0)) }
                acute.run(people, source: source, seed: seed, first: UInt32(truncatingIfNeeded: arm.offset + first))
                rows.withUnsafeMutableBufferPointer { rows in
                    open = open.filter { index in
                        let place = (index - unit.patients.lowerBound) * width
                        let row = UnsafeMutableBufferPointer(rebasing: rows[place..<place + width])
                        var course = ParticipantCourse(
                            setting, participant: people[index - first], lane: index - first, seed: seed,
                            number: UInt32(truncatingIfNeeded: arm.offset + index), row: row)
                        if course.follow() {
                            row[RowLayout.Column.candidates.rawValue] = Int32(round + 1)
                            return false
                        }
                        row.update(repeating: RowLayout.none)
                        row[RowLayout.Column.candidates.rawValue] = 0
                        return course.isOpen
                    }
                }
            }
        }
        return rows
    }
}

/// What one thread works in: the runners of every arm and their setting, made when first needed.
final class TrialWorkspace {
    private let engine: TrialEngine
    private var known: [Int: AcuteSessions] = [:]
    private var last: (unit: TrialUnit, setting: CourseSetting)?

    init(_ engine: TrialEngine) { self.engine = engine }

    /// The world of the unit's replicate, kept for the next of the same arm.
    func setting(of unit: TrialUnit) throws(Diagnostic) -> CourseSetting {
        if let last, last.unit.replicate == unit.replicate, last.unit.arm == unit.arm { return last.setting }
        let world = try TrialWorld(engine.symptoms, engine.design.specification, replicate: unit.replicate)
        let setting = CourseSetting(engine, arm: engine.design.arms[unit.arm], world: world, acute: sessions(of: unit.arm))
        last = (unit, setting)
        return setting
    }

    private func sessions(of arm: Int) -> AcuteSessions {
        if let sessions = known[arm] { return sessions }
        let atLeast = engine.design.endpoint(.dissociation)?.atLeast
        let sessions = AcuteSessions(runners: engine.acute[arm].map { plan in plan.map { AcuteRunner($0, atLeast: atLeast) } })
        known[arm] = sessions
        return sessions
    }
}

/// The sessions of eight people in one arm, by dose.
struct AcuteSessions {
    let runners: [AcuteRunner?]

    func run(_ people: [Participant], source: ParticipantSource, seed: UInt64, first: UInt32) {
        for runner in runners.compactMap({ $0 }) {
            var table: [String: [Double]] = [:]
            for covariate in runner.plan.simulation.model.covariates {
                guard let index = source.covariates.firstIndex(of: covariate.id) else { continue }
                // Of whom it is not known, the model's reference.
                table[covariate.id] = people.map { $0.covariates[index].isFinite ? $0.covariates[index] : covariate.reference }
            }
            runner.run(Subjects(runner.plan.simulation.model, count: people.count, seed: seed, covariates: table, firstNumber: first))
        }
    }
}
