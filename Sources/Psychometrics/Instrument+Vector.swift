extension Instrument {
    /// A published or constructed test case, run by the test suite: answers or an entered total with the score they give, or two totals
    /// with what is said of the change between them. What is absent is not compared.
    public struct Vector: Codable, Sendable, Equatable {
        public enum Origin: String, Codable, Sendable { case published, constructed }
        /// Answers as for `euthymia score --answers`.
        public var answers: String?
        public var enteredTotal: Double?
        public var educationYears: Double?
        public var sex: String?
        public var total: Double?
        public var band: String?
        public var flags: [String]?
        public var profile: String?
        public var domains: [Double]?
        /// The earlier total of a change.
        public var baseline: Double?
        public var latest: Double?
        public var percent: Double?
        public var response: Bool?
        public var remission: Bool?
        public var remissionStrict: Bool?
        public var worsened: Bool?
        public var origin: Origin
        public var note: String?

        enum CodingKeys: String, CodingKey {
            case answers
            case enteredTotal = "entered_total"
            case educationYears = "education_years"
            case sex, total, band, flags, profile, domains, baseline, latest, percent, response, remission
            case remissionStrict = "remission_strict"
            case worsened, origin, note
        }
    }
}
