import Notation
import Pharmacology

/// One dose as a chart states it, for the ledger to be held against.
public struct GivenDose: Sendable, Hashable {
    public var patient: String?
    public var session: String?
    /// Nil when the chart names none.
    public var lot: String?
    public var drug: Drug?
    /// µg of base; nil when the chart does not say how much, as a dose per kg of a patient nobody weighed.
    public var micrograms: Int?
    public var time: Moment?

    public init(patient: String? = nil, session: String?, lot: String?, drug: Drug? = nil, micrograms: Int?, time: Moment? = nil) {
        self.patient = patient
        self.session = session
        self.lot = lot
        self.drug = drug
        self.micrograms = micrograms
        self.time = time
    }

    /// When it was given; a dose without a time came before everything.
    var instant: Instant { time?.instant ?? Self.untimed }
    static let untimed = Instant.beforeAll

    /// The dose as people read it: `35 mg ketamine`.
    var text: String {
        [micrograms.map { "\(decimal(Double($0) / 1000)) mg" } ?? "an unknown amount of", drug?.rawValue ?? "drug"].joined(separator: " ")
    }

    /// An order that does not depend on the order of arrival.
    static func precedes(_ a: GivenDose, _ b: GivenDose) -> Bool {
        (a.instant, a.patient ?? "", a.session ?? "", a.lot ?? "", a.micrograms ?? 0, a.drug?.rawValue ?? "")
            < (b.instant, b.patient ?? "", b.session ?? "", b.lot ?? "", b.micrograms ?? 0, b.drug?.rawValue ?? "")
    }
}
