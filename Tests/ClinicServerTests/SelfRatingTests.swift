import Access
import Chart
import Foundation
import Guidance
import HTTPTypes
import Notation
import Psychometrics
import Storage
import Testing

@testable import ClinicServer

private let patients = """
    {"type":"patient","id":"marker-7c1","birth_date":"1979-04-02","sex":"female"}
    {"type":"patient","id":"other","birth_date":"1980-04-02","sex":"male"}
    {"type":"assessment","patient":"marker-7c1","time":"2026-11-20T08:45:00Z","instrument":"PHQ-9","total":20}

    """
private let patient = "marker-7c1"

/// A link that was made, as its holder has it.
private struct Held {
    let test: TestClinic
    let page: String
    let path: String

    init(_ test: TestClinic, instruments: [String] = ["PHQ-9"], hours: Int = 24) async throws {
        self.test = test
        let (cookie, signIn) = try test.signIn(.nurse)
        let form = "csrf=\(test.desk.csrfToken(of: signIn))&hours=\(hours)" + instruments.map { "&instruments=" + percentEncoded($0) }.joined()
        let answer = try await test.ask(
            .post, "/patients/\(patient)/links", headers: [.cookie: "euthymia=\(cookie)", .contentType: "application/x-www-form-urlencoded"], body: form)
        try #require(answer.status == 200, "\(answer.body)")
        page = answer.body
        path = "/rate/" + (try #require(answer.body.firstMatch(of: /\/rate\/([a-z0-9.]+)/)).output.1)
    }

    var link: AccessBook.Link? { test.clinic.access.book.links.values.first { path.contains($0.id) } }

    func get(_ more: String = "") async throws -> TestClinic.Answer { try await test.get(path + more, as: nil)[0] }
    func post(_ more: String = "", _ form: [String: String] = [:]) async throws -> TestClinic.Answer { try await test.post(path + more, form, as: nil) }

    /// As the script sends it.
    func keep(_ form: [String: String]) async throws -> TestClinic.Answer {
        try await test.post(path, form, as: nil, headers: [.accept: "application/json"])
    }

    static func answers(_ values: [Int]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: values.enumerated().map { ("PHQ-9.phq9_\($0 + 1)", "\($1)") })
    }

    func facts() throws -> [JSONObject] { try test.clinic.store.payloads(of: patient).compactMap { try JSONReader.read($0).object } }
    func facts(_ type: String, by author: String? = nil) throws -> [JSONObject] {
        try facts().filter { $0["type"]?.string == type && ($0["source"]?.string == "self-rating link") }
    }
}

@Suite struct SelfRatingTests {
    @Test func answersBecomeOneAssessmentOfThePatient() async throws {
        let test = try TestClinic(patients)
        let held = try await Held(test)
        #expect(held.page.contains("<svg class=\"qr\"") && held.page.contains("24 Nov 2026 12:00 UTC"))
        let form = try await held.get()
        #expect(form.status == 200 && form.body.contains("Little interest or pleasure") && form.body.contains("Test clinic"))
        test.advance(minutes: 5)
        #expect(try await held.post("", Held.answers([3, 3, 2, 3, 2, 3, 2, 1, 0])).headers[.location] == held.path + "/review")
        let review = try await held.get("/review")
        #expect(review.body.contains("Nearly every day") && review.body.contains("Send to Test clinic"))
        #expect(try held.facts("assessment").isEmpty, "nothing is in the chart before it is sent")
        test.advance(minutes: 5)
        let thanks = try await held.post("/send")
        #expect(thanks.status == 200 && thanks.body.contains("Thank you"))

        let fact = try #require(try held.facts("assessment").first)
        #expect(fact["author"]?.string == "link:\(held.link?.id ?? "")" && fact["rater"]?.string == "self" && fact["instrument"]?.string == "PHQ-9")
        #expect(fact["time"]?.string == "2026-11-23T12:05:00Z" && fact["recorded"]?.string == "2026-11-23T12:10:00Z")
        #expect(held.link?.answered == test.now)
        #expect(try test.audit { $0.what = .answeredLink }.map(\.patient) == [patient])
        #expect(try test.clinic.store.drafts(of: held.link?.id ?? "").isEmpty)
        let chart = try await test.get("/patients/\(patient)", as: .nurse)[0].body
        #expect(chart.contains("PHQ-9 19") && chart.contains("PHQ-9: answered 23 Nov 2026 12:10"), "the score is in the trend, the link answered")
    }

    @Test func sendingTwiceIsOneFact() async throws {
        let test = try TestClinic(patients)
        let held = try await Held(test)
        _ = try await held.post("", Held.answers([1, 1, 1, 1, 1, 1, 1, 1, 0]))
        async let first = held.post("/send")
        async let second = held.post("/send")
        #expect(try await [first.status, second.status].contains(200))
        #expect(try await held.post("/send").status == 410)
        #expect(try held.facts("assessment").count == 1)
        // As if the server had died between the fact and the link.
        let again = try await Held(test)
        _ = try await again.post("", Held.answers([1, 1, 1, 1, 1, 1, 1, 1, 0]))
        let sheet = RatingSheet(
            try #require(again.link), catalog: test.clinic.knowledge.instruments, drafts: try test.clinic.store.drafts(of: again.link?.id ?? ""))
        var request = ClinicRequest(
            uri: .init("/"), headers: [:], parameters: [:], person: nil, form: FormValues(), address: "local", now: test.now)
        request.link = again.link
        try await Recorder(clinic: test.clinic).record(sheet.facts, of: patient, request: request, source: "self-rating link", about: "self-rating")
        test.advance(minutes: 3)
        #expect(try await again.post("/send").status == 200)
        #expect(try held.facts("assessment").count == 2 && again.link?.answered != nil)
    }

    /// Each answer is kept as it is given; opening the link again goes on there.
    @Test func answersAreKeptAndTakenUpAgain() async throws {
        let test = try TestClinic(patients)
        let held = try await Held(test)
        for (item, value) in [("PHQ-9.phq9_1", "2"), ("PHQ-9.phq9_2", "3"), ("PHQ-9.phq9_1", "1")] {
            let said = try await held.keep([item: value])
            #expect(said.status == 200 && said.body.contains(#""kept":1"#))
        }
        test.advance(minutes: 600)
        let page = try await held.get().body
        #expect(page.components(separatedBy: " checked>").count == 3)
        #expect(page.contains(#"name="PHQ-9.phq9_1" value="1" checked"#) && page.contains(#"<progress value="2" max="10""#))
        #expect(try await test.get("/patients/\(patient)/links", as: .frontDesk)[0].body.contains("started, 2 of 10 answered"))
        #expect(try await held.post("/send").headers[.location] == held.path + "/review", "too little to be counted")
        #expect(try await held.get("/review").body.contains("cannot be counted"))
        #expect(held.link?.answered == nil)
    }

    @Test func linksThatAreNotOpenSayWhyAndNothingElse() async throws {
        let test = try TestClinic(patients)
        let (expiring, withdrawn, answered) = (try await Held(test, hours: 1), try await Held(test), try await Held(test))
        _ = try await answered.post("", Held.answers([1, 1, 1, 1, 1, 1, 1, 1, 0]))
        _ = try await answered.post("/send")
        _ = try await withdrawn.keep(["PHQ-9.phq9_1": "2"])
        let id = try #require(withdrawn.link?.id)
        #expect(try await test.post("/patients/other/links/\(id)/withdraw", as: .nurse).status == 404, "not by another patient's page")
        #expect(try await test.post("/patients/\(patient)/links/\(id)/withdraw", as: .nurse).status == 303)
        #expect(try test.clinic.store.drafts(of: id).isEmpty)
        test.advance(minutes: 61)
        for (held, word) in [(expiring, "was good until 23 Nov 2026 13:00 UTC"), (withdrawn, "has withdrawn"), (answered, "have been answered")] {
            for more in ["", "/review", "/help"] {
                let page = try await held.get(more)
                #expect(page.status == 410 && page.body.contains(word) && !page.body.contains("Little interest"), "\(more)")
            }
            for more in ["", "/send"] { #expect(try await held.post(more, ["PHQ-9.phq9_9": "3"]).status == 410) }
        }
        #expect(try expiring.facts("course").isEmpty && test.clinic.risk.alerts(at: test.now).isEmpty)
        for forged in [expiring.path + "a", expiring.path.dropLast() + "", "/rate/none", "/rate/..", "/rate/l0.zzzzzz.aaaa"] {
            #expect(try await test.get(String(forged), as: nil)[0].status == 404, "\(forged)")
        }
        let states = try await test.get("/patients/\(patient)/links", as: .nurse)[0].body
        for state in ["expired", "withdrawn", "answered 23 Nov"] { #expect(states.contains(state)) }
    }

    /// Nothing a patient's phone is sent names the patient, a colleague or another page of the clinic.
    @Test func thePatientSideNamesNobody() async throws {
        let test = try TestClinic(patients)
        let held = try await Held(test, instruments: ["PHQ-9", "GAD-7"])
        #expect(!held.path.contains(patient))
        var answers = [try await held.get()]
        answers.append(try await held.post("", Held.answers([1, 1, 1, 1, 1, 1, 1, 1, 2])))
        for more in ["/help", "/review"] { answers.append(try await held.get(more)) }
        answers.append(try await held.post("", ["PHQ-9.phq9_1": "17"]))
        answers.append(try await held.post("/send"))
        answers.append(try await held.get())
        answers.append(try await test.get("/rate/none", as: nil)[0])
        // Also in a browser where a nurse is signed in.
        answers.append(try await test.get(held.path, as: .nurse)[0])
        #expect(answers.map(\.status) == [200, 303, 200, 200, 422, 200, 410, 404, 410])
        for answer in answers {
            for word in [patient, "Person Nurse", "/patients", "Sign out", "link:"] { #expect(!answer.body.contains(word), "\(word)") }
            #expect(answer.headers.allSatisfy { !$0.value.contains(patient) })
        }
    }

    /// Where the licence does not allow it, wording is never shown: not offered, not taken, and not served to a link made otherwise.
    @Test func onlyLicensedWordingIsServed() async throws {
        let test = try TestClinic(patients)
        let catalog = test.clinic.knowledge.instruments
        #expect(Set(catalog.selfRated.map(\.id)) == ["PHQ-9", "GAD-7", "AUDIT-C"])
        for instrument in catalog where instrument.obstacleToSelfRating == nil {
            #expect(instrument.licence.shipWording == .yes && instrument.rater == "self")
            for permission in [Instrument.Licence.Permission.no, .unclear] {
                var other = instrument
                other.licence.shipWording = permission
                #expect(other.obstacleToSelfRating != nil)
            }
            var unworded = instrument
            unworded.items[0].wording = nil
            #expect(unworded.obstacleToSelfRating != nil)
        }
        for id in ["QIDS-SR16", "MADRS", "C-SSRS-screener", "nothing"] {
            #expect(try await test.post("/patients/\(patient)/links", ["instruments": id, "hours": "24"], as: .nurse).status == 422)
        }
        let page = try await test.get("/patients/\(patient)/links", as: .nurse)[0].body
        #expect(page.contains("QIDS-SR16") && page.contains("it is not clear whether its wording may be shown"))

        let event = AccessEvent(
            id: "e1", time: test.now, by: "nurse",
            .linkMade(link: "l1", patient: patient, instruments: ["QIDS-SR16", "MADRS"], expires: test.now.adding(days: 1)))
        try await test.clinic.access.record([event], audit: AuditEntry(time: test.now, who: "nurse", what: .changedAccess), at: test.now)
        let token = test.desk.token(of: try #require(test.clinic.access.book.links["l1"]))
        #expect(try await test.get("/rate/\(token)", as: nil)[0].status == 410)
    }

    @Test func linksAreMadeByThoseWhoMay() async throws {
        let test = try TestClinic(patients)
        for (instruments, hours) in [("PHQ-9", "25"), ("PHQ-9", "0"), ("", "24")] {
            #expect(try await test.post("/patients/\(patient)/links", ["instruments": instruments, "hours": hours], as: .nurse).status == 422)
        }
        #expect(try await test.post("/patients/nobody/links", ["instruments": "PHQ-9", "hours": "24"], as: .nurse).status == 404)
        #expect(test.clinic.access.book.links.isEmpty)
        _ = try await Held(test)
        #expect(try test.audit { $0.what = .changedAccess }.first?.about == "link.made")
        let chart = try await test.get("/patients/\(patient)", as: .nurse)[0].body
        #expect(chart.contains("Self-rating") && chart.contains("PHQ-9: open"))
        // The front desk makes links and does not read the chart.
        let desk = try await test.get("/patients/\(patient)/links", as: .frontDesk)[0]
        #expect(desk.status == 200 && !desk.body.contains("last 20 Nov") && !desk.body.contains("href=\"/patients/\(patient)\""))
        #expect(try await test.get("/patients/\(patient)/links", as: .nurse)[0].body.contains("last 20 Nov"))
    }

    /// A form of one link answers no other's questions, and what is no answer is refused as a whole.
    @Test func onlyTheQuestionsOfTheLinkAreHeard() async throws {
        let test = try TestClinic(patients)
        let held = try await Held(test, instruments: ["GAD-7"])
        #expect(try await held.keep(["PHQ-9.phq9_9": "3", "GAD-7.gad7_1": "1", "patient": "other"]).body.contains(#""kept":1"#))
        #expect(try test.clinic.risk.alerts(at: test.now).isEmpty)
        for value in ["4", "-1", "1.5", "x", "2'--"] { #expect(try await held.keep(["GAD-7.gad7_2": value]).status == 422, "\(value)") }
        #expect(try test.clinic.store.drafts(of: held.link?.id ?? "").map(\.item) == ["gad7_1"])
        #expect(try await held.test.post(held.path, ["GAD-7.gad7_2": "1"], as: nil, headers: [.fetchSite: "cross-site"]).status == 403)
    }

    @Test func floodsAreSlowedDownInWordsForPatients() async throws {
        let test = try TestClinic(patients)
        let held = try await Held(test)
        var last: TestClinic.Answer?
        for _ in 0..<70 { last = try await held.get() }
        #expect(last?.status == 429 && last?.body.contains("If you need help now") == true && last?.body.contains("/sign-in") == false)
    }
}
