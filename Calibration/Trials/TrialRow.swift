import Forecast
import Foundation
import Notation
import Pharmacology

/// One published row of trial_outcomes.csv.
struct TrialRow {
    enum Statistic { case mean, change, response, remission, relapse }
    enum Use { case fit, compare }

    var line: Int
    var trial, arm, drug, route, dose, unit, schedule, scale, kind: String
    var day: Double
    var people: Double?
    var value: Double
    /// As printed, where the row gives one for its value.
    var spread: Double?
    var spreadKind: String
    var isRecalled: Bool
    var statistic: Statistic
    var use: Use

    /// Reads the rows that the model can speak of; rows of other drugs, other scales, contrasts and time to relapse are left out.
    static func read(_ bytes: [UInt8], file: String) throws -> (rows: [TrialRow], left: Int) {
        let table = try CSVReader.read(bytes, file: file)
        guard let head = table.first else { return ([], 0) }
        let columns = Dictionary(head.fields.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var rows: [TrialRow] = []
        for record in table.dropFirst() {
            func field(_ name: String) -> String { columns[name].flatMap { $0 < record.fields.count ? record.fields[$0] : nil } ?? "" }
            if let row = relapse(field, line: record.line) { rows.append(row) }
            guard let statistic = Self.statistic(field("statistic")), let day = Double(field("time_days")), day > 0, !field("spread_kind").contains("OP/MAINT"),
                !field("schedule").contains("short course"), let value = Double(field("value")),
                ["ketamine", "esketamine", "placebo", "midazolam", "saline or midazolam"].contains(field("drug")), scaleName(field("scale")) != nil,
                !["difference", "vs", "responders", "remitters", "after ketamine", "nonresponders"].contains(where: field("arm").contains)
            else { continue }
            rows.append(
                TrialRow(
                    line: record.line, trial: field("trial"), arm: field("arm"), drug: field("drug"), route: field("route"), dose: field("dose"),
                    unit: field("dose_unit"), schedule: field("schedule"), scale: field("scale"), kind: field("statistic"), day: day,
                    people: Double(field("n")), value: value, spread: Double(field("spread")), spreadKind: field("spread_kind"),
                    isRecalled: field("confidence") == "R", statistic: statistic, use: use(field)))
        }
        return (rows, table.count - 1 - rows.count)
    }

    /// The day on which responders were told from others, of a relapse row.
    var courseEnd: Double { TrialArm(row: self, largest: 0).visits.last.map { $0 + 1 } ?? 1 }

    /// After a course without more: who responded, the course, and on which scale. A median is half of them on that day.
    private static let withdrawals: [(trial: String, arm: String, schedule: String, scale: String)] = [
        ("Murrough2013-serial", "responders", "6 infusions over 12 days", "MADRS"), ("aanhetRot2010", "ketamine", "6 infusions over 12 days", "MADRS"),
        ("Mathew2010", "placebo after", "single", "MADRS"), ("McInnes2022", "responders", "4-8 infusions in 7-28 d", "PHQ-9"),
        ("Wilkinson2017-CBT", "responders", "4 infusions 2 wk", "MADRS"),
    ]

    private static func relapse(_ field: (String) -> String, line: Int) -> TrialRow? {
        let isMedian = field("statistic") == "median_days"
        guard isMedian || field("statistic") == "relapse_pct", let value = Double(field("value")),
            let withdrawal = withdrawals.first(where: { field("trial") == $0.trial && field("arm").hasPrefix($0.arm) }),
            let after = isMedian ? value : Double(field("time_days"))
        else { return nil }
        var row = TrialRow(
            line: line, trial: field("trial"), arm: field("arm"), drug: field("drug"), route: field("route"), dose: field("dose"), unit: field("dose_unit"),
            schedule: withdrawal.schedule, scale: withdrawal.scale, kind: isMedian ? "relapsed by the median, %" : "relapsed, %", day: 0,
            people: Double(field("n")),
            value: isMedian ? 50 : value, spread: nil, spreadKind: "", isRecalled: field("confidence") == "R", statistic: .relapse, use: .fit)
        row.day = 1000
        row.day = row.courseEnd + after
        return row
    }

    private static func statistic(_ name: String) -> Statistic? {
        switch name {
        case "mean": .mean
        case "change": .change
        case "response_pct": .response
        case "remission_pct": .remission
        default: nil
        }
    }

    /// Rows that repeat others (LOCF beside observed, pooled beside single trials, meta-analyses of them), that hold at endpoints of flexible
    /// schedules or in people chosen for what came before are compared only.
    private static func use(_ field: (String) -> String) -> Use {
        let repeats = ["pooled by sex", "TRANSFORM-1+2 pooled", "Han2016", "USPI"].contains(where: field("trial").contains) || field("arm").contains("LOCF")
        let chosen =
            field("schedule").contains("period 2") || (Double(field("time_days")) ?? 0) > 35 || field("spread_kind").contains("maintained")
            || field("spread_kind").contains("any time") || field("schedule").contains("short course") || field("trial").hasPrefix("SUSTAIN-3")
        return repeats || chosen ? .compare : .fit
    }

    /// The model's scale that stands for a published one; nil where none does.
    static func scaleName(_ scale: String) -> String? {
        if scale.hasPrefix("MADRS"), !scale.contains("SI") { return "MADRS" }
        if scale.hasPrefix("HDRS") || scale.hasPrefix("HAM") { return "HAM-D17" }
        return ["PHQ-9", "QIDS-SR16"].contains(scale) ? scale : scale == "mixed" ? "MADRS" : nil
    }
}

/// What an arm received, as its row tells it.
struct TrialArm {
    var row: TrialRow
    /// Of the largest arm of the trial.
    var largest: Double

    var isControl: Bool { !["ketamine", "esketamine"].contains(row.drug) }

    /// Days of visits with a dose, or with what stands for one.
    var visits: [Double] {
        let text = row.schedule
        let last = row.day
        func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        let pattern: [Double]
        if text.hasPrefix("single") {
            pattern = [0]
        } else if has("period") {
            pattern = [0, 3]
        } else if has("3x/week", "6 infusions") {
            pattern = Self.weekly([0, 2, 4], weeks: 8)
        } else if has("4 infusions") {
            pattern = Self.weekly([0, 3], weeks: 2)
        } else if has("4-8 infusions") {
            pattern = Self.weekly([0, 3], weeks: 3)
        } else if has("2x/week", "induction", "flexible", "per USPI") {
            pattern = Self.weekly([0, 3], weeks: 4) + stride(from: 28.0, through: 56, by: 7) + stride(from: 70.0, through: 1400, by: 14)
        } else {
            pattern = [0]
        }
        let most = has("6 infusions", "x3", "3 wk") ? 6 : has("up to 12") ? 12 : Int.max
        return Array(pattern.filter { $0 < last }.prefix(most))
    }

    private static func weekly(_ days: [Double], weeks: Int) -> [Double] { (0..<weeks).flatMap { week in days.map { Double(7 * week) + $0 } } }

    /// How sure people were to receive the drug: less on saline, where nothing is felt, than on midazolam; sure where everybody knew.
    func belief(controlled: Bool, _ assumed: TrialAssumptions) -> Double {
        switch row.drug {
        case "placebo": assumed.belief.placebo
        case "midazolam": assumed.belief.midazolam
        case "saline or midazolam": assumed.belief.mixed
        default: controlled ? assumed.belief.controlled : assumed.belief.open
        }
    }

    /// Milligrams: the middle of a range, of 70 kg where it is by weight.
    var milligrams: Double? {
        let numbers = row.dose.split(whereSeparator: { "/-".contains($0) }).compactMap { Double($0) }
        guard !numbers.isEmpty else { return row.drug == "esketamine" && row.dose.isEmpty ? 70 : nil }
        let middle = numbers.reduce(0, +) / Double(numbers.count)
        return row.unit.hasPrefix("mg/kg") ? middle * 70 : middle
    }

    func cause() -> OccupancyModel.Cause? {
        guard !isControl, let drug = Drug(rawValue: row.drug), let milligrams else { return nil }
        let routes: [(String, Route)] = [("IN", .intranasal), ("SC", .subcutaneous), ("IM", .intramuscular), ("oral", .oral)]
        let route = routes.first { row.route.hasPrefix($0.0) }?.1 ?? .intravenous
        return .init(drug: drug, route: route, milligrams: milligrams, durationMinutes: route == .intravenous ? 40 : nil)
    }

    func history(area: Double, controlled: Bool, _ assumed: TrialAssumptions) -> SymptomHistory {
        SymptomHistory(
            doses: isControl ? [] : visits.map { .init(day: $0, occupancyHours: area) },
            antidepressantStarts: row.schedule.contains("new oral AD") || row.trial.hasPrefix("SUSTAIN-2") ? [0] : [],
            belief: belief(controlled: controlled, assumed), visits: isControl ? visits : [])
    }
}
