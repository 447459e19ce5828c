import Notation
import Statistics

/// A fictional clinic: patients at every point of treatment, drawn from a seed. Nobody in it exists, and nothing in it is evidence;
/// courses and rates are made to show the program, not to describe ketamine.
public enum DemonstrationClinic {
    /// Marks every fact as invented; pages show it.
    public static let source = "demonstration (fictional)"

    /// Where a patient stands, and how many of the sixty stand there.
    static let stages: [(stage: Stage, patients: Int)] = [
        (.referred, 5), (.notResistant, 5), (.contraindicated, 4), (.ready, 5), (.induction, 15), (.maintenance, 20), (.stopped, 6),
    ]

    enum Stage: Sendable {
        /// Referred, history and first scores taken.
        case referred
        /// Fewer than two adequate failures.
        case notResistant
        /// Something in the history forbids or questions treatment.
        case contraindicated
        /// May start.
        case ready
        case induction, maintenance
        /// Ended without benefit or by wish.
        case stopped
    }

    /// The facts of every patient, in the shape of the contract.
    /// - Parameters:
    ///   - seed: same seed and day, same clinic.
    ///   - today: the day on which the clinic is looked at.
    public static func charts(seed: UInt64, today: Day) -> [[JSONObject]] {
        stages.flatMap { stage, patients in Array(repeating: stage, count: patients) }
            .enumerated().map { index, stage in
                FictionalPatient(number: index + 1, stage: stage, seed: seed, today: today).facts
            }
    }
}
