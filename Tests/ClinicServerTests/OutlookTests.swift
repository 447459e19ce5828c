import Guidance
import Notation
import Testing

@testable import ClinicServer

private let course = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"male"}
    {"type":"diagnosis","id":"d1","time":"2026-06-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2026-01-01"}
    {"type":"measurement","id":"w1","time":"2026-11-16T08:30:00Z","metric":"weight","value":70,"unit":"kg"}
    {"type":"assessment","id":"a1","time":"2026-11-16T08:40:00Z","instrument":"MADRS","total":34,"rater":"clinician"}
    {"type":"session","id":"e1","session":"s1","event":"check_in","time":"2026-11-16T08:45:00Z","protocol":"ket-iv-standard"}
    {"type":"administration","id":"g1","session":"s1","time":"2026-11-16T09:00:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40}
    {"type":"assessment","id":"a2","time":"2026-11-17T09:00:00Z","instrument":"MADRS","total":14,"rater":"clinician"}
    {"type":"assessment","id":"a3","time":"2026-11-20T09:00:00Z","instrument":"MADRS","total":11,"rater":"clinician"}

    """

/// A forecast on pages: what was computed, kept while the chart says the same, and nothing where there is nothing to say.
@Suite struct OutlookTests {
    @Test func patientPageShowsTheBandAndWhatItRestsOn() async throws {
        let test = try TestClinic(course)
        let page = try await test.get("/patients/p1")[0].body
        #expect(page.contains("Without further doses, MADRS in 14 days") && page.contains("class=\"band\""))
        #expect(page.contains("symptom-course@") && page.contains("effective draws") && page.contains("a clinician decides"))
        let without = try await TestClinic(course.split(separator: "\n").prefix(3).joined(separator: "\n")).get("/patients/p1")[0].body
        #expect(!without.contains("Without further doses"))
    }

    @Test func planShowsPermittedVisitsWhatIfAndThePlainRules() async throws {
        let test = try TestClinic(course)
        let page = try await test.get("/patients/p1/plan")[0].body
        let outlook = try #require(try test.outlook())
        #expect(!outlook.options.isEmpty && page.contains("Proposed"))
        for option in outlook.options { #expect(page.contains(Moment(option.day).reading)) }
        #expect(page.contains("type=\"range\"") && page.components(separatedBy: "data-ahead=").count - 1 == outlook.whatIf.count)
        #expect(page.contains("outside the protocol") && page.contains("Beside it, the plain rules") && page.contains("EBERT97"))
    }

    /// Kept while nothing is added; another after a new score.
    @Test func keptUntilTheChartSaysMore() async throws {
        let test = try TestClinic(course)
        let first = try #require(try test.outlook())
        let begin = ContinuousClock.now
        let again = try #require(try test.outlook())
        #expect(ContinuousClock.now - begin < .milliseconds(100))
        #expect(again.forecast.latent == first.forecast.latent && again.forecast.sample.points.isEmpty)
        // Vital signs, of which a session takes many, change nothing.
        #expect(try await test.post("/patients/p1/sessions/s1/entries", ["id": "v1", "hr": "72"], as: .nurse).status == 303)
        let after = ContinuousClock.now
        #expect(try #require(try test.outlook()).forecast.latent == first.forecast.latent)
        #expect(ContinuousClock.now - after < .milliseconds(100))
        let score = ["id": "a4", "instrument": "MADRS", "time": "2026-11-22", "total": "30", "rater": "clinician"]
        #expect(try await test.post("/patients/p1/history/scores", score).status == 303)
        let later = try #require(try test.outlook())
        #expect(later.scores == first.scores + 1)
        #expect(later.forecast.latent[7].p50 > first.forecast.latent[7].p50)
    }
}

extension TestClinic {
    fileprivate func outlook() throws -> Outlook? {
        let chart = try #require(try clinic.charts.chart(of: "p1"))
        let review = Review(of: chart, asOf: now, jurisdiction: .us, knowledge: clinic.knowledge)
        return clinic.outlooks?.outlook(review, of: chart, jurisdiction: .us)
    }
}
