import Chart
import Demonstration
import Foundation
import Guidance
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Interchange
import Knowledge
import Notation
import Storage
import Testing

@testable import ClinicServer

private let patient = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
    {"type":"diagnosis","time":"2024-03-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2023-11-01"}
    {"type":"treatment_trial","treatment":"sertraline","dose_mg_per_day":150,"start":"2023-12-01","end":"2024-02-20","outcome":"none"}
    {"type":"condition","id":"aneurysm","time":"2019-06-01","name":"abdominal aortic aneurysm"}
    {"type":"measurement","id":"m1","time":"2024-03-04T08:55:00Z","metric":"sbp","value":128,"unit":"mm[Hg]"}
    {"type":"measurement","id":"m2","time":"2024-03-04T08:55:00Z","metric":"sbp","value":138,"unit":"mm[Hg]","supersedes":"m1","recorded":"2024-03-06T08:00:00Z"}
    {"type":"assessment","time":"2024-03-04T08:45:00Z","instrument":"MADRS","total":34}
    {"type":"assessment","time":"2024-03-11T08:45:00Z","instrument":"MADRS","total":12}
    {"type":"administration","session":"s1","time":"2024-03-04T09:00:00Z","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg"}

    """

private let nasalSession = """
    {"type":"patient","id":"p2","birth_date":"1979-04-02","sex":"female"}
    {"type":"session","session":"s1","event":"check_in","time":"2024-06-03T08:30:00Z","protocol":"esk-us-trd","escort":true,"minutes_since_food":100}
    {"type":"measurement","id":"pre","session":"s1","time":"2024-06-03T08:45:00Z","metric":"sbp","value":124,"unit":"mm[Hg]"}
    {"type":"measurement","session":"s1","time":"2024-06-03T08:45:00Z","metric":"dbp","value":78,"unit":"mm[Hg]"}
    {"type":"administration","session":"s1","time":"2024-06-03T09:00:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg","lot":"E1"}
    {"type":"administration","session":"s1","time":"2024-06-03T09:05:00Z","drug":"esketamine","route":"intranasal","dose":28,"unit":"mg","lot":"E1"}
    {"type":"measurement","id":"high","session":"s1","time":"2024-06-03T09:40:00Z","metric":"sbp","value":182,"unit":"mm[Hg]"}
    {"type":"measurement","session":"s1","time":"2024-06-03T09:40:00Z","metric":"dbp","value":80,"unit":"mm[Hg]"}

    """

@Suite struct SessionPageTests {
    @Test func sessionShowsItsAlertsGatesAndChecks() async throws {
        let clinic = try TestClinic(nasalSession)
        let answers = try await clinic.get(
            "/patients/p2/sessions/s1?as_of=2024-06-03T10:50:00Z", "/patients/p2?as_of=2024-06-03T10:50:00Z", "/patients/p2/sessions/s9",
            "/patients/nobody/sessions/s1")
        #expect(answers.map(\.status) == [200, 200, 404, 404])
        let page = answers[0].body
        for text in [
            "Observation", "110 min", "105 min", "Must stay: Minimum observation", "DC-01", "IN-03", "PR-04", "Product label", "overdue",
            "REMS monitoring form",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(page.contains("/patients/p2?as_of=2024-06-03T10:50:00Z#fact-high"))
        #expect(answers[1].body.contains("/patients/p2/sessions/s1?as_of=2024-06-03T10:50:00Z"))
        #expect(answers[1].body.contains("must stay: Minimum observation"))
    }

    /// What the chart knows is filled in, what it does not is named, and nothing that was never asked is answered with no.
    @Test func monitoringFormNamesWhatIsMissing() async throws {
        let answers = try await TestClinic(nasalSession).get(
            "/patients/p2/sessions/s1/rems", "/patients/p2/sessions/s1/rems?jurisdiction=EU",
            "/patients/p2/sessions/s1/rems?as_of=2024-06-05")
        #expect(answers.map(\.status) == [200, 404, 200])
        let form = answers[0].body
        for text in ["1979-04-02", "56 mg", "124/78 mmHg", "182/80 mmHg", "E1", "overdue since", "since 2023", "never does"] {
            #expect(form.contains(text), "\(text)")
        }
        #expect(answers[2].body.contains("due by 10 Jun 2024"))
        let benzodiazepines = try #require(form.range(of: "Benzodiazepines"))
        #expect(form[benzodiazepines.upperBound...].prefix(120).contains("missing"))
    }
}

@Suite struct PageTests {
    @Test func listAndPatientAnswer() async throws {
        let answers = try await TestClinic(patient).get("/patients", "/patients/p1", "/style.css", "/patients/nobody", "/elsewhere")
        #expect(answers.map(\.status) == [200, 200, 200, 404, 404])
        #expect(answers[0].body.contains(#"href="/patients/p1""#))
        #expect(answers[2].body.contains(".plot text") && answers[2].body.contains("--ink"))
        let page = answers[1].body
        for text in [
            "EL-01", "Blocked", "TRD-01", "Maudsley", "ketamine 35 mg", "recalled, not verified", "remission", "sertraline", "Product label", "Clinic default",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(page.components(separatedBy: "<svg").count >= 3)
        #expect(page.contains(##"href="#fact-aneurysm""##))
        #expect(page.contains(#"id="fact-aneurysm""#))
        #expect(!page.contains("Nothing recorded yet") && page.contains("9 facts"))
        #expect(!page.contains("Fictional demonstration data"))
    }

    @Test func headersForbidWhatIsNotNeeded() async throws {
        for answer in try await TestClinic(patient).get("/patients", "/patients/p1", "/nowhere") {
            #expect(answer.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(!answer.body.contains("<script>") && !answer.body.contains(" style=") && !answer.body.contains("src=\"http"))
        }
    }

    /// A page elsewhere must not reach the clinic through a name made to point here.
    @Test func otherHostsAreRefused() {
        for host in ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[::1", "localhost.evil.example:8080"] {
            #expect(!isLoopback(host), "\(host)")
        }
        for host in ["localhost:8080", "[::1]:8080", "127.0.0.1", "LOCALHOST"] { #expect(isLoopback(host), "\(host)") }
    }

    @Test func asOfAndJurisdiction() async throws {
        let answers = try await TestClinic(patient).get(
            "/patients/p1?as_of=2024-03-05T09:00&offset=%2B00:00", "/patients/p1?as_of=2024-03-07", "/patients/p1?as_of=yesterday",
            "/patients/p1?jurisdiction=EU", "/patients/p1?jurisdiction=FR", "/patients/p1?as_of=2024-03-05T09:00&offset=%2B02:00")
        #expect(answers.map(\.status) == [200, 200, 400, 200, 400, 200])
        #expect(answers[0].body.contains("sbp 128") && !answers[0].body.contains("sbp 138"))
        #expect(answers[1].body.contains("<s>sbp 128") && answers[1].body.contains("now: sbp 138"))
        #expect(answers[5].body.contains("5 Mar 2024 09:00 +02:00"))
    }

    /// Hostile text in a chart is shown, never run.
    @Test func textIsEscaped() async throws {
        let hostile = #"<script>alert(1)</script>\"\u0301 onmouseover=x <img src=x>"#
        let facts = """
            {"type":"patient","id":"p<b>1","birth_date":"1979-04-02"}
            {"type":"condition","id":"c\\"'<i>","name":"\(hostile)","note":"\(hostile)","author":"\(hostile)"}
            {"type":"treatment_trial","treatment":"\(hostile)","start":"2024-01-01"}
            {"type":"adverse_event","onset":"2024-03-04T09:20:00Z","term":"\(hostile)"}
            {"type":"medication","drug":"\(hostile)","start":"2024-02-01"}
            {"type":"therapy","time":"2024-03-05","modality":"\(hostile)"}

            """
        let answers = try await TestClinic(facts).get("/patients", "/patients/p%3Cb%3E1", "/patients?q=%3Cscript%3E", "/patients/%3Cscript%3E")
        #expect(answers.map(\.status) == [200, 200, 200, 404])
        // A quote and a combining mark are one Character, which a Character-wise escaper lets through.
        let combined = Data("\"\u{301} onmouseover".utf8)
        for answer in answers {
            #expect(!answer.body.contains("<script>") && !answer.body.contains("<img") && !answer.body.contains("<b>1") && !answer.body.contains("<i>"))
            #expect(Data(answer.body.utf8).range(of: combined) == nil)
        }
    }

    @Test func searchFilterSortAndPage() async throws {
        let many = (1...120).map { #"{"type":"patient","id":"q\#($0 < 10 ? "00" : $0 < 100 ? "0" : "")\#($0)","birth_date":"19\#($0 % 80 + 10)-01-01"}"# }
            .joined(separator: "\n")
        let answers = try await TestClinic(many).get(
            "/patients?sort=id", "/patients?sort=id&page=3", "/patients?q=q01", "/patients?q=nothing", "/patients?sort=-id", "/patients?status=remission",
            "/patients?page=99", "/patients?page=x&sort=%00")
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(answers[0].body.contains("1 to 50 of 120") && answers[0].body.contains("/patients/q001"))
        #expect(answers[1].body.contains("101 to 120 of 120"))
        #expect(answers[2].body.contains("10 of 120 patients"))
        #expect(answers[3].body.contains("No patient matches"))
        #expect(answers[4].body.contains("/patients/q120") && !answers[4].body.contains("/patients/q001"))
    }

    @Test func theDemonstrationSaysThatItIsFictional() async throws {
        let charts = DemonstrationClinic.charts(seed: 1, today: try #require(Day("2026-11-22")))
        #expect(charts.count == 60)
        let clinic = try TestClinic(charts.joined().map { JSONValue.object($0).text }.joined(separator: "\n"), isDemonstration: true)
        for answer in try await clinic.get("/patients", "/patients/demo-01", "/patients/demo-40", "/patients/demo-60") {
            #expect(answer.status == 200)
            #expect(answer.body.contains("Fictional demonstration data"))
        }
    }
}
