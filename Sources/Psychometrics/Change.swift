import Evidence
import Notation

extension Instrument {
    /// When a change of the total means something.
    public struct ChangeRules: Codable, Sendable, Equatable {
        /// Fall from baseline that is a response, as a share.
        public var response: Sourced<Double>
        /// Highest total that is remission.
        public var remission: Sourced<Double>?
        /// A stricter cut also in use.
        public var remissionStrict: Sourced<Double>?
        /// Smallest change that matters to patients.
        public var minimalImportant: Sourced<Double>?

        enum CodingKeys: String, CodingKey {
            case response, remission
            case remissionStrict = "remission_strict"
            case minimalImportant = "minimal_important"
        }

        /// The weakest confidence among response and remission.
        public var confidence: Confidence { response.confidence.weaker(remission?.confidence ?? .read) }
    }

    /// From one total to another.
    public func change(baseline: Double, latest: Double) -> Change {
        let share = change?.response.value ?? 0.5
        let difference = latest - baseline
        return Change(
            difference: difference, percent: baseline == 0 ? nil : difference / baseline * 100,
            // Compared without division, so that half of 36 is exactly 18.
            response: baseline > 0 && baseline - latest >= share * baseline,
            remission: change?.remission.map { latest <= $0.value }, remissionStrict: change?.remissionStrict.map { latest <= $0.value },
            minimalImportant: change?.minimalImportant.map { abs(difference) >= $0.value },
            reliableChangeIndex: reliability.map { difference / (2 * $0.sd * $0.sd * (1 - $0.alpha)).squareRoot() })
    }
}

/// How a total changed. Lower is better for every instrument that tracks symptoms.
public struct Change: Sendable, Equatable {
    public var difference: Double
    /// Of the baseline; nil when that is 0.
    public var percent: Double?
    public var response: Bool
    /// Nil when the instrument has no cut.
    public var remission: Bool?
    public var remissionStrict: Bool?
    public var minimalImportant: Bool?
    /// Jacobson & Truax, J Consult Clin Psychol 1991;59:12, DOI 10.1037/0022-006X.59.1.12: difference over its standard error
    /// `sqrt(2 SD² (1 − α))`. Nil where no reliability is known.
    public var reliableChangeIndex: Double?

    /// A change beyond measurement error at 5 %; nil where that cannot be said.
    public var isReliable: Bool? { reliableChangeIndex.map { abs($0) > 1.96 } }
}
