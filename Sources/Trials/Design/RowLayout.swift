/// Everything a trial learns of one participant, as a row of whole numbers: all that follows - tallies, analyses, parts of shards - is a
/// function of rows, and whole numbers add up to the same bytes in any order.
struct RowLayout: Sendable, Equatable {
    /// What stands once in a row; hours count from randomisation.
    enum Column: Int, CaseIterable {
        /// How many were looked at until this one was randomised; 0: nobody qualified, and the row is empty.
        case candidates
        /// When they left.
        case left
        case rescued
        /// From when they could relapse, until when that was followed, and whether it came: 0 no, 1 by ratings, 2 by an event.
        case atRisk, relapseEnd, relapse
        /// Of drug, attended; and visits missed.
        case sessions, missed
        case hundredthsOfMilligram
        case tenthsOfDissociationMinute
        /// The greatest CADSS of any session, in tenths; and of systolic rise, in tenths of mmHg.
        case greatestDissociation, greatestRise
        /// Sessions with a pressure event.
        case pressureEvents
        /// Days in remission after randomisation, of the whole time.
        case wellDays
    }

    let instruments: Int
    /// The beginning included.
    let visits: Int
    let sessions: Int

    /// Stands where there is no value.
    static let none = Int32.min

    var width: Int { Column.allCases.count + instruments * (1 + visits) + sessions }

    /// The rating before all treatment.
    func entry(_ instrument: Int) -> Int { Column.allCases.count + instrument * (1 + visits) }

    func score(_ instrument: Int, visit: Int) -> Int { entry(instrument) + 1 + visit }

    /// The CADSS peak of the n-th session attended, in tenths.
    func peak(session: Int) -> Int { Column.allCases.count + instruments * (1 + visits) + session }
}

/// A row, read.
struct ParticipantRow {
    let layout: RowLayout
    let values: ArraySlice<Int32>

    private func value(_ index: Int) -> Int? {
        let value = values[values.startIndex + index]
        return value == RowLayout.none ? nil : Int(value)
    }

    subscript(column: RowLayout.Column) -> Int? { value(column.rawValue) }

    var isThere: Bool { (self[.candidates] ?? 0) > 0 }

    func entry(_ instrument: Int) -> Int? { value(layout.entry(instrument)) }
    func score(_ instrument: Int, visit: Int) -> Int? { value(layout.score(instrument, visit: visit)) }
    func peak(session: Int) -> Int? { value(layout.peak(session: session)) }
}
