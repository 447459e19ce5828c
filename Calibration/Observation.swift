import Notation

/// A published row and what the model says about it.
struct Observation {
    /// Line of acute_effects.csv.
    var line: Int
    var study, drug, dose, effect, source: String
    var isRecalled: Bool
    var value: Double
    /// Of the value, in its unit, for the fit.
    var standardError: Double
    var statistic: Statistic
    /// Rows that are only compared have no part in the fit.
    var isFitted: Bool
}

/// What was measured, in whom.
enum Statistic: Equatable {
    case meanChange(Sign, atMinute: Double)
    /// The greatest of the mean changes from 30 to 40 min.
    case greatestMeanChange(Sign)
    /// The mean of everyone's highest reading within a session, each a change from the reading before the dose.
    case meanHighestReading(Sign)
    /// Percentage with at least one reading so far above the one before the dose, in four weeks.
    case everRise(Sign, by: Double)
    /// Percentage with CADSS above 4, in the first session.
    case dissociated
    /// The same at one moment.
    case dissociatedAt(minute: Double)
    /// Percentage with a session in which it happened.
    case ever(Event, sessions: Int)
    /// Percentage of sessions in which it happened.
    case session(Event)
    case peakMinute(Peak)

    enum Sign: String { case systolic, diastolic, heartRate }
    enum Event: String { case sedation, nausea }
    enum Peak: String { case dissociation, pressure, sedation }

    var words: String {
        switch self {
        case .meanChange(let sign, let minute): "mean change of \(sign.words) at \(decimal(minute)) min"
        case .greatestMeanChange(let sign): "greatest mean change of \(sign.words), 30-40 min"
        case .meanHighestReading(let sign): "mean of highest readings, \(sign.words)"
        case .everRise(let sign, let by): "rise of \(sign.words) by \(decimal(by)) or more in 4 weeks, %"
        case .dissociated: "CADSS above 4, %"
        case .dissociatedAt(let minute): "CADSS above 4 at \(decimal(minute)) min, %"
        case .ever(let event, let sessions): "\(event.rawValue) in \(sessions) sessions, % of people"
        case .session(let event): "\(event.rawValue), % of sessions"
        case .peakMinute(let peak): "time of the greatest \(peak.rawValue), min"
        }
    }
}

extension Statistic.Sign {
    var words: String { self == .heartRate ? "heart rate" : "\(rawValue) pressure" }
}

/// How the rows are read: the first rule that fits a row says what it measures.
struct ReadingRule {
    var study: String
    var effect: String
    var minute: String? = nil
    var statistic: Statistic
    /// In the row's unit; from the number of people where the row is a percentage and this is nil.
    var standardError: Double?
    var isFitted = true

    /// Where a row states no error: readings of means are taken to be good to 2 mmHg (1 where a range says so), highest readings to 1.5,
    /// heart rates to 1, times to 10 min. These, and the number of sessions (eight in four weeks, two in the first), are assumptions.
    static let all: [ReadingRule] = [
        .init(study: "Riva-Posse", effect: "sbp", statistic: .meanChange(.systolic, atMinute: 30), standardError: 2),
        .init(study: "Riva-Posse", effect: "dbp", statistic: .meanChange(.diastolic, atMinute: 30), standardError: 2),
        .init(study: "Zhou", effect: "sbp", statistic: .greatestMeanChange(.systolic), standardError: 2),
        .init(study: "Zhou", effect: "dbp", statistic: .greatestMeanChange(.diastolic), standardError: 2),
        .init(study: "Zhou", effect: "hr", statistic: .greatestMeanChange(.heartRate), standardError: 1),
        .init(study: "Doherty 2020 age 18-64", effect: "sbp", statistic: .meanHighestReading(.systolic), standardError: 1.5),
        .init(study: "Doherty 2020 age 18-64", effect: "dbp", statistic: .meanHighestReading(.diastolic), standardError: 1.5),
        .init(study: "Doherty 2020 age >=65", effect: "sbp", statistic: .meanHighestReading(.systolic), standardError: 1.5, isFitted: false),
        .init(study: "Doherty 2020 age >=65", effect: "dbp", statistic: .meanHighestReading(.diastolic), standardError: 1.5, isFitted: false),
        .init(study: "Spravato label age <65", effect: "sbp_rise>=40_pct", statistic: .everRise(.systolic, by: 40)),
        .init(study: "Spravato label age <65", effect: "dbp_rise>=25_pct", statistic: .everRise(.diastolic, by: 25)),
        .init(study: "Spravato label age >=65", effect: "sbp_rise>=40_pct", statistic: .everRise(.systolic, by: 40), isFitted: false),
        .init(study: "Spravato label age >=65", effect: "dbp_rise>=25_pct", statistic: .everRise(.diastolic, by: 25), isFitted: false),
        .init(study: "Vankawala", effect: "sbp", statistic: .meanHighestReading(.systolic), standardError: 1.13, isFitted: false),
        .init(study: "Vankawala", effect: "dbp", statistic: .meanHighestReading(.diastolic), standardError: 0.82, isFitted: false),
        .init(study: "Vankawala", effect: "hr", statistic: .meanHighestReading(.heartRate), standardError: 1.8),
        .init(study: "Spravato label", effect: "sbp", minute: "40", statistic: .meanChange(.systolic, atMinute: 40), standardError: 1),
        .init(study: "Spravato label", effect: "dbp", minute: "40", statistic: .meanChange(.diastolic, atMinute: 40), standardError: 1),
        .init(study: "Spravato label", effect: "sbp", minute: "90", statistic: .meanChange(.systolic, atMinute: 90), standardError: 1),
        .init(study: "Spravato label", effect: "dbp", minute: "90", statistic: .meanChange(.diastolic, atMinute: 90), standardError: 1),
        .init(study: "Spravato label", effect: "bp_peak_time_min", statistic: .peakMinute(.pressure), standardError: 10),
        .init(study: "Spravato TRD/MDSI program", effect: "cadss>4_pct", statistic: .dissociated, standardError: 6, isFitted: false),
        .init(study: "Spravato program", effect: "cadss_peak_time_min", statistic: .peakMinute(.dissociation), standardError: 10),
        .init(study: "TRANSFORM-1", effect: "cadss>4_pct", statistic: .dissociated),
        .init(study: "TRANSFORM-3", effect: "cadss>4_pct", statistic: .dissociated, isFitted: false),
        .init(study: "TRANSFORM-1", effect: "sedation_pct", statistic: .ever(.sedation, sessions: 8)),
        .init(study: "TRANSFORM-3", effect: "sedation_pct", statistic: .ever(.sedation, sessions: 8), isFitted: false),
        .init(study: "Spravato REMS", effect: "sedation_session_pct", statistic: .session(.sedation), standardError: 5),
        .init(study: "Spravato program", effect: "sedation_peak_min", statistic: .peakMinute(.sedation), standardError: 10),
        .init(study: "Spravato MDSI", effect: "nausea_pct", statistic: .ever(.nausea, sessions: 8)),
        .init(study: "ASPIRE-II", effect: "nausea_pct", statistic: .ever(.nausea, sessions: 8)),
        .init(study: "Janik", effect: "nausea_pct", statistic: .ever(.nausea, sessions: 8)),
        .init(study: "SUSTAIN-1/2 week 1", effect: "nausea_pct", statistic: .ever(.nausea, sessions: 2)),
    ]

    func reads(_ row: [String: String]) -> Bool {
        row["study"]?.hasPrefix(study) == true && row["effect"] == effect && (minute == nil || row["time_min"] == minute)
    }
}

extension Observation {
    /// The rows that a rule reads, and one more that the words of a row say: "resolved by 90 min".
    static func read(_ bytes: [UInt8], file: String) throws -> [Observation] {
        let table = try CSVReader.read(bytes, file: file)
        guard let header = table.first?.fields else { throw Diagnostic("calibration", at: Place(file: file), "is empty", expected: "rows") }
        var observations: [Observation] = []
        for row in table.dropFirst() {
            let cells = Dictionary(zip(header, row.fields), uniquingKeysWith: { first, _ in first })
            guard let rule = ReadingRule.all.first(where: { $0.reads(cells) }), let value = Double(cells["value"] ?? "") else { continue }
            var error = rule.standardError
            if error == nil, let people = Double(cells["n"] ?? "") {
                // A percentage of n people; a half added to either side keeps 0 % from being certain.
                let share = (value / 100 * people + 0.5) / (people + 1)
                error = 100 * (share * (1 - share) / people).squareRoot()
            }
            guard let error else {
                throw Diagnostic("calibration", at: Place(file: file, line: row.line), "states no number of people", expected: "n")
            }
            let observation = Observation(
                line: row.line, study: cells["study"] ?? "", drug: cells["drug"] ?? "", dose: cells["dose"] ?? "", effect: cells["effect"] ?? "",
                source: cells["source"] ?? "", isRecalled: cells["confidence"] == "R", value: value, standardError: error, statistic: rule.statistic,
                isFitted: rule.isFitted)
            observations.append(observation)
            if cells["effect"] == "cadss_peak_time_min", cells["spread_kind"]?.contains("resolved by 90 min") == true {
                // In few of the people: read as one in ten, give or take as much.
                var gone = observation
                (gone.value, gone.standardError, gone.statistic) = (10, 10, .dissociatedAt(minute: 90))
                observations.append(gone)
            }
        }
        return observations
    }
}
