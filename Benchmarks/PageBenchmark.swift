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

/// The page of a patient with 2,000 facts, from the store to HTML, without a socket: median and worst of 40.
func pageBenchmark() async throws {
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let library = try KnowledgeLibrary.shipped()
    let knowledge = library.base
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try Store.open(at: folder.appendingPathComponent("store.sqlite").path)
    let plan = try ChartFile.plan(Array(chart(now).utf8), name: "chart", format: .ndjson, knowledge: knowledge, now: now)
    try store.append(at: now) { appender in
        for entry in plan.entries { _ = try appender.append(entry) }
    }
    let cookie = try signIn(.prescriber, in: store, at: now)
    let clinic = try Clinic(
        name: "Benchmark", isDemonstration: false, version: "0", jurisdiction: .us, store: store, knowledge: knowledge,
        ledgerRules: library.ledgerRules, now: { now })
    let application = try buildApplication(clinic, ServerOptions(port: 0))
    try await application.test(.router) { client in
        var times: [Double] = []
        var size = 0
        for _ in 0..<41 {
            let start = ContinuousClock.now
            let answer = try await client.execute(uri: "/patients/p1", method: .get, headers: [.cookie: cookie], body: nil)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            guard answer.status == .ok else { throw CancellationError() }
            size = answer.body.readableBytes
        }
        times = times.dropFirst().sorted()
        print(
            "page: patient with \(plan.entries.count) facts in \(rounded(times[20], places: 1)) ms (median), \(rounded(times[39], places: 1)) ms (worst of 40); \(size / 1000) kB"
        )
    }
}

/// Somebody with a role, signed in: the cookie of their browser.
func signIn(_ role: Role, in store: Store, at now: Instant) throws -> String {
    let bytes = systemRandomBytes(32)
    try store.append(at: now) {
        _ = try $0.append(AccessEvent(id: role.rawValue, time: now, by: AccessEvent.system, .opened(role.rawValue, name: role.title, roles: [role])))
    }
    try store.put(SignIn(token: Array(SHA256.hash(data: bytes)), account: role.rawValue, created: now, seen: now, confirmed: now))
    return "euthymia=" + hexadecimal(bytes)
}

/// Two years of treatment with eight vital signs a session.
private func chart(_ now: Instant) -> String {
    var random = RandomStream(seed: 2, subject: 0)
    var lines = [
        #"{"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}"#,
        #"{"type":"diagnosis","time":"2023-12-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-01-01"}"#,
    ]
    for (number, drug) in ["sertraline", "venlafaxine", "nortriptyline", "mirtazapine"].enumerated() {
        lines.append(
            #"{"type":"treatment_trial","treatment":"\#(drug)","dose_mg_per_day":150,"start":"2023-0\#(number * 2 + 1)-01","end":"2023-0\#(number * 2 + 2)-28","outcome":"none"}"#
        )
    }
    var session = 0
    while lines.count < 2000 {
        session += 1
        let start = now.adding(days: -730 + Double(session) * 4)
        func time(_ minutes: Double) -> String { start.adding(minutes: minutes).description }
        for check in 0..<2 {
            for (metric, unit, value) in [("sbp", "mm[Hg]", 120), ("dbp", "mm[Hg]", 75), ("hr", "/min", 70), ("spo2", "%", 97)] {
                lines.append(
                    #"{"type":"measurement","time":"\#(time(Double(check) * 40))","metric":"\#(metric)","value":\#(value + random.integer(in: -3...3)),"unit":"\#(unit)","session":"s\#(session)"}"#
                )
            }
        }
        lines.append(
            #"{"type":"assessment","time":"\#(time(-20))","instrument":"PHQ-9","answers":[\#((0..<9).map { _ in String(random.integer(in: 0...3)) }.joined(separator: ","))],"rater":"self"}"#
        )
        lines.append(#"{"type":"assessment","time":"\#(time(-10))","instrument":"MADRS","total":\#(random.integer(in: 5...40)),"rater":"clinician"}"#)
        lines.append(
            #"{"type":"administration","session":"s\#(session)","time":"\#(time(1))","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40}"#
        )
        lines.append(
            #"{"type":"adverse_event","session":"s\#(session)","term":"dissociation","onset":"\#(time(10))","resolved":"\#(time(50))","severity":"mild"}"#)
    }
    return lines.prefix(2000).joined(separator: "\n")
}
