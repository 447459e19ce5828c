import Chart
import Foundation
import Guidance
import Knowledge
import Notation
import Outcomes
import Statistics
import Storage

/// `Benchmarks outcomes CHARTS FACTS`: makes the rows of so many charts of so many facts (5,000 and 200 when nothing is said), and draws the report of
/// 100,000 charts from rows that are up to date. Targets: 20,000,000 facts in less than 60 s, the report in less than 2 s.
func outcomesBenchmark() throws {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
    let (charts, facts) = (numbers.first ?? 5000, numbers.dropFirst().first ?? 200)
    let now = Instant(milliseconds: 1_795_694_400_000)
    let knowledge = try KnowledgeLibrary.shipped().base
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try Store.open(at: folder.appendingPathComponent("store.sqlite").path)
    /// Of all cores together, as the system counts it: what the work costs, also on a machine that does other things.
    func processorSeconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }

    var start = ContinuousClock.now
    for first in stride(from: 0, to: charts, by: 500) {
        try store.append(at: now) { appender in
            for number in first..<min(first + 500, charts) {
                for fact in try OutcomeCharts.facts(of: number, count: facts, now: now) { _ = try appender.append(fact) }
            }
        }
    }
    print("outcomes: \(charts * facts) facts of \(charts) charts stored in \(rounded(seconds(since: start), places: 1)) s")

    let projection = OutcomeProjection(store: store, site: "Site", knowledge: knowledge, jurisdiction: .us)
    start = ContinuousClock.now
    var spent = processorSeconds()
    try projection.refresh(at: now)
    let (rebuilding, cost) = (seconds(since: start), processorSeconds() - spent)
    let rate = Double(charts * facts) / rebuilding
    print(
        "outcomes: every row made in \(rounded(rebuilding, places: 1)) s, \(Int(rate)) facts/s; 20,000,000 facts at that rate take \(rounded(20_000_000 / rate, places: 0)) s "
            + "(target 60 s); \(rounded(cost * 20_000_000 / Double(charts * facts), places: 0)) s of one core")

    // Rows of 100,000 charts: those there are, again and again, each under a patient of its own with one fact.
    let rows = try projection.rows(at: now).rows
    let bytes = rows.reduce(0) { $0 + $1.outcome.bytes.count } / max(1, rows.count)
    let many = 100_000
    let large = try Store.open(at: folder.appendingPathComponent("large.sqlite").path)
    try large.append(at: now) { appender in
        for number in 0..<many { for fact in try OutcomeCharts.facts(of: number, count: 1, now: now) { _ = try appender.append(fact) } }
    }
    let reading = OutcomeProjection(store: large, site: "Site", knowledge: knowledge, jurisdiction: .us)
    let copies = (0..<many).map { number in reading.row(OutcomeCharts.name(number), rows[number % rows.count].outcome, facts: 1) }
    try large.put(copies)
    let published = try PublishedOutcome.read(try KnowledgeLibrary.publishedOutcomes(), file: "trial_outcomes.csv")
    for round in 1...3 {
        start = ContinuousClock.now
        spent = processorSeconds()
        let (found, unread) = try reading.rows(at: now)
        let read = seconds(since: start)
        let report = Programme(rows: found, asOf: now, knowledge: knowledge, published: published, unread: unread).report
        let size = report.html().utf8.count
        print(
            "outcomes: report \(round) over \(found.count) charts in \(rounded(seconds(since: start), places: 2)) s (\(rounded(processorSeconds() - spent, places: 2)) s of one core), \(rounded(read, places: 2)) s of it reading rows of "
                + "\(bytes) bytes; HTML of \(size / 1000) kB (target 2 s)")
    }
}

/// Invented charts for measuring: a session of twenty facts a week, scores that fall and rise again.
private enum OutcomeCharts {
    static func name(_ number: Int) -> String { "p\(1_000_000 + number)" }

    static func facts(of number: Int, count: Int, now: Instant) throws -> [FiledFact] {
        var random = RandomStream(seed: 11, subject: UInt32(number))
        let patient = name(number)
        var lines: [(kind: FactKind, time: Instant?, text: String)] = [
            (.patient, nil, #""type":"patient","birth_date":"19\#(50 + number % 50)-04-02","sex":"\#(number.isMultiple(of: 3) ? "male" : "female")""#)
        ]
        let sessions = max(0, count - 5) / 20
        let first = now.adding(days: -Double(sessions * 5 + random.integer(in: 1...600)))
        func add(_ kind: FactKind, _ time: Instant, _ text: String, key: String = "time") {
            lines.append((kind, time, #""type":"\#(kind.rawValue)","\#(key)":"\#(time)",\#(text)"#))
        }
        if count > 5 {
            add(.diagnosis, first.adding(days: -60), #""code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2020-01-01""#)
            for drug in ["sertraline", "venlafaxine"] {
                lines.append(
                    (
                        .treatmentTrial, nil,
                        #""type":"treatment_trial","treatment":"\#(drug)","dose_mg_per_day":150,"start":"2021-01-01","end":"2021-04-01","outcome":"none","adherence":"adequate""#
                    ))
            }
        }
        let (baseline, depth, site) = (28 + random.integer(in: 0...12), random.uniform(), random.integer(in: 1...12))
        let isNasal = random.chance(0.6)
        for session in 0..<sessions {
            // In one session of twenty the pressure is an event.
            let strain = random.chance(0.05) ? 50 : 0
            let start = first.adding(days: Double(session * 5))
            let name = #""session":"s\#(session)""#
            func at(_ minute: Double) -> Instant { start.adding(minutes: minute) }
            add(
                .session, at(-30),
                #"\#(name),"event":"check_in","protocol":"\#(isNasal ? "esk-us-trd" : "ket-iv-standard")","site":"Site \#(site)","escort":true"#)
            let better = Double(baseline) * depth * min(1, Double(session) / 5)
            add(.assessment, at(-20), #""instrument":"MADRS","total":\#(max(0, baseline - Int(better) + random.integer(in: -3...3))),"rater":"clinician""#)
            for check in 0..<3 {
                for (metric, unit, usual) in [("sbp", "mm[Hg]", 134), ("dbp", "mm[Hg]", 80), ("hr", "/min", 70), ("spo2", "%", 97)] {
                    let value = usual + random.integer(in: -3...3) * (metric == "sbp" ? 5 : 1) + (metric == "sbp" && check == 1 ? strain : 0)
                    add(
                        .measurement, at(Double(check) * 40 - 15),
                        #"\#(name),"metric":"\#(metric)","value":\#(value),"unit":"\#(unit)""#)
                }
            }
            add(
                .administration, at(0),
                isNasal
                    ? #"\#(name),"drug":"esketamine","route":"intranasal","dose":56,"unit":"mg""#
                    : #"\#(name),"drug":"ketamine","route":"intravenous","dose":40,"unit":"mg","duration_min":40"#)
            add(.assessment, at(40), #"\#(name),"instrument":"MOAA/S","total":5,"rater":"observer""#)
            add(.adverseEvent, at(20), #"\#(name),"term":"dissociation","severity":"mild","serious":false"#, key: "onset")
            if number.isMultiple(of: 2) {
                add(.therapy, at(300), #""modality":"CBT","duration_min":50"#)
            } else {
                add(.session, at(130), #"\#(name),"event":"ready""#)
            }
            add(.session, at(134), #"\#(name),"event":"discharge","escort":true"#)
        }
        while lines.count < count { add(.therapy, first.adding(days: -1), #""modality":"CBT","duration_min":\#(20 + lines.count % 40)"#) }
        return try lines.prefix(count).enumerated().map { index, line in
            let id = index == 0 ? patient : "f\(index)"
            let payload = try JSONReader.read(#"{"id":"\#(id)","patient":"\#(patient)",\#(line.text)}"#).canonical
            return FiledFact(patient: patient, fact: id, kind: line.kind, observed: line.time, recorded: nil, payload: payload)
        }
    }
}
