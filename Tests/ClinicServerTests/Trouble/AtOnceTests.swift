import Chart
import Guidance
import Notation
import Testing

@testable import ClinicServer

/// Two people, one session, the same instant.
@Suite struct AtOnceTests {
    static let room = "/patients/p1/sessions/s1"
    static let vitals = ["sbp": "128", "dbp": "80", "hr": "72", "spo2": "98", "rr": "14", "moaas": "5", "cadss23": "0"]
    static let device = ["drug": "esketamine", "route": "intranasal", "dose": "28", "unit": "mg", "lot": "E1"]

    /// Whoever comes second is asked, however close behind.
    @Test func theSameReadingAtTheSameInstantIsAskedAbout() async throws {
        let test = try TestClinic(SessionFacts.arrived)
        let seen = test.now.description
        test.advance(minutes: 1)
        for round in 0..<20 {
            let form = ["sbp": "128", "dbp": "80", "seen": test.now.description]
            test.advance(minutes: 1)
            async let one = test.post("\(Self.room)/entries", form, as: .nurse)
            async let two = test.post("\(Self.room)/entries", form, as: .prescriber)
            let answers = try await [one.status, two.status].sorted()
            #expect(answers == [303, 409], "round \(round), after \(seen)")
        }
    }

    /// A device is given once, however many tap at once and whichever browser's clock is ahead.
    @Test(arguments: [0, -2, 2]) func twoDosesAtOnceAreOne(seconds: Double) async throws {
        let test = try TestClinic(SessionFacts.arrived)
        _ = try await test.post("\(Self.room)/entries", Self.vitals, as: .nurse)
        let clear = ["step": "clear", "signature": TestClinic.password]
        #expect(try await test.post("\(Self.room)/decisions", clear).status == 303)
        #expect(try await test.post("\(Self.room)/steps", ["step": "issue_drug"], as: .nurse).status == 303)
        test.advance(minutes: 1)
        func device(_ id: String, _ time: Instant) -> [String: String] { Self.device.merging(["id": id, "time": time.description]) { $1 } }
        let (now, other) = (test.now, test.now.adding(minutes: seconds / 60))
        async let one = test.post("\(Self.room)/doses", device("d1", now), as: .nurse)
        async let two = test.post("\(Self.room)/doses", device("d2", other), as: .prescriber)
        let answers = try await [one.status, two.status].sorted()
        #expect(answers == [303, 409])
        let chart = try #require(try test.clinic.charts.chart(of: "p1"))
        #expect(chart.facts.count { $0.kind == .administration } == 1)
    }
}
