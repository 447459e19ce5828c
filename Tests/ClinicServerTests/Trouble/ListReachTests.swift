import Access
import Testing

@testable import ClinicServer

private let facts = ["p1", "p2", "p3"].map { patient in
    """
    {"type":"patient","id":"\(patient)","birth_date":"1979-04-02","sex":"female"}
    {"type":"diagnosis","patient":"\(patient)","time":"2023-12-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-01-01"}
    {"type":"assessment","patient":"\(patient)","time":"2026-11-20T08:45:00Z","instrument":"PHQ-9","total":2\(patient.suffix(1))}
    {"type":"session","patient":"\(patient)","session":"s-\(patient)","event":"check_in","time":"2026-11-23T11:30:00Z","protocol":"esk-us-trd","chair":"\(patient.suffix(1))"}
    {"type":"measurement","patient":"\(patient)","session":"s-\(patient)","time":"2026-11-23T11:50:00Z","metric":"sbp","value":163,"unit":"mm[Hg]"}
    {"type":"note","patient":"\(patient)","id":"n-\(patient)","time":"2026-11-23T11:50:00Z","text":"Slept well.","author":"prescriber"}

    """
}.joined()

/// Lists and boards say no more of a patient than the reader's own way to the chart would.
@Suite struct ListReachTests {
    private let score = #"<strong>21</strong><span class="of">/27</span>"#

    @Test func therapistsSeeTheirOwnPatientsInTheList() async throws {
        let test = try TestClinic(facts)
        let none = try await test.get("/patients", as: .therapist)[0].body
        #expect(!none.contains(score) && none.contains("No patient is yours yet"))
        #expect(try await test.post("/patients/p1/care-team", ["account": "therapist"]).status == 303)
        for path in ["/patients", "/patients?sort=score", "/patients?q=p"] {
            let list = try await test.get(path, as: .therapist)[0].body
            #expect(list.contains(score) && list.contains("1 patient<") && !list.contains("p2") && !list.contains("p3"), "\(path)")
        }
        #expect(try await !test.get("/patients?q=p2", as: .therapist)[0].body.contains(#"href="/patients/p2"#))
    }

    /// Of a restricted chart lists say only that there is one.
    @Test func restrictedChartsKeepTheirScoresToThemselves() async throws {
        let test = try TestClinic(facts)
        #expect(try await test.get("/patients", as: .nurse)[0].body.contains(score))
        #expect(try await test.post("/patients/p1/restriction", ["restricted": "true"], as: .psychiatrist).status == 303)
        for role in [Role.nurse, .prescriber, .psychiatrist] {
            let list = try await test.get("/patients", as: role)[0].body
            #expect(list.contains(#"href="/patients/p1""#) && !list.contains(score) && list.contains("care team only"), "\(role)")
            #expect(list.contains(score.replacing("21", with: "22")), "\(role)")
        }
    }

    /// Who receives people sees who is where and when, that there is an alarm, and no value.
    @Test func whoMayNotReadChartsSeesNoValues() async throws {
        let test = try TestClinic(facts)
        #expect(try await test.get("/board", as: .nurse)[0].body.contains("163"))
        for role in [Role.frontDesk, .pharmacy, .compliance] {
            let board = try await test.get("/board", as: role)[0].body
            #expect(board.contains("p1") && board.contains("is-alarming") && board.contains("An alarm is open"), "\(role)")
            for word in ["163", "SBP", "mmHg", "must stay", "hold"] { #expect(!board.contains(word), "\(role): \(word)") }
        }
        let list = try await test.get("/patients", as: .frontDesk)[0].body
        #expect(list.contains(#"href="/patients/p1/booking""#) && !list.contains(score) && !list.contains("PHQ-9") && !list.contains("no response"))
    }
}
