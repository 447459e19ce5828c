/// What many people were given and what was measured in them, as a NONMEM-style table states it; times and amounts in the table's units.
public struct PopulationData: Sendable, Equatable {
    public var people: [Person]
    /// What the reader did that a table's author may not expect.
    public var notes: [String]
    /// Columns that differ between the rows of a person.
    public var changing: Set<String>

    public init(people: [Person], notes: [String] = [], changing: Set<String> = []) {
        self.people = people
        self.notes = notes
        self.changing = changing
    }

    public struct Person: Sendable, Equatable {
        public var id: String
        /// By lower-case column name, as first written on the person's rows.
        public var covariates: [String: String]
        /// One after the other with an empty body at the beginning of each: a reset (EVID 3 or 4) begins another.
        public var segments: [Segment]
        /// Line of the file on which the person begins.
        public var line: Int

        public init(id: String, covariates: [String: String], segments: [Segment], line: Int) {
            self.id = id
            self.covariates = covariates
            self.segments = segments
            self.line = line
        }
    }

    public struct Segment: Sendable, Equatable {
        public var doses: [Dose] = []
        public var observations: [Observation] = []
        /// Row by row the covariates that change within the person; empty where none does.
        public var records: [Record] = []
        public init() {}
    }

    /// What a row says of a person besides doses and measurements.
    public struct Record: Sendable, Equatable {
        public var time: Double
        /// By lower-case column name; a cell without a value repeats the one before.
        public var covariates: [String: String]
        public var line: Int

        public init(time: Double, covariates: [String: String], line: Int = 0) { (self.time, self.covariates, self.line) = (time, covariates, line) }
    }

    public struct Dose: Sendable, Equatable {
        public var time: Double
        public var amount: Double
        /// Amount per time; 0 for a dose at once, below 0 where the model says how long it takes.
        public var rate: Double
        /// CMT.
        public var compartment: Int
        /// So many more at `interval`.
        public var additional: Int
        public var interval: Double
        public var isSteadyState: Bool
        public var line: Int

        public init(
            time: Double, amount: Double, rate: Double = 0, compartment: Int = 1, additional: Int = 0, interval: Double = 0, isSteadyState: Bool = false,
            line: Int = 0
        ) {
            self.time = time
            self.amount = amount
            self.rate = rate
            self.compartment = compartment
            self.additional = additional
            self.interval = interval
            self.isSteadyState = isSteadyState
            self.line = line
        }
    }

    public struct Observation: Sendable, Equatable {
        public var time: Double
        public var value: Double
        public var censoring: Censoring
        /// DVID, lower case; nil where the table has none.
        public var kind: String?
        public var compartment: Int?
        /// Stands before a dose of the same time, and shows what was there without it.
        public var isBeforeDose: Bool
        public var line: Int

        public init(
            time: Double, value: Double, censoring: Censoring = .none, kind: String? = nil, compartment: Int? = nil, isBeforeDose: Bool = false, line: Int = 0
        ) {
            self.time = time
            self.value = value
            self.censoring = censoring
            self.kind = kind
            self.compartment = compartment
            self.isBeforeDose = isBeforeDose
            self.line = line
        }
    }

    /// What is known of a measurement besides its value (S. L. Beal, J. Pharmacokinet. Pharmacodyn. 28 (2001) 481,
    /// DOI 10.1023/A:1012299115260: the method M3).
    public enum Censoring: Sendable, Equatable {
        case none
        /// Below `value`; and not below `floor`, where one is known.
        case below(floor: Double?)
        /// Above `value`.
        case above
    }
}
