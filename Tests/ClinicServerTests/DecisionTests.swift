import Access
import Chart
import Foundation
import Guidance
import Notation
import Testing

@testable import ClinicServer

private let ready = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"male"}
    {"type":"diagnosis","id":"d1","time":"2026-06-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2026-01-01"}
    {"type":"treatment_trial","id":"t1","treatment":"sertraline","dose_mg_per_day":150,"start":"2026-02-01","end":"2026-05-01","outcome":"none"}
    {"type":"treatment_trial","id":"t2","treatment":"venlafaxine","dose_mg_per_day":225,"start":"2026-05-02","end":"2026-09-01","outcome":"none"}

    """
private let bipolar = #"{"type":"condition","id":"c1","time":"2015-01-01","name":"bipolar disorder"}"# + "\n"
private let aneurysm = #"{"type":"condition","id":"c2","time":"2015-01-01","name":"abdominal aortic aneurysm"}"# + "\n"

private let password = ["signature": TestClinic.password]
private func signed(_ fields: [String: String]) -> [String: String] { fields.merging(password) { $1 } }

@Suite struct EligibilityPageTests {
    @Test func everyReviewIsAnsweredBeforeItIsSigned() async throws {
        let test = try TestClinic(ready + bipolar)
        #expect(try test.review().eligibility.verdict == .review)
        let early = try await test.post("/patients/p1/eligibility/sign", signed(["id": "s1"]), headers: [.accept: "application/json"])
        #expect(early.status == 422 && early.body.contains("EL-18"))
        #expect(try await test.get("/patients/p1/eligibility")[0].body.contains("Answer EL-18"))

        let answer = ["id": "o1", "rule": "EL-18", "reason": "Stable on lithium since 2018; mood chart weekly."]
        #expect(try await test.post("/patients/p1/eligibility/answer", answer, as: .nurse).status == 403)
        #expect(try await test.post("/patients/p1/eligibility/answer", answer).status == 303)
        test.advance(minutes: 2)
        #expect(try await test.post("/patients/p1/eligibility/answer", answer).status == 303)
        #expect(try await test.post("/patients/p1/eligibility/answer", answer.merging(["id": "o2"]) { $1 }).status == 422)
        let review = try test.review()
        #expect(review.eligibility.verdict == .eligible && review.view.overrides.map(\.id) == ["o1"])
        #expect(review.view.overrides.first?.fact.author == "prescriber")

        #expect(try await test.post("/patients/p1/eligibility/sign", ["id": "s1"]).status == 422)
        #expect(try await test.post("/patients/p1/eligibility/sign", ["id": "s1", "signature": "wrong password"]).status == 422)
        #expect(try test.review().view.courseEvents.isEmpty)
        for _ in 0..<2 { #expect(try await test.post("/patients/p1/eligibility/sign", signed(["id": "s1"])).status == 303) }
        let after = try test.review()
        #expect(after.course.history.state == .eligible && after.view.courseEvents.count == 1)
        #expect(after.view.signatures.map(\.body.of) == [["s1"]] && after.view.signatures.first?.body.meaning.contains("may start") == true)
        let page = try await test.get("/patients/p1/eligibility")[0].body
        #expect(page.contains("Eligible, signed by Person Prescriber") && page.contains("Stable on lithium") && !page.contains("Sign: eligible"))
        #expect(try await test.post("/patients/p1/eligibility/sign", signed(["id": "s2"])).status == 422)
    }

    /// What the label forbids nobody answers away, and declining needs a reason and a signature.
    @Test func aLabelBlockIsNotAnswered() async throws {
        let test = try TestClinic(ready + aneurysm)
        let answer = ["id": "o1", "rule": "EL-01", "reason": "It is small."]
        #expect(try await test.post("/patients/p1/eligibility/answer", answer).status == 422)
        #expect(try await test.post("/patients/p1/eligibility/sign", signed(["id": "s1"])).status == 422)
        #expect(try test.review().view.overrides.isEmpty && test.review().course.history.state == nil)
        #expect(try await test.post("/patients/p1/eligibility/decline", signed(["id": "s2"])).status == 422)
        #expect(try await test.post("/patients/p1/eligibility/decline", signed(["id": "s2", "reason": "<b>aneurysm</b>"])).status == 303)
        #expect(try test.review().course.history.state == .declined)
        let page = try await test.get("/patients/p1/eligibility")[0].body
        #expect(page.contains("Declined, signed by Person Prescriber") && page.contains("&lt;b&gt;aneurysm") && !page.contains("<b>aneurysm"))
    }
}

@Suite struct PlanPageTests {
    @Test func aProtocolSetsTheNextSession() async throws {
        let test = try TestClinic(ready)
        #expect(try test.review().course.progress == nil)
        let form = signed(["id": "pl1", "protocol": "esk-us-trd"])
        #expect(try await test.post("/patients/p1/plan/protocol", form, as: .nurse).status == 403)
        #expect(try await test.post("/patients/p1/plan/protocol", ["id": "pl1", "protocol": "esk-us-trd"]).status == 422)
        for _ in 0..<2 { #expect(try await test.post("/patients/p1/plan/protocol", form).status == 303) }
        let progress = try #require(try test.review().course.progress)
        #expect(progress.treatment.id == "esk-us-trd" && progress.next?.earliest == test.now.day)
        #expect(progress.next?.doses.map(\.description) == ["56 mg (2 devices)"])
        #expect(try test.review().view.signatures.first?.body.of == ["pl1"] && test.review().view.courseEvents.count == 1)
        let page = try await test.get("/patients/p1/plan")[0].body
        for text in [
            "From 23 Nov 2026", "56 mg (2 devices)", "Esketamine nasal, US label, TRD</strong>, signed by Person Prescriber", "Does not fit",
            "a protocol of EU", "evaluate evidence",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        // What does not fit is shown with its reason, and refused.
        for plan in ["esk-eu-trd-ge65", "ket-sl-home", "nothing"] {
            #expect(try await test.post("/patients/p1/plan/protocol", signed(["id": "pl2", "protocol": plan])).status == 422, "\(plan)")
        }
        #expect(try test.review().course.progress?.treatment.id == "esk-us-trd")
    }

    @Test func stepsHaveAWayOrAreRefused() async throws {
        let test = try TestClinic(ready)
        for (number, event) in ["referral.received", "screening.started", "trd.computed"].enumerated() {
            #expect(try await test.post("/patients/p1/plan/step", ["id": "e\(number)", "event": event]).status == 303, "\(event)")
        }
        #expect(try test.review().course.history.state == .trdAssessed)
        let refused = try await test.post("/patients/p1/plan/step", ["id": "e9", "event": "rems.enrolled"], headers: [.accept: "application/json"])
        #expect(refused.status == 422 && refused.body.contains("trd assessed"))
        #expect(try await test.post("/patients/p1/plan/step", ["id": "e9", "event": "eligibility.signed"]).status == 422)
        #expect(try await test.post("/patients/p1/plan/interval", signed(["id": "i1", "interval_days": "14"])).status == 422)
        #expect(try test.review().course.history.outOfOrder.isEmpty)
    }

    @Test func theIntervalIsSigned() async throws {
        let course = """
            {"type":"course","id":"k1","event":"eligibility.signed","time":"2026-09-01"}
            {"type":"course","id":"k2","event":"consent.signed","time":"2026-09-02"}
            {"type":"administration","id":"k3","session":"s1","time":"2026-09-10T09:00:00Z","drug":"esketamine","route":"intranasal","dose":56,"unit":"mg"}
            {"type":"course","id":"k4","event":"benefit.evaluated","time":"2026-10-12"}

            """
        let test = try TestClinic(ready + course)
        #expect(try await test.post("/patients/p1/plan/interval", signed(["id": "i1", "interval_days": "13.5"])).status == 422)
        for _ in 0..<2 {
            #expect(try await test.post("/patients/p1/plan/interval", signed(["id": "i1", "interval_days": "14", "reason": "stable"])).status == 303)
        }
        let review = try test.review()
        #expect(review.course.history.state == .maintenance && review.view.signatures.map(\.body.of) == [["i1"]])
        #expect(try await test.get("/patients/p1/plan")[0].body.contains("14 days, signed by Person Prescriber"))
    }

    @Test func bookingIsAPlanAndNoFactOfTheFuture() async throws {
        let test = try TestClinic(ready)
        _ = try await test.post("/patients/p1/plan/protocol", signed(["id": "pl1", "protocol": "esk-us-trd"]))
        let form = ["id": "fabcd", "planned_start": "2026-11-26", "planned_start_clock": "09:00", "planned_start_offset": "+01:00", "chair": "Chair 2 <b>"]
        #expect(try await test.post("/patients/p1/booking", form, as: .therapist).status == 403)
        for _ in 0..<2 {
            #expect(try await test.post("/patients/p1/booking", form, as: .frontDesk).status == 303)
            test.advance(minutes: 5)
        }
        let session = try #require(try test.review().sessions.first)
        #expect(try test.review().sessions.count == 1 && session.state == .booked && session.record.id == "2026-11-26-abcd")
        #expect(session.record.plannedStart?.description == "2026-11-26T09:00:00+01:00" && session.record.protocolID == "esk-us-trd")
        #expect(session.record.events.first?.body.time.instant == Instant("2026-11-23T12:00:00Z"))
        let page = try await test.get("/patients/p1/booking", as: .frontDesk)[0]
        #expect(page.status == 200 && page.body.contains("26 Nov 2026 09:00 +01:00") && page.body.contains("Chair 2 &lt;b&gt;") && !page.body.contains("2 <b>"))
        #expect(!page.body.contains("sertraline") && !page.body.contains("F33"))
        for change in [["planned_start": "2026-11-20"], ["planned_start_clock": ""], ["planned_start": "2029-01-01"], ["planned_start_offset": "+99:00"]] {
            let answer = try await test.post("/patients/p1/booking", form.merging(["id": "other"]) { $1 }.merging(change) { $1 }, as: .frontDesk)
            #expect(answer.status == 422, "\(change)")
        }
        #expect(try test.review().sessions.count == 1)
    }

    private func register(_ patient: String, _ test: TestClinic) async throws {
        let form = ["id": "r-\(patient)", "patient": patient, "birth_date": "1979-04-02", "sex": "male"]
        try #require(try await test.post("/patients", form, as: .frontDesk).status == 303)
    }

    /// Two sessions in one chair at one time are told before anything is stored; the reason to book all the same is kept.
    @Test func aTakenChairIsTold() async throws {
        let test = try TestClinic(ready)
        for patient in ["p2", "p3"] { try await register(patient, test) }
        func book(_ patient: String, _ id: String, _ clock: String, _ chair: String, _ more: [String: String] = [:]) async throws -> TestClinic.Answer {
            let form = ["id": id, "planned_start": "2026-11-26", "planned_start_clock": clock, "planned_start_offset": "+00:00", "chair": chair]
            return try await test.post("/patients/\(patient)/booking", form.merging(more) { $1 }, as: .frontDesk, headers: [.accept: "application/json"])
        }
        #expect(try await book("p1", "f0001", "09:00", "Chair 7").status == 200)
        #expect(try await book("p2", "f0002", "09:30", "8").status == 200)
        let clash = try await book("p3", "f0003", "10:00", " 7 ")
        #expect(
            clash.status == 422 && clash.body.contains("Chair 7 is taken from 09:00") && clash.body.contains("session of p1")
                && clash.body.contains(#""field":"chair""#))
        #expect(!clash.body.contains("Free then: 8"), "8 is taken as well")
        #expect(try test.clinic.store.factCount(of: "p3") == 1)
        // Later the same day, another chair, no chair at all: nothing clashes. The same form again is the same booking.
        #expect(try await book("p3", "f0004", "14:00", "7").status == 200)
        #expect(try await book("p1", "f0001", "09:00", "Chair 7").status == 200)
        #expect(try await book("p2", "f0005", "09:40", "9").body.contains("This patient has a session then"))
        let shared = ["chair_reason": "The couch <b> beside it"]
        #expect(try await book("p3", "f0006", "10:00", "7", shared).status == 200)
        let page = try await test.get("/patients/p3/booking", as: .frontDesk)[0].body
        #expect(page.contains("Chair taken") && page.contains("The couch &lt;b&gt; beside it"))
    }

    /// Two desks that book one chair at the same moment: one of them is told.
    @Test func twoDesksAtOnce() async throws {
        let test = try TestClinic(ready)
        try await register("p2", test)
        let form = ["planned_start": "2026-11-26", "planned_start_clock": "09:00", "planned_start_offset": "+00:00", "chair": "7"]
        async let one = test.post("/patients/p1/booking", form.merging(["id": "f0001"]) { $1 }, as: .frontDesk)
        async let two = test.post("/patients/p2/booking", form.merging(["id": "f0002"]) { $1 }, as: .frontDesk)
        #expect(try await Set([one.status, two.status]) == [303, 422])
    }

    /// A reading taken the day of the booking belongs to the session going on, not to the one booked for later.
    @Test func aBookingTakesNoReadings() throws {
        let facts = """
            {"type":"session","id":"b","session":"later","event":"book","time":"2026-11-20T08:00:00Z","planned_start":"2026-11-30T09:00:00Z"}
            {"type":"session","id":"c","session":"now","event":"check_in","time":"2026-11-20T07:30:00Z"}
            {"type":"measurement","id":"m","time":"2026-11-20T08:30:00Z","metric":"sbp","value":128,"unit":"mm[Hg]"}

            """
        let review = try TestClinic(ready + facts).review()
        #expect(review.readings.all("sbp", in: "now").map(\.fact) == ["m"] && review.readings.all("sbp", in: "later").isEmpty)
        #expect(review.sessions.map(\.record.id) == ["now", "later"] && review.sessions.last?.state == .booked)
    }
}

@Suite struct ConsentTests {
    @Test func consentNamesVersionPersonAndWitness() async throws {
        let test = try TestClinic(ready)
        let form = signed(["id": "co1", "version": "topics-1", "patient_name": "Ann <i>Example</i>", "witness": "Bo"])
        // The page carries the version of the text, and before eligibility is signed nobody consents.
        #expect(try await test.get("/patients/p1/consent")[0].body.contains("version topics-1"))
        #expect(try await test.post("/patients/p1/consent", form).status == 422)
        #expect(try await test.post("/patients/p1/eligibility/sign", signed(["id": "s1"])).status == 303)
        test.advance(minutes: 5)
        #expect(try await test.post("/patients/p1/consent", form.merging(["version": "topics-0"]) { $1 }).status == 422)
        #expect(try await test.post("/patients/p1/consent", form.merging(["signature": ""]) { $1 }).status == 422)
        #expect(try await test.post("/patients/p1/consent", form, as: .nurse).status == 403)
        for _ in 0..<2 { #expect(try await test.post("/patients/p1/consent", form).status == 303) }
        let review = try test.review()
        #expect(review.course.history.state == .consented && review.course.history.outOfOrder.isEmpty)
        let event = try #require(review.view.courseEvents.last)
        #expect(event.detail("version") == "topics-1" && event.detail("witness") == "Bo" && event.detail("text_sha256") == ConsentText.topics.digest)
        #expect(review.view.signatures(of: "co1").first?.fact.author == "prescriber")
        let page = try await test.get("/patients/p1/consent")[0].body
        #expect(page.contains(#"name="version" value="topics-1""#))
        for text in ["Ann &lt;i&gt;Example", "version topics-1", "witness Bo", "This text", "alternatives (ECT, TMS)", "This is not a consent text"] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("<i>"))
        // Later, to the same or a new text: no step of the course.
        test.advance(minutes: 5)
        #expect(try await test.post("/patients/p1/consent", form.merging(["id": "co2"]) { $1 }).status == 303)
        #expect(try test.review().course.history.outOfOrder.isEmpty && test.review().view.courseEvents.last?.body.event == "consent.renewed")
    }

    @Test func aClinicsOwnTextHasAVersion() throws {
        let text = try ConsentText(file: "version: 2026-1\r\n\r\n# Ketamine\r\n\r\nYou may stop\nat any time.\n\n- driving\n- cost\n")
        #expect(text.version == "2026-1" && !text.isProposal)
        #expect(text.blocks == [.heading("Ketamine"), .paragraph("You may stop at any time."), .list(["driving", "cost"])])
        #expect(ConsentText.topics.isProposal && ConsentText.topics.blocks.count == 2)
        for (file, code) in [
            ("Ketamine\ntext", "consent.version"), ("version: \ntext", "consent.version"), ("", "consent.version"), ("version: 1\n\n", "consent.text"),
        ] {
            let problem = try #require(throws: Diagnostic.self) { try ConsentText(file: file) }
            #expect(problem.code == code, "\(file)")
        }
    }
}
