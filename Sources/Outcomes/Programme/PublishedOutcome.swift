import Notation

/// One published figure of a trial or a cohort, as the knowledge's table has it.
public struct PublishedOutcome: Sendable, Equatable {
    public enum Statistic: String, Sendable { case response = "response_pct", remission = "remission_pct", relapse = "relapse_pct" }

    public var trial: String
    public var arm: String
    public var schedule: String
    public var scale: String
    /// Days from the first dose, of a relapse from the response.
    public var day: Int
    public var people: Int?
    /// Per cent.
    public var value: Double
    public var statistic: Statistic
    /// What the figure was read in.
    public var source: String
    /// From background knowledge, not verified against a source.
    public var isRecalled: Bool

    /// The figures of ketamine and esketamine that a programme can be held beside: shares with a time.
    public static func read(_ bytes: [UInt8], file: String) throws(Diagnostic) -> [PublishedOutcome] {
        let table = try CSVReader.read(bytes, file: file)
        guard let head = table.first else { return [] }
        let columns = Dictionary(head.fields.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return table.dropFirst().compactMap { record in
            func field(_ name: String) -> String { columns[name].flatMap { $0 < record.fields.count ? record.fields[$0] : nil } ?? "" }
            guard let statistic = Statistic(rawValue: field("statistic")), let day = Double(field("time_days")), day >= 1, let value = Double(field("value")),
                ["ketamine", "esketamine"].contains(field("drug")), !["difference", "nonresponders"].contains(where: field("arm").contains)
            else { return nil }
            return PublishedOutcome(
                trial: field("trial"), arm: field("arm"), schedule: field("schedule"), scale: field("scale"), day: Int(day.rounded()), people: Int(field("n")),
                value: value, statistic: statistic, source: field("source"), isRecalled: field("confidence") == "R")
        }
    }
}
