import Notation
import Pharmacology

/// One dose as a chart states it, for the ledger to be held against.
public struct GivenDose: Sendable, Hashable {
    public var patient: String?
    public var session: String?
    /// Nil when the chart names none.
    public var lot: String?
    public var drug: Drug?
    /// µg of base.
    public var micrograms: Int
    public var time: Moment?

    public init(patient: String? = nil, session: String?, lot: String?, drug: Drug? = nil, micrograms: Int, time: Moment? = nil) {
        self.patient = patient
        self.session = session
        self.lot = lot
        self.drug = drug
        self.micrograms = micrograms
        self.time = time
    }

    /// When it was given; a dose without a time came before everything.
    var instant: Instant { time?.instant ?? Instant(milliseconds: .min) }

    /// The dose as people read it: `35 mg ketamine`.
    var text: String { "\(decimal(Double(micrograms) / 1000)) mg" + (drug.map { " " + $0.rawValue } ?? "") }

    /// An order that does not depend on the order of arrival.
    static func precedes(_ a: GivenDose, _ b: GivenDose) -> Bool {
        (a.instant, a.patient ?? "", a.session ?? "", a.lot ?? "", a.micrograms) < (b.instant, b.patient ?? "", b.session ?? "", b.lot ?? "", b.micrograms)
    }
}
