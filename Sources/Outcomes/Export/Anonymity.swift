import Chart
import Notation
import Pharmacology
import Statistics

/// Who of an export could be told from others by what somebody may know of them: age, sex, site and what they are given. Every combination must hold at
/// least `k` people (L. Sweeney, Int. J. Uncertain. Fuzziness Knowl.-Based Syst. 10 (2002) 557, DOI 10.1142/S0218488502001648).
///
/// Ages become bands, wider until nearly everybody is in a group large enough; then the site is dropped; who is left alone after that is left out.
/// It does not protect against somebody who knows what lies within a group, such as a score on a day.
public struct Anonymity: Sendable {
    public struct Person: Sendable {
        public var patient: PatientID
        public var age: Int?
        public var sex: Sex
        public var site: String
        public var product: String

        public init(patient: PatientID, age: Int?, sex: Sex, site: String, product: String) {
            (self.patient, self.age, self.sex, self.site, self.product) = (patient, age, sex, site, product)
        }
    }

    /// What stands in the export of one person.
    public struct Released: Sendable, Equatable, Hashable {
        /// `40-49`, or empty where it is not known or not told.
        public var ageBand: String
        public var sex: String
        public var site: String
        public var product: String
    }

    public let k: Int
    /// Years of a band; nil: ages are not told.
    public let bandYears: Int?
    public let tellsSite: Bool
    public let released: [PatientID: Released]
    /// Left out, because too few are like them.
    public let suppressed: [PatientID]
    /// The smallest group that is in the export; nil for an empty one.
    public let smallestGroup: Int?

    /// At most this share is left out before less is told of everybody. A construct.
    static let greatestLoss = 0.05
    /// Nobody of this age or older is told from another: over 89 is one group, as 45 CFR 164.514(b)(2)(i)(C) asks.
    static let oldest = 90

    /// - Parameter needsAge: whoever's age is not known, or cannot be told, is left out.
    public init(_ people: [Person], k: Int, needsAge: Bool = false) {
        let banded: [(band: Int?, site: Bool)] = [(5, true), (10, true), (20, true), (10, false), (20, false)]
        let steps = banded + (needsAge ? [] : [(nil, true), (nil, false)])
        let (able, unable) = (people.filter { !needsAge || $0.age != nil }, people.filter { needsAge && $0.age == nil }.map(\.patient))
        var best: (step: (band: Int?, site: Bool), released: [PatientID: Released], suppressed: [PatientID], smallest: Int?)?
        for step in steps {
            let all = able.map { ($0.patient, Self.released($0, step.band, step.site)) }
            let sizes = Dictionary(all.map { ($0.1, 1) }, uniquingKeysWith: +)
            let kept = all.filter { sizes[$0.1, default: 0] >= k }
            let lost = all.filter { sizes[$0.1, default: 0] < k }.map(\.0)
            let found = (step, Dictionary(kept, uniquingKeysWith: { first, _ in first }), lost, kept.map { sizes[$0.1, default: 0] }.min())
            if best.map({ lost.count < $0.suppressed.count }) ?? true { best = found }
            if Double(lost.count) <= Self.greatestLoss * Double(able.count) { break }
        }
        self.k = k
        (bandYears, tellsSite) = (best?.step.band, best?.step.site ?? false)
        (released, suppressed, smallestGroup) = (best?.released ?? [:], unable + (best?.suppressed ?? []), best?.smallest)
    }

    private static func released(_ person: Person, _ band: Int?, _ site: Bool) -> Released {
        let age = person.age.flatMap { age -> String? in
            guard let band else { return nil }
            if age >= oldest { return "\(oldest)+" }
            let low = age / band * band
            return "\(low)-\(min(low + band, oldest) - 1)"
        }
        return Released(ageBand: age ?? "", sex: person.sex.rawValue, site: site ? person.site : "", product: person.product)
    }
}
