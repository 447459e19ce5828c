import Chart
import Testing

@testable import ClinicServer

/// A patient takes consent back in the middle of a session.
@Suite struct WithdrawalTests {
    private let room = AtOnceTests.room

    @Test func nothingMoreIsGivenAndWatchingGoesOn() async throws {
        let signed = """
            {"type":"course","patient":"p1","id":"c1","event":"consent.signed","time":"2026-11-01T09:00:00Z","version":"1","signed_by":"A. Patient"}

            """
        let test = try TestClinic(SessionFacts.arrived + signed)
        _ = try await test.post("\(room)/entries", AtOnceTests.vitals, as: .nurse)
        #expect(try await test.post("\(room)/decisions", ["step": "clear", "signature": TestClinic.password]).status == 303)
        #expect(try await test.post("\(room)/steps", ["step": "issue_drug"], as: .nurse).status == 303)
        #expect(try await test.post("\(room)/doses", AtOnceTests.device, as: .nurse).status == 303)
        test.advance(minutes: 6)
        #expect(try await test.post("/patients/p1/consent/withdraw", ["id": "w1"], as: .frontDesk).status == 403)
        for _ in 0..<2 { #expect(try await test.post("/patients/p1/consent/withdraw", ["id": "w1", "words": "I want to stop"], as: .nurse).status == 303) }
        let pages = try await test.get("\(room)/room", "/patients/p1", "/patients/p1/consent", as: .nurse)
        #expect(pages.allSatisfy { $0.body.contains("took consent back on 23 Nov 2026 12:06") })
        #expect(pages[2].body.contains("I want to stop"))

        let second = try await test.post("\(room)/doses", AtOnceTests.device, as: .nurse)
        #expect(second.status == 409 && second.body.contains("took consent back"))
        #expect(try await test.post("\(room)/entries", ["sbp": "130", "dbp": "80"], as: .nurse).status == 303, "watching goes on")
        // Consent to the text again: a dose may follow.
        let again = ["id": "c2", "version": test.clinic.consent.version, "patient_name": "A. Patient", "signature": TestClinic.password]
        test.advance(minutes: 1)
        let renewed = try await test.post("/patients/p1/consent", again)
        #expect(renewed.status == 303, "\(renewed.body)")
        #expect(try await test.post("\(room)/doses", AtOnceTests.device, as: .nurse).status == 303)
    }
}
