import Chart
import Foundation
import GRDB
import Guidance
import Interchange
import Knowledge
import Notation
import RunningClinic
import Storage

/// A clinic with many sessions under way, and people signed in to work in them.
struct FullClinic {
    struct Room: Sendable {
        var patient: String
        var patientPath: String { "/patients/\(patient)" }
        var path: String { "\(patientPath)/sessions/today" }
    }

    let rooms: [Room]
    /// Of nurses and prescribers in turn: one sign-in may not ask for everything.
    let cookies: [String]

    init(_ scratch: ScratchClinic, rooms count: Int, people: Int = 120) throws {
        rooms = (0..<count).map { Room(patient: "p\($0)") }
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let lines = rooms.flatMap { Self.session(of: $0.patient, at: now) }
        let plan = try ChartFile.plan(
            Array(lines.joined(separator: "\n").utf8), name: "rooms", format: .ndjson, knowledge: try KnowledgeBase.shipped(), now: now)
        let store = try Store.open(at: scratch.path)
        try store.append(at: now) { appender in
            for entry in plan.entries { _ = try appender.append(entry) }
        }
        cookies = try (0..<people).map { try scratch.employ("person-\($0)", $0.isMultiple(of: 2) ? .nurse : .prescriber) }
    }

    /// A second session of nasal esketamine, 20 minutes after the last device, and the first one three days before.
    private static func session(of patient: String, at now: Instant) -> [String] {
        func session(_ name: String, from start: Instant) -> [String] {
            func at(_ minute: Double) -> String { #""patient":"\#(patient)","time":"\#(start.adding(minutes: minute))","session":"\#(name)""# }
            func vital(_ minute: Double, _ metric: String, _ value: Int, _ unit: String) -> String {
                #"{"type":"measurement",\#(at(minute)),"metric":"\#(metric)","value":\#(value),"unit":"\#(unit)"}"#
            }
            return [
                #"{"type":"session",\#(at(0)),"event":"check_in","protocol":"esk-us-trd","chair":"\#(patient.dropFirst())","escort":true,"minutes_since_food":150,"minutes_since_liquid":45,"minutes_since_nasal":90}"#,
                vital(2, "sbp", 124, "mm[Hg]"), vital(2, "dbp", 78, "mm[Hg]"), vital(2, "hr", 72, "/min"), vital(2, "spo2", 97, "%"),
                #"{"type":"session",\#(at(5)),"event":"clear"}"#,
                #"{"type":"administration",\#(at(10)),"drug":"esketamine","route":"intranasal","dose":28,"unit":"mg"}"#,
                #"{"type":"administration",\#(at(15)),"drug":"esketamine","route":"intranasal","dose":28,"unit":"mg"}"#,
            ]
        }
        let earlier = session("earlier", from: now.adding(days: -3)).map { $0.replacingOccurrences(of: #","chair":"\#(patient.dropFirst())""#, with: "") }
        return [
            #"{"type":"patient","id":"\#(patient)","birth_date":"1979-04-02","sex":"female"}"#,
            #"{"type":"diagnosis","patient":"\#(patient)","time":"2023-12-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-01-01"}"#,
        ] + earlier
            + [
                #"{"type":"session","patient":"\#(patient)","time":"\#(now.adding(days: -3).adding(minutes: 140))","session":"earlier","event":"discharge","escort":true}"#
            ] + session("today", from: now.adding(minutes: -35))
    }
}

/// Inserts a second of a bare loop: one row, one transaction, as durable as the clinic's store.
func bareInserts(in folder: URL, for time: Duration, bytes: Int) throws -> Double {
    var configuration = Configuration()
    configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
    }
    let queue = try DatabaseQueue(path: folder.appendingPathComponent("bare.sqlite").path, configuration: configuration)
    try queue.write { try $0.execute(sql: "CREATE TABLE entry (seq INTEGER PRIMARY KEY, payload TEXT NOT NULL)") }
    let payload = String(repeating: "x", count: bytes)
    let start = ContinuousClock.now
    var count = 0
    while ContinuousClock.now - start < time {
        try queue.write { try $0.cachedStatement(sql: "INSERT INTO entry (payload) VALUES (?)").execute(arguments: [payload]) }
        count += 1
    }
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
}

/// Facts a second that many append to a store of their own, each waiting until the disk has it.
func queuedEntries(in folder: URL, for time: Duration, atOnce: Int) async throws -> Double {
    let store = try Store.open(at: folder.appendingPathComponent("queued.sqlite").path)
    let queue = EntryQueue(store)
    let knowledge = try KnowledgeBase.shipped()
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    func fact(_ id: String) throws -> FiledFact {
        let text =
            #"{"type":"measurement","id":"\#(id)","patient":"p","time":"\#(now)","metric":"hr","value":72,"unit":"/min","author":"nurse","recorded":"\#(now)"}"#
        guard let entry = try ChartFile.plan(Array(text.utf8), name: "fact", format: .ndjson, knowledge: knowledge, now: now).entries.first else {
            throw CancellationError()
        }
        return entry
    }
    let template = try fact("template")
    let start = ContinuousClock.now
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
        for worker in 0..<atOnce {
            group.addTask {
                var count = 0
                while ContinuousClock.now - start < time {
                    var entry = template
                    entry.fact = "w\(worker)-\(count)"
                    let one = entry
                    _ = try await queue.append(at: now) { try $0.append(one) }
                    count += 1
                }
                return count
            }
        }
        return try await group.reduce(0, +)
    }
    return Double(count) / ((ContinuousClock.now - start) / .seconds(1))
}
