import Foundation
import Testing

@testable import ClinicServer

@Suite struct OutcomePageTests {
    private static let facts = (0..<6).map { number in
        """
        {"type":"patient","id":"p\(number)","birth_date":"1979-04-02","sex":"female"}
        {"type":"assessment","patient":"p\(number)","time":"2026-09-01T08:00:00Z","instrument":"MADRS","total":34,"rater":"clinician"}
        {"type":"administration","patient":"p\(number)","session":"s1","time":"2026-09-02T09:00:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40}
        {"type":"assessment","patient":"p\(number)","time":"2026-09-30T08:00:00Z","instrument":"MADRS","total":\(number < 3 ? 10 : 30),"rater":"clinician"}
        """
    }.joined(separator: "\n")

    @Test func researchersSeeWhatTheChartsShowTogetherAndNobodyElseDoes() async throws {
        let test = try TestClinic(Self.facts)
        let page = try await test.get("/outcomes", as: .researcher)[0]
        #expect(page.status == 200 && page.body.contains("MADRS by visit") && page.body.contains("50.0 %"))
        #expect(page.body.contains("No difference in this report is an effect of a treatment."))
        for number in 0..<6 { #expect(!page.body.contains("/patients/p\(number)") && !page.body.contains(">p\(number)<")) }
        #expect(try await test.get("/outcomes", as: .nurse)[0].status == 403)
        #expect(try await test.get("/outcomes", as: .administrator)[0].status == 403)
        // Where a researcher starts.
        #expect(try await test.get("/", as: .researcher)[0].headers[.location] == "/outcomes")
    }

    @Test func theReportIsOneFile() async throws {
        let test = try TestClinic(Self.facts)
        let file = try await test.get("/outcomes/report.html", as: .psychiatrist)[0]
        #expect(file.status == 200 && file.headers[.contentDisposition] == "attachment; filename=\"outcomes-2026-11-23.html\"")
        #expect(file.body.hasPrefix("<!DOCTYPE html>") && file.body.contains("<style>") && !file.body.contains("<script"))
        let json = try await test.get("/outcomes/report.json", as: .researcher)[0]
        #expect(json.body.contains("\"visits-madrs\""))
        #expect(try test.audit { $0.what = .printed }.contains { $0.who == "psychiatrist" })
    }

    @Test func anEmptyClinicSaysSo() async throws {
        let page = try await TestClinic().get("/outcomes", as: .researcher)[0]
        #expect(page.status == 200 && page.body.contains("Who is counted"))
    }
}
