import Notation
import Statistics

/// What is counted of one arm, over all replicates: whole numbers only, so that parts add up to the same in any order.
struct ArmTally: Sendable, Equatable {
    /// A rating scale at one visit.
    struct Score: Sendable, Equatable {
        var total = ExactMoments()
        /// From randomisation.
        var change = ExactMoments()
        var responses = 0
        var remissions = 0
    }

    /// Places of the trial, and of them those for which nobody qualified.
    var places = 0
    var empty = 0
    var candidates = 0
    /// By column of the layout: over those who have a value.
    var columns: [ExactMoments]
    /// By instrument, by visit.
    var scores: [[Score]]
    /// By session attended: CADSS peaks in tenths.
    var peaks: [ExactMoments]
    /// By hours at risk: how many relapsed then, and how many were followed until then.
    var ends: [Int: End] = [:]
    /// Of `sketched` columns.
    var sketches: [QuantileSketch]

    struct End: Sendable, Equatable {
        var relapses = 0
        var censored = 0
    }

    static let sketched: [RowLayout.Column] = [.hundredthsOfMilligram, .tenthsOfDissociationMinute, .greatestDissociation, .wellDays]

    init(_ layout: RowLayout) {
        columns = [ExactMoments](repeating: .init(), count: RowLayout.Column.allCases.count)
        scores = [[Score]](repeating: [Score](repeating: .init(), count: layout.visits), count: layout.instruments)
        peaks = [ExactMoments](repeating: .init(), count: layout.sessions)
        sketches = [QuantileSketch](repeating: .init(), count: Self.sketched.count)
    }

    subscript(column: RowLayout.Column) -> ExactMoments { columns[column.rawValue] }

    var randomised: Int { places - empty }

    mutating func add(_ row: ParticipantRow, _ outcome: OutcomeRule) {
        places += 1
        guard row.isThere else {
            empty += 1
            return
        }
        candidates += row[.candidates] ?? 0
        for column in RowLayout.Column.allCases { if let value = row[column] { columns[column.rawValue].insert(value) } }
        for (index, column) in Self.sketched.enumerated() { if let value = row[column] { sketches[index].insert(Double(value)) } }
        for instrument in scores.indices {
            let start = row.score(instrument, visit: 0)
            for visit in scores[instrument].indices {
                guard let total = row.score(instrument, visit: visit) else { continue }
                scores[instrument][visit].total.insert(total)
                if let start { scores[instrument][visit].change.insert(total - start) }
                if outcome.isResponse(row, instrument, visit: visit) { scores[instrument][visit].responses += 1 }
                if outcome.isRemission(row, instrument, visit: visit) { scores[instrument][visit].remissions += 1 }
            }
        }
        for session in peaks.indices { if let peak = row.peak(session: session) { peaks[session].insert(peak) } }
        if let from = row[.atRisk], let end = row[.relapseEnd] {
            if (row[.relapse] ?? 0) > 0 { ends[end - from, default: .init()].relapses += 1 } else { ends[end - from, default: .init()].censored += 1 }
        }
    }

    mutating func merge(_ other: ArmTally) {
        places += other.places
        empty += other.empty
        candidates += other.candidates
        for index in columns.indices { columns[index].merge(other.columns[index]) }
        for instrument in scores.indices {
            for visit in scores[instrument].indices {
                let more = other.scores[instrument][visit]
                scores[instrument][visit].total.merge(more.total)
                scores[instrument][visit].change.merge(more.change)
                scores[instrument][visit].responses += more.responses
                scores[instrument][visit].remissions += more.remissions
            }
        }
        for index in peaks.indices { peaks[index].merge(other.peaks[index]) }
        ends.merge(other.ends) { End(relapses: $0.relapses + $1.relapses, censored: $0.censored + $1.censored) }
        for index in sketches.indices { sketches[index].merge(other.sketches[index]) }
    }
}

/// What counts as response and remission in a row, by the scales and the estimand of the trial.
struct OutcomeRule: Sendable {
    /// By instrument.
    let remission: [Double]
    private let isComposite: Bool
    private let hours: [Int]

    init(_ design: TrialDesign, _ knowledge: TrialKnowledge) {
        remission = design.scales.map { knowledge.constants.scales[$0].remission }
        isComposite = design.specification.estimand == .composite
        hours = design.visitDays.map { Int(($0 * 24).rounded()) }
    }

    private func counts(_ row: ParticipantRow, visit: Int) -> Bool { !isComposite || row[.rescued].map { hours[visit] <= $0 } ?? true }

    /// A fall by half or more from before treatment.
    func isResponse(_ row: ParticipantRow, _ instrument: Int, visit: Int) -> Bool {
        guard let total = row.score(instrument, visit: visit), let entry = row.entry(instrument) else { return false }
        return 2 * total <= entry && counts(row, visit: visit)
    }

    func isRemission(_ row: ParticipantRow, _ instrument: Int, visit: Int) -> Bool {
        guard let total = row.score(instrument, visit: visit) else { return false }
        return Double(total) <= remission[instrument] && counts(row, visit: visit)
    }
}
