/// What one person received and how they were rated: all that a forecast is conditioned on. Days count from the beginning of the course.
public struct SymptomHistory: Codable, Sendable, Equatable {
    public struct Dose: Codable, Sendable, Equatable {
        public var day: Double
        /// Area under receptor occupancy over the day after it, hours, with what co-medication takes from it.
        public var occupancyHours: Double

        public init(day: Double, occupancyHours: Double) { (self.day, self.occupancyHours) = (day, occupancyHours) }
    }

    public struct Score: Codable, Sendable, Equatable {
        public var day: Double
        /// Index of the scale in the model.
        public var scale: Int
        public var total: Double

        public init(day: Double, scale: Int, total: Double) { (self.day, self.scale, self.total) = (day, scale, total) }
    }

    /// In time order.
    public var doses: [Dose]
    /// In time order.
    public var scores: [Score]
    /// Days on which an antidepressant was begun or changed.
    public var antidepressantStarts: [Double]
    /// How sure the person is to receive the drug, 0 to 1; a clinic's patient is.
    public var belief: Double
    /// Visits without drug, as in a placebo arm: they carry expectancy only.
    public var visits: [Double]
    public var hasPsychotherapy: Bool

    public init(
        doses: [Dose] = [], scores: [Score] = [], antidepressantStarts: [Double] = [], belief: Double = 1, visits: [Double] = [],
        hasPsychotherapy: Bool = false
    ) {
        self.doses = doses.sorted { $0.day < $1.day }
        self.scores = scores.sorted { ($0.day, $0.scale) < ($1.day, $1.scale) }
        self.antidepressantStarts = antidepressantStarts.sorted()
        self.belief = belief
        self.visits = (visits + doses.map(\.day)).sorted()
        self.hasPsychotherapy = hasPsychotherapy
    }

    /// The same with these doses to come.
    public func adding(_ more: [Dose]) -> SymptomHistory {
        var history = self
        history.doses = (doses + more).sorted { $0.day < $1.day }
        history.visits = (visits + more.map(\.day)).sorted()
        return history
    }

    /// Scales that occur, in the model's order.
    public var scalesUsed: [Int] { Set(scores.map(\.scale)).sorted() }
}
