import Chart
import Notation

/// The depressive episode under treatment, as far as the chart states it.
public struct Episode: Sendable, Equatable {
    /// Nil when the chart does not say when it began.
    public var start: Moment?
    public var severity: EpisodeSeverity?
    public var psychotic: Bool?
    /// Diagnoses it was read from.
    public var because: [FactID]

    /// The latest depressive diagnosis still open at the view's time decides; severity codes fill in what it leaves out.
    public static func current(in view: ChartView, codeSets: [String: CodeSet]) -> Episode? {
        let open = view.diagnoses.filter { $0.body.end == nil }
        guard let latest = open.last else { return nil }
        func named(_ set: String) -> Bool { codeSets[set]?.contains(code: latest.body.code, name: latest.body.name) ?? false }
        let coded = EpisodeSeverity.allCases.first { named("depression_\($0.rawValue)") }
        let psychotic = named("depression_psychotic") ? true : nil
        // An older open diagnosis may be the one that states the onset.
        let onset = open.last { $0.body.episodeStart != nil }
        return Episode(
            start: onset?.body.episodeStart, severity: latest.body.severity ?? coded ?? (psychotic == true ? .severe : nil),
            psychotic: latest.body.psychotic ?? psychotic, because: unique([latest.id] + (onset.map { [$0.id] } ?? [])))
    }
}
