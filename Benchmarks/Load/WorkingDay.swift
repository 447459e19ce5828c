import Foundation
import Notation
import Synchronization

/// All rooms in use: each listened to, with a vital sign every five seconds; pages looked at all the time; now and then an alarm.
struct WorkingDay: Sendable {
    let browsers: Browsers
    let seconds: Double
    private static let betweenVitals = 5.0
    private static let viewsPerSecond = 50.0

    /// What was measured, in milliseconds.
    struct Report: CustomStringConvertible {
        var acknowledgements: [Double] = []
        var views: [Double] = []
        /// From the entry to the other browser: in the room, on the board.
        var roomAlarms: [Double] = []
        var boardAlarms: [Double] = []
        var errors = 0

        var description: String {
            """
            entries: \(Self.line(acknowledgements)) (target p99 50 ms)
            views: \(Self.line(views))
            alarms in another browser's room: \(Self.line(roomAlarms)); on the board: \(Self.line(boardAlarms)) (target 1000 ms)
            errors: \(errors)
            """
        }

        private static func line(_ times: [Double]) -> String {
            func quantile(_ p: Double) -> String { String(rounded(times[min(times.count - 1, Int(p * Double(times.count)))], places: 1)) }
            return times.isEmpty ? "none" : "\(times.count), median \(quantile(0.5)), p99 \(quantile(0.99)), worst \(quantile(1)) ms"
        }
    }

    private final class Measured: Sendable {
        let report = Mutex(Report())

        func time(_ key: WritableKeyPath<Report, [Double]> & Sendable, _ ask: () async throws -> Bool) async {
            let start = ContinuousClock.now
            let isAnswered = (try? await ask()) ?? false
            let took = (ContinuousClock.now - start) / .milliseconds(1)
            report.withLock {
                if isAnswered { $0[keyPath: key].append(took) } else { $0.errors += 1 }
            }
        }
    }

    func run() async throws -> Report {
        let measured = Measured()
        let heard = Heard()
        let rooms = browsers.clinic.rooms
        let people = browsers.people
        let connections = Browsers.client(connections: rooms.count + 10)
        let listeners = browsers.with(connections)
        let listening = Task {
            await withTaskGroup(of: Void.self) { group in
                for (number, room) in rooms.enumerated() {
                    group.addTask {
                        try? await listeners.listen(room.path + "/room/live", as: people[(number + 1) % people.count]) { heard.hear($0, in: room.patient) }
                    }
                }
                group.addTask { try? await listeners.listen("/board/live", as: people[1]) { heard.hear($0, in: nil) } }
            }
        }
        try await Task.sleep(for: .seconds(5))
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, room) in rooms.enumerated() {
                group.addTask {
                    var next = start + .seconds(Self.betweenVitals * Double(number) / Double(rooms.count))
                    while next < end {
                        try await Task.sleep(until: next)
                        let value = Int.random(in: 64...96)
                        await measured.time(\.acknowledgements) { try await browsers.enter(["hr": value], in: room, as: people[number % people.count]) }
                        next += .seconds(Self.betweenVitals)
                    }
                }
            }
            group.addTask {
                try await withThrowingTaskGroup(of: Void.self) { views in
                    var number = 0
                    while case let at = start + .seconds(Double(number) / Self.viewsPerSecond), at < end {
                        try await Task.sleep(until: at)
                        let room = rooms[number * 7 % rooms.count]
                        let path = ["/board", "/patients", room.patientPath, room.path + "/room"][number % 4]
                        let person = people[number % people.count]
                        views.addTask { await measured.time(\.views) { try await browsers.get(path, as: person) == 200 } }
                        number += 1
                    }
                    try await views.waitForAll()
                }
            }
            group.addTask {
                // Each alarm in a room that had none.
                for (number, room) in rooms.enumerated() {
                    let at = start + .seconds(1 + 1.7 * Double(number))
                    guard at < end else { break }
                    try await Task.sleep(until: at)
                    let entered = ContinuousClock.now
                    heard.await(room.patient)
                    guard try await browsers.enter(["sbp": 182, "dbp": 112], in: room, as: people[number % people.count]) else { continue }
                    try await Task.sleep(for: .seconds(1.5))
                    let times = heard.times(room.patient)
                    func milliseconds(_ time: ContinuousClock.Instant?) -> Double { time.map { ($0 - entered) / .milliseconds(1) } ?? .infinity }
                    measured.report.withLock {
                        $0.roomAlarms.append(milliseconds(times.room))
                        $0.boardAlarms.append(milliseconds(times.board))
                    }
                }
            }
            try await group.waitForAll()
        }
        listening.cancel()
        try await connections.shutdown()
        return measured.report.withLock { report in
            for key in [\Report.acknowledgements, \.views, \.roomAlarms, \.boardAlarms] { report[keyPath: key].sort() }
            return report
        }
    }
}

/// When an alarm was first seen by others.
private final class Heard: Sendable {
    private struct Waiting {
        var room: ContinuousClock.Instant?
        var board: ContinuousClock.Instant?
    }

    private let waiting = Mutex<[String: Waiting]>([:])

    func await(_ patient: String) { waiting.withLock { $0[patient] = Waiting() } }

    /// - Parameter patient: in whose room; nil on the board.
    func hear(_ text: String, in patient: String?) {
        guard text.contains("182") else { return }
        let now = ContinuousClock.now
        waiting.withLock { waiting in
            if let patient {
                if waiting[patient]?.room == nil { waiting[patient]?.room = now }
            } else {
                for (patient, times) in waiting where times.board == nil && text.contains("/patients/\(patient)/") { waiting[patient]?.board = now }
            }
        }
    }

    func times(_ patient: String) -> (room: ContinuousClock.Instant?, board: ContinuousClock.Instant?) {
        waiting.withLock { ($0[patient]?.room, $0[patient]?.board) }
    }
}
