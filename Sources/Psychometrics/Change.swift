import Evidence
import Notation

extension Instrument {
    /// When a change of the total means that treatment works.
    public struct ChangeRules: Codable, Sendable, Equatable {
        /// Fall from baseline that is a response, as a share.
        public var response: Sourced<Double>
        public var remission: Cut?
        /// A stricter cut also in use.
        public var remissionStrict: Cut?

        enum CodingKeys: String, CodingKey {
            case response, remission
            case remissionStrict = "remission_strict"
        }

        /// The weakest confidence among response and remission.
        public var confidence: Confidence { response.confidence.weaker(remission?.confidence ?? .read) }
    }

    /// Totals up to a cut, as the source writes it: `<=12` is `at_most: 12`, `<5` is `below: 5`.
    public struct Cut: Codable, Sendable, Equatable {
        public var atMost: Double?
        public var below: Double?
        public var confidence: Confidence
        public var sources: [String]?

        enum CodingKeys: String, CodingKey {
            case atMost = "at_most"
            case below, confidence, sources
        }

        /// The highest whole total within the cut.
        public var value: Double { min(atMost ?? .infinity, below.map { $0.rounded(.up) - 1 } ?? .infinity) }

        public func contains(_ total: Double) -> Bool { total <= atMost ?? .infinity && total < below ?? .infinity }
    }

    /// Smallest difference that matters to patients, in points. Where sources quote a range, `high` is its other end.
    public struct MinimalImportant: Codable, Sendable, Equatable {
        public var low: Double
        public var high: Double?
        public var confidence: Confidence
        public var sources: [String]?
    }

    /// A change for the worse, against the reading before treatment or before the dose, that asks for attention.
    public struct Worsening: Codable, Sendable, Equatable {
        /// Points for the worse.
        public var by: Double
        /// The later total must also lie above this.
        public var above: Double?
        public var meaning: String
        public var confidence: Confidence
        public var sources: [String]?
    }

    /// From one total to another. Cuts hold at their boundary: 36 to 18 is a response, and 12 is a remission by `<=12`.
    public func change(baseline: Double, latest: Double) -> Change {
        let difference = latest - baseline
        let improvement = direction == .higherIsBetter ? difference : -difference
        return Change(
            difference: difference, percent: baseline == 0 ? nil : difference / baseline * 100, baseline: baseline, improvement: improvement,
            // Compared without division, so that half of 36 is exactly 18.
            response: baseline > 0 && improvement >= (change?.response.value ?? 0.5) * baseline,
            remission: change?.remission?.contains(latest), remissionStrict: change?.remissionStrict?.contains(latest),
            minimalImportant: minimalImportant.map { abs(difference) >= $0.low },
            worsened: worsening.map { -improvement >= $0.by && latest > $0.above ?? -.infinity },
            reliableChangeIndex: reliability.map { difference / (2 * $0.sd * $0.sd * (1 - $0.alpha)).squareRoot() })
    }
}

/// How a total changed.
public struct Change: Sendable, Equatable {
    /// Latest less baseline.
    public var difference: Double
    /// Of the baseline; nil when that is 0.
    public var percent: Double?
    public var baseline: Double
    /// Points for the better; negative for the worse.
    public var improvement: Double
    public var response: Bool
    /// Nil when the instrument has no cut.
    public var remission: Bool?
    public var remissionStrict: Bool?
    /// Whether the difference reaches the smallest that matters, the lower one where a range is quoted; nil when none is known.
    public var minimalImportant: Bool?
    /// Whether it is the change for the worse that the instrument watches for; nil when it watches for none.
    public var worsened: Bool?
    /// Jacobson & Truax, J Consult Clin Psychol 1991;59:12, DOI 10.1037/0022-006X.59.1.12: difference over its standard error
    /// `sqrt(2 SD² (1 − α))`. Nil where no reliability is known.
    public var reliableChangeIndex: Double?

    /// A change beyond measurement error at 5 %; nil where that cannot be said.
    public var isReliable: Bool? { reliableChangeIndex.map { abs($0) > 1.96 } }

    /// Why nothing is said of measurement error; nil when something is.
    public var whyNotReliable: String? { reliableChangeIndex == nil ? "no reliability in the reference" : nil }

    /// Less than a response but a fall of more than `share` of the baseline. The share in use stands in `staging/symptoms.yaml`.
    public func isPartial(above share: Double) -> Bool { !response && baseline > 0 && improvement > share * baseline }
}
