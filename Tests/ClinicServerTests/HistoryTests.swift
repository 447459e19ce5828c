import Access
import Chart
import Foundation
import Guidance
import Notation
import Testing

@testable import ClinicServer

private let patient = """
    {"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}
    {"type":"diagnosis","id":"d1","time":"2026-06-01","code":{"system":"ICD-10-CM","code":"F33.2"},"severity":"severe","episode_start":"2026-01-01"}

    """

/// What pages of a chart do, seen in its review.
extension TestClinic {
    func review(_ patient: String = "p1") throws -> Review {
        let chart = try #require(try clinic.charts.chart(of: patient))
        return Review(of: chart, asOf: now, jurisdiction: .us, knowledge: clinic.knowledge)
    }

    /// Adds to a chart as somebody's form would.
    @discardableResult
    func add(_ editor: String, _ fields: [String: String], id: String, as role: Role = .prescriber) async throws -> Answer {
        try await post("/patients/p1/history/\(editor)", fields.merging(["id": id]) { $1 }, as: role)
    }
}

@Suite struct RegistrationTests {
    private let form = ["id": "f1", "patient": "p7", "birth_date": "1980-05-06", "sex": "female"]

    @Test func registersOnceAndRefusesDuplicates() async throws {
        let test = try TestClinic(patient)
        let first = try await test.post("/patients", form, as: .nurse)
        #expect(first.status == 303 && first.headers[.location] == "/patients/p7")
        #expect(try test.review("p7").view.age == 46)
        // A script is told where to go in a body of that length.
        let told = try await test.post("/patients", form, as: .nurse, headers: [.accept: "application/json"])
        #expect(told.status == 200 && told.body.contains("/patients/p7") && told.headers[.contentLength] == "\(told.body.utf8.count)")
        // The same form again is the same patient; another form under the id is refused, whatever it says.
        #expect(try await test.post("/patients", form, as: .nurse).status == 303)
        #expect(try test.clinic.store.factCount(of: "p7") == 1)
        #expect(try await test.post("/patients", form.merging(["id": "f2"]) { $1 }, as: .nurse).status == 422)
        let other = try await test.post("/patients", form.merging(["sex": "male"]) { $1 }, as: .nurse)
        #expect(other.status == 409)
        #expect(try await test.post("/patients", form.merging(["patient": "p1", "id": "f3"]) { $1 }, as: .nurse).status == 422)
        #expect(try test.clinic.store.factCount(of: "p7") == 1 && test.clinic.store.factCount(of: "p1") == 2)
        #expect(try test.audit { $0.patient = "p7" }.contains { $0.who == "nurse" && $0.what == .wrote })
    }

    @Test func makesAnIdAndNamesWhatIsWrong() async throws {
        let test = try TestClinic(patient)
        var form = form
        form["patient"] = nil
        for _ in 0..<2 { #expect(try await test.post("/patients", form, as: .frontDesk).headers[.location] == "/patients?q=p-f1") }
        #expect(try test.clinic.store.patients().map(\.patient) == ["p-f1", "p1"])
        for (key, value) in [("birth_date", "2027-01-01"), ("birth_date", "1980"), ("sex", "F"), ("patient", "a/b"), ("patient", "..")] {
            let answer = try await test.post("/patients", form.merging([key: value, "id": "f9"]) { $1 }, as: .nurse, headers: [.accept: "application/json"])
            #expect(answer.status == 422 && answer.body.contains(#""field":"\#(key)""#), "\(key) \(value) \(answer.body)")
            #expect(!answer.body.contains("2027"))
        }
        #expect(try await test.post("/patients", form, as: .therapist).status == 403)
        #expect(try await test.get("/patients", as: .frontDesk)[0].body.contains("/register"))
        #expect(try await !test.get("/patients", as: .therapist)[0].body.contains("/register"))
    }
}

@Suite struct HistoryTests {
    /// One declaration serves the form, its check and the fact: what a field takes, it shows again.
    @Test func everyFieldShowsWhatItTook() async throws {
        let clinic = try TestClinic().clinic
        #expect(clinic.editors.count == 10 && Set(clinic.editors.map(\.path)).count == 10)
        for editor in clinic.editors {
            let instrument = clinic.knowledge.instruments.named("PHQ-9")
            for field in editor.fields {
                var sent: [(name: String, value: String)] = [("instrument", "PHQ-9")]
                switch field.input {
                case .line, .words: sent.append((field.name, "a\"b"))
                case .number: sent.append((field.name, "7.5"))
                case .numberOrWord(let words): sent.append((field.name, words.first ?? "0.25"))
                case .choice(let choices), .code(_, let choices): sent.append((field.name, try #require(choices.last).value))
                case .yesOrNo: sent.append((field.name, "false"))
                case .day: sent.append((field.name, "2026-02-03"))
                case .moment: sent += [(field.name, "2026-02-03"), (field.clockName, "23:30"), (field.offsetName, "-05:00")]
                case .answers: sent += [(field.answerName(1), "2"), (field.answerName(9), "0")]
                case .settled: break
                }
                let form = try FormValues(field.formFields.filter { $0.name != "instrument" } + [.required("instrument", "Instrument", .text(60))], sent)
                let fact: JSONObject = [field.name: try field.json(form)]
                let shown = field.shown(fact, instrument: instrument)
                for (name, value) in sent.dropFirst(field.name == "instrument" ? 0 : 1) {
                    #expect(shown[name] == value, "\(editor.path) \(field.name): \(shown)")
                }
            }
        }
    }

    private let trial = [
        "treatment": "sertraline", "dose_mg_per_day": "150", "start": "2026-02-01", "end": "2026-05-01", "adherence": "adequate", "outcome": "none",
        "stopped_for": "inefficacy",
    ]

    @Test func twoFailedTrialsMakeResistanceAndARetractionUnmakesIt() async throws {
        let test = try TestClinic(patient)
        #expect(try await test.add("trials", trial, id: "t1").status == 303)
        #expect(try !test.review().resistance.meetsTRD)
        let second = trial.merging(["treatment": "venlafaxine", "dose_mg_per_day": "225", "start": "2026-05-02", "end": "2026-09-01"]) { $1 }
        #expect(try await test.add("trials", second, id: "t2", as: .nurse).status == 303)
        #expect(try test.review().resistance.meetsTRD)
        let page = try await test.get("/patients/p1/history/trials")[0].body
        #expect(page.components(separatedBy: "Counts: adequate, failed").count == 3 && page.contains("outcome none: a failure") && page.contains("Met"))

        let withdrawn = try await test.post("/patients/p1/history/trials/t2/withdraw", ["reason": "another patient's"])
        #expect(withdrawn.status == 303)
        #expect(try !test.review().resistance.meetsTRD && test.review().view.treatmentTrials.map(\.id) == ["t1"])
        let timeline = try await test.get("/patients/p1")[0].body
        #expect(timeline.contains("withdrawn") && timeline.contains("another patient&#39;s"))
        // Sent again it is the same act; a correction of what is gone is told so.
        #expect(try await test.post("/patients/p1/history/trials/t2/withdraw", ["reason": "another patient's"]).status == 303)
        #expect(try await test.post("/patients/p1/history/trials/t2", second.merging(["id": "x"]) { $1 }).status == 409)
        #expect(try test.clinic.store.factCount(of: "p1") == 5)
    }

    /// A correction is a new fact; the old one stays, the same correction twice is one, and two people do not both correct the same.
    @Test func correctionsSupersede() async throws {
        let test = try TestClinic(patient)
        try await test.add("trials", trial, id: "t1")
        let corrected = trial.merging(["dose_mg_per_day": "25", "id": "c1"]) { $1 }
        for _ in 0..<2 { #expect(try await test.post("/patients/p1/history/trials/t1", corrected).status == 303) }
        test.advance(minutes: 3)
        #expect(try await test.post("/patients/p1/history/trials/t1", corrected).status == 303)
        #expect(try await test.post("/patients/p1/history/trials/t1", corrected.merging(["dose_mg_per_day": "50"]) { $1 }).status == 409)
        let view = try test.review().view
        #expect(view.treatmentTrials.map(\.id) == ["t1~2"] && view.treatmentTrials.first?.body.milligramsPerDay == 25)
        #expect(try test.review().resistance.adequateFailedTrials == 0)
        #expect(try test.clinic.store.payload(of: "p1", fact: "t1")?.contains("150") == true)
        let page = try await test.get("/patients/p1/history/trials")[0].body
        #expect(page.contains("below the adequate dose") && !page.contains("150 mg/day"))
        #expect(try await test.get("/patients/p1")[0].body.contains("<s>sertraline, 150 mg/day"))
        #expect(try await test.post("/patients/p1/history/trials/t1~2", corrected.merging(["dose_mg_per_day": "100"]) { $1 }).status == 303)
        #expect(try test.review().view.treatmentTrials.map(\.id) == ["t1~3"])
    }

    /// What the form does not know, or was not touched, stays to the letter.
    @Test func correctionsKeepWhatTheyDoNotTouch() async throws {
        let imported = """
            {"type":"treatment_trial","id":"i1","treatment":"sertraline","code":{"system":"RxNorm","code":"36437"},"start":"2026-02-01T08:30:00+02:00","adherence":0.85,"insurer":"A"}

            """
        let test = try TestClinic(patient + imported)
        let form = try await test.get("/patients/p1/history/trials/i1")[0].body
        #expect(form.contains(#"value="2026-02-01""#) && form.contains(#"value="0.85""#))
        let same = ["id": "c", "treatment": "sertraline", "start": "2026-02-01", "adherence": "0.85", "dose_mg_per_day": "100"]
        #expect(try await test.post("/patients/p1/history/trials/i1", same).status == 303)
        let payload = try #require(try test.clinic.store.payload(of: "p1", fact: "i1~2"))
        for part in [
            #""start":"2026-02-01T08:30:00+02:00""#, #""adherence":0.85"#, #""insurer":"A""#, "36437", #""author":"prescriber""#, #""source":"clinic""#,
        ] {
            #expect(payload.contains(part), "\(part)")
        }
        // Another drug takes the old one's code away.
        #expect(try await test.post("/patients/p1/history/trials/i1~2", same.merging(["treatment": "fluoxetine"]) { $1 }).status == 303)
        let other = try #require(try test.clinic.store.payload(of: "p1", fact: "i1~3"))
        #expect(!other.contains("36437") && other.contains("insurer"))
    }

    @Test func interactionsStandBesideTheMedication() async throws {
        let test = try TestClinic(patient)
        #expect(try await test.add("medication", ["drug": "lorazepam", "dose": "1 mg nightly", "start": "2026-02-01"], id: "m1", as: .nurse).status == 303)
        let hit = try #require(try test.review().interactions.first)
        #expect(hit.because == ["m1"])
        let page = try await test.get("/patients/p1/history/medication")[0].body
        #expect(page.contains("lorazepam, 1 mg nightly") && page.contains(escapedHTML(hit.interaction.effect)) && page.contains(hit.interaction.id))
        #expect(try await test.post("/patients/p1/history/medication/m1/end", ["end": "2026-11-01"]).status == 303)
        #expect(try test.review().interactions.isEmpty)
        #expect(try test.review().view.medications.map(\.id) == ["m1~2"])
    }

    @Test func scoresByItemAndByTotal() async throws {
        let test = try TestClinic(patient)
        let page = try await test.get("/patients/p1/history/scores?instrument=PHQ-9", "/patients/p1/history/scores?instrument=MADRS").map(\.body)
        #expect(page[0].contains("Little interest or pleasure in doing things") && page[0].contains("Nearly every day"))
        #expect(page[1].contains("10. Suicidal thoughts") && !page[1].contains("answers_11"))
        var answers = ["instrument": "PHQ-9", "time": "2026-11-20", "time_clock": "09:30", "time_offset": "+01:00", "rater": "self"]
        for (index, answer) in [3, 3, 2, 3, 2, 3, 2, 1, 1].enumerated() { answers["answers_\(index + 1)"] = "\(answer)" }
        #expect(try await test.add("scores", answers, id: "a1").status == 303)
        #expect(try await test.add("scores", ["instrument": "MADRS", "time": "2026-11-20", "total": "34", "rater": "clinician"], id: "a2").status == 303)
        let review = try test.review()
        #expect(review.symptoms.map { $0.latest.total }.sorted() == [20, 34] && review.suicideRisk.needsScreener)
        #expect(review.view.assessments.first { $0.id == "a1" }?.body.time.description == "2026-11-20T09:30:00+01:00")
        let wrong = [
            (["answers_1": "4"], "answers"), (["total": "19"], "total"), (["time_clock": "25:00"], "time_clock"), (["instrument": "PHQ-99"], "instrument"),
            (["time": "2026-12-20"], "time"),
        ]
        for (change, field) in wrong {
            let answer = try await test.post(
                "/patients/p1/history/scores", answers.merging(change) { $1 }.merging(["id": "a3"]) { $1 }, headers: [.accept: "application/json"])
            #expect(answer.status == 422 && answer.body.contains(field), "\(field): \(answer.body)")
        }
        #expect(try test.clinic.store.factCount(of: "p1") == 4)
    }

    @Test func everyOtherKindIsTaken() async throws {
        let test = try TestClinic(patient)
        let forms: [(String, [String: String], Role)] = [
            ("diagnosis", ["code": "F33.3", "time": "2026-11-01", "psychotic": "true", "episode_start": "2026-01-01"], .prescriber),
            ("conditions", ["name": "allergy to ketamine", "time": "2020-01-01"], .nurse),
            (
                "measurements", ["metric": "weight", "value": "71.5", "unit": "kg", "time": "2026-11-20", "time_clock": "09:30", "time_offset": "+00:00"],
                .nurse
            ),
            ("measurements", ["metric": "hcg", "value": "negative", "time": "2026-11-20", "time_clock": "09:30", "time_offset": "-05:00"], .nurse),
            ("therapy", ["modality": "CBT", "time": "2026-11-20", "duration_min": "50", "note": "sleep"], .prescriber),
            ("adverse-events", ["term": "headache", "onset": "2026-11-20", "severity": "mild", "serious": "false"], .nurse),
        ]
        for (number, (editor, fields, role)) in forms.enumerated() {
            let answer = try await test.add(editor, fields, id: "f\(number)", as: role)
            #expect(answer.status == 303, "\(editor): \(answer.body)")
            #expect(try await test.get("/patients/p1/history/\(editor)/f\(number)", as: role)[0].status == 200, "\(editor)")
        }
        let review = try test.review()
        #expect(review.eligibility.findings.contains { $0.rule.id == "EL-04" && $0.because.contains("f1") && $0.missing.isEmpty })
        #expect(review.readings.all("weight").last?.number == 71.5)
        #expect(review.view.therapies.first?.fact.note == "sleep" && review.view.adverseEvents.first?.body.serious == false)
        // A number without its unit, and a time without its hour, are asked for: never guessed.
        for (change, field) in [(["unit": ""], "unit"), (["time_clock": ""], "time"), (["value": "9000"], "value")] {
            let answer = try await test.post(
                "/patients/p1/history/measurements", forms[2].1.merging(["id": "x"]) { $1 }.merging(change) { $1 }, as: .nurse,
                headers: [.accept: "application/json"])
            #expect(answer.status == 422 && answer.body.contains(#""field":"\#(field)""#), "\(answer.body)")
        }
    }

    /// A form whose button was pressed twice is one fact, and nobody is told of a conflict with themselves.
    @Test func theSameFormTwiceAtOnceIsOneFact() async throws {
        let test = try TestClinic(patient)
        let before = try test.clinic.store.factCount(of: "p1")
        for number in 0..<10 {
            let form = ["id": "twice-\(number)", "text": "Slept well."]
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await test.post("/patients/p1/history/notes", form).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == [303, 303, 303, 303])
        }
        #expect(try test.clinic.store.factCount(of: "p1") == before + 10)
    }

    @Test func onlyThoseWhoMayWrite() async throws {
        let test = try TestClinic(patient)
        _ = try await test.post("/patients/p1/care-team", ["account": "therapist"])
        #expect(try await test.add("trials", trial, id: "t1", as: .therapist).status == 403)
        #expect(try await test.add("therapy", ["modality": "CBT", "time": "2026-11-20"], id: "h1", as: .therapist).status == 303)
        #expect(try await test.add("therapy", ["modality": "CBT", "time": "2026-11-20"], id: "h2", as: .nurse).status == 403)
        let pages = try await test.get("/patients/p1/history/trials", "/patients/p1/history/therapy", as: .therapist).map(\.body)
        #expect(!pages[0].contains("<h2 id=\"add-heading\">") && pages[1].contains("<h2 id=\"add-heading\">"))
        // One editor does not reach another's facts, nor those of sessions.
        #expect(try await test.get("/patients/p1/history/therapy/d1", as: .therapist)[0].status == 404)
        #expect(try await test.post("/patients/p1/history/notes/h1", ["id": "x", "text": "x"]).status == 404)
    }

    @Test func hostileTextIsShownNeverRun() async throws {
        let test = try TestClinic(patient)
        let hostile = #"</textarea><script>alert(1)</script>"' onmouseover=x <img src=x>"#
        let forms: [(String, [String: String])] = [
            ("trials", ["treatment": hostile, "augments": hostile, "note": hostile]), ("conditions", ["name": hostile, "note": hostile]),
            ("medication", ["drug": hostile, "dose": hostile, "note": hostile]), ("therapy", ["modality": hostile, "time": "2026-11-20", "note": hostile]),
            ("adverse-events", ["term": hostile, "onset": "2026-11-20", "note": hostile]), ("notes", ["text": hostile, "session": hostile]),
            ("measurements", ["metric": "hcg", "value": hostile, "time": "2026-11-20", "time_clock": "09:30", "time_offset": "+00:00", "note": hostile]),
        ]
        for (number, (editor, fields)) in forms.enumerated() {
            let answer = try await test.add(editor, fields, id: "x\(number)")
            #expect(answer.status == 303, "\(editor) \(answer.body)")
            _ = try await test.post("/patients/p1/history/\(editor)/x\(number)/withdraw", ["reason": hostile])
            _ = try await test.add(editor, fields, id: "y\(number)")
            let pages = try await test.get("/patients/p1/history/\(editor)", "/patients/p1/history/\(editor)/y\(number)", "/patients/p1")
            for page in pages {
                #expect(page.status == 200 && page.body.contains("&lt;script&gt;"), "\(editor)")
                #expect(!page.body.contains("<script>") && !page.body.contains("<img") && !page.body.contains("\"' onmouseover"), "\(editor)")
            }
        }
    }
}

@Suite struct NotePageTests {
    @Test func aNoteIsSignedByItsAuthorAndThenOnlyCorrected() async throws {
        let test = try TestClinic(patient)
        #expect(try await test.add("notes", ["text": "Slept well.\nMood lighter."], id: "n1").status == 303)
        test.advance(minutes: 5)
        // The same form again, later: one note.
        #expect(try await test.add("notes", ["text": "Slept well.\nMood lighter."], id: "n1").status == 303)
        #expect(try test.review().view.unsignedNotes.map(\.id) == ["n1"])
        #expect(try await test.get("/patients/p1", "/patients/p1/history/notes").allSatisfy { $0.body.contains("Draft") })

        let sign = ["signature": TestClinic.password]
        #expect(try await test.post("/patients/p1/history/notes/n1/sign", ["signature": "wrong password"]).status == 422)
        #expect(try await test.post("/patients/p1/history/notes/n1/sign", sign, as: .nurse).status == 403)
        #expect(try await test.post("/patients/p1/history/notes/n1", ["id": "x", "text": "other"], as: .nurse).status == 403)
        #expect(try test.review().view.unsignedNotes.count == 1)
        for _ in 0..<2 { #expect(try await test.post("/patients/p1/history/notes/n1/sign", sign).status == 303) }
        var view = try test.review().view
        #expect(view.unsignedNotes.isEmpty && view.signatures.count == 1)
        let signature = view.signatures.first
        #expect(signature?.body.of == ["n1"] && signature?.body.meaning == EditorRoutes.noteMeaning && signature?.fact.author == "prescriber")

        #expect(try await test.post("/patients/p1/history/notes/n1/withdraw", ["reason": "regret"]).status == 409)
        #expect(try await test.post("/patients/p1/history/notes/n1", ["id": "x", "text": "Slept badly."]).status == 303)
        view = try test.review().view
        #expect(view.notes.map(\.id) == ["n1~2"] && view.unsignedNotes.map(\.id) == ["n1~2"])
        #expect(try await test.post("/patients/p1/history/notes/n1/sign", sign).status == 409)
        let timeline = try await test.get("/patients/p1")[0].body
        #expect(timeline.contains("<s>Slept well. Mood lighter.</s>") && timeline.contains("Slept badly."))
        #expect(try await test.post("/patients/p1/history/notes/n1~2/withdraw", ["reason": "regret"]).status == 303)
    }
}
