import Access
import Chart
import ClinicServer
import Crypto
import Foundation
import Guidance
import Hummingbird
import HummingbirdTesting
import Interchange
import Knowledge
import Notation
import Statistics
import Storage

/// `Benchmarks pages PATIENTS FACTS`: a store with so many patients and so many facts of each (5,000 and 1,000 when nothing is said), then the
/// time of every page of the clinic, first looked at and again. Target 100 ms each. `EUTHYMIA_STORE` names a file that is kept and used again.
func largeClinicBenchmark() async throws {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
    let (patients, facts) = (numbers.first ?? 5000, numbers.dropFirst().first ?? 1000)
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let library = try KnowledgeLibrary.shipped()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = ProcessInfo.processInfo.environment["EUTHYMIA_STORE"] ?? folder.appendingPathComponent("store.sqlite").path
    let isThere = FileManager.default.fileExists(atPath: path)
    let store = try Store.open(at: path)
    if !isThere { try fill(store, patients: patients, facts: facts, knowledge: library.base, now: now) }
    let cookie = try signInWithEveryRole(in: store, at: now)

    let opening = ContinuousClock.now
    let clinic = try Clinic(
        name: "Benchmark", isDemonstration: false, version: "0", jurisdiction: .us, store: store, knowledge: library.base,
        ledgerRules: library.ledgerRules, now: { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) })
    let application = try buildApplication(clinic, ServerOptions(port: 0))
    print("pages: the clinic opens in \(milliseconds(since: opening)) ms")
    try await application.test(.router) { client in
        let judging = ContinuousClock.now
        while case let answer = try await client.execute(uri: "/patients", method: .get, headers: [.cookie: cookie], body: nil),
            String(buffer: answer.body).contains("being judged")
        {}
        print("pages: every patient is judged for the lists in \(rounded((ContinuousClock.now - judging) / .seconds(1), places: 0)) s")
        let description = try JSONReader.read(
            String(buffer: try await client.execute(uri: "/openapi.json", method: .get, headers: [.cookie: cookie], body: nil).body))
        var worst = 0.0
        for (path, operations) in description["paths"]?.object?.members ?? [] where operations["get"] != nil && !path.hasSuffix("/live") {
            let session = "s\((facts - 5) / 20)"
            let uri = path.replacingOccurrences(of: "{patient}", with: "p\(patients / 2)").replacingOccurrences(of: "{session}", with: session)
            var times: [Double] = []
            var status = 0
            for look in 0..<6 {
                let asked = look == 0 ? uri : uri + "?look=\(look)"
                let start = ContinuousClock.now
                status = try await client.execute(uri: asked, method: .get, headers: [.cookie: cookie], body: nil).status.code
                times.append((ContinuousClock.now - start) / .milliseconds(1))
            }
            worst = max(worst, times[0])
            print(
                "  \(uri): \(status), first \(rounded(times[0], places: 1)) ms, then \(rounded(times.dropFirst().sorted()[2], places: 1)) ms (median of 5)")
        }
        print("pages: slowest of all \(rounded(worst, places: 1)) ms with \(patients) patients of \(facts) facts (target 100)")
    }
}

private func milliseconds(since start: ContinuousClock.Instant) -> Double { rounded((ContinuousClock.now - start) / .milliseconds(1), places: 0) }

/// Patients as clinics have them: histories, sessions with vital signs, scales; a few are here today.
private func fill(_ store: Store, patients: Int, facts: Int, knowledge: KnowledgeBase, now: Instant) throws {
    let begin = ContinuousClock.now
    for first in stride(from: 0, to: patients, by: 50) {
        let text = (first..<min(first + 50, patients)).flatMap { chart(of: $0, facts: facts, now: now) }.joined(separator: "\n")
        let plan = try ChartFile.plan(Array(text.utf8), name: "charts", format: .ndjson, knowledge: knowledge, now: now)
        try store.append(at: now) { appender in
            for entry in plan.entries { _ = try appender.append(entry) }
        }
        if first.isMultiple(of: 500) { FileHandle.standardError.write(Data("\r\(first) of \(patients) patients".utf8)) }
    }
    print("\rpages: \(patients * facts) facts stored in \(rounded((ContinuousClock.now - begin) / .seconds(1), places: 0)) s")
}

private func chart(of number: Int, facts: Int, now: Instant) -> [String] {
    var random = RandomStream(seed: 5, subject: UInt32(number))
    let patient = "p\(number)"
    var lines = [
        #"{"type":"patient","id":"\#(patient)","birth_date":"19\#(50 + number % 50)-04-02","sex":"\#(number.isMultiple(of: 2) ? "female" : "male")"}"#,
        #"{"type":"diagnosis","patient":"\#(patient)","time":"2023-12-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-01-01"}"#,
    ]
    for (trial, drug) in ["sertraline", "venlafaxine", "mirtazapine"].enumerated() {
        lines.append(
            #"{"type":"treatment_trial","patient":"\#(patient)","treatment":"\#(drug)","dose_mg_per_day":\#(100 + 50 * random.integer(in: 0...2)),"start":"2023-0\#(trial * 2 + 1)-01","end":"2023-0\#(trial * 2 + 2)-28","outcome":"none"}"#
        )
    }
    // Sessions of 20 facts, back from today or from some day of the last months.
    let sessions = (facts - lines.count) / 20
    let last = number < 30 ? 0.02 : Double(random.integer(in: 1...120))
    for session in 1...max(1, sessions) {
        let start = now.adding(days: -last - Double(sessions - session) * 7)
        // What is still to come today is not on record yet.
        func add(_ type: String, _ minute: Double, _ more: String) {
            let time = start.adding(minutes: minute)
            if time <= now { lines.append(#"{"type":"\#(type)","patient":"\#(patient)","time":"\#(time)","session":"s\#(session)",\#(more)}"#) }
        }
        add("session", -30, #""event":"check_in","protocol":"esk-us-trd","chair":"\#(number % 30)","escort":true"#)
        let answers = (0..<9).map { _ in String(random.integer(in: 0...2)) }.joined(separator: ",")
        add("assessment", -20, #""instrument":"PHQ-9","answers":[\#(answers)],"rater":"self""#)
        for check in 0..<3 {
            for (metric, unit, value) in [("sbp", "mm[Hg]", 124), ("dbp", "mm[Hg]", 76), ("hr", "/min", 70), ("spo2", "%", 97)] {
                add("measurement", Double(check) * 40 - 15, #""metric":"\#(metric)","value":\#(value + random.integer(in: -3...3)),"unit":"\#(unit)""#)
            }
        }
        add("session", -8, #""event":"clear""#)
        for device in 0..<2 {
            add("administration", Double(device) * 5, #""drug":"esketamine","route":"intranasal","dose":28,"unit":"mg""#)
        }
        add("assessment", 40, #""instrument":"MOAA/S","total":5,"rater":"observer""#)
        if number >= 30 || session < sessions {
            add("session", 131, #""event":"ready","gait":"steady""#)
            add("session", 134, #""event":"discharge","escort":true,"ack_no_driving":true"#)
        }
    }
    while lines.count < facts { lines.append(#"{"type":"therapy","patient":"\#(patient)","id":"t\#(lines.count)","time":"2025-03-05","modality":"CBT"}"#) }
    return Array(lines.prefix(facts))
}

/// Somebody who may open every page.
private func signInWithEveryRole(in store: Store, at now: Instant) throws -> String {
    let bytes = systemRandomBytes(32)
    let account = "everyone-\(now.milliseconds)"
    try store.append(at: now) {
        _ = try $0.append(
            AccessEvent(id: account, time: now, by: AccessEvent.system, .opened(account, name: "Everyone", roles: Set(Role.allCases))))
    }
    try store.put(SignIn(token: Array(SHA256.hash(data: bytes)), account: account, created: now, seen: now, confirmed: now))
    return "euthymia=" + hexadecimal(bytes)
}
