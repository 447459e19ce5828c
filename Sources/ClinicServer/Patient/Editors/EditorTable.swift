import Chart
import Evidence
import Guidance
import Notation
import Psychometrics

/// Every kind of history a person may enter. Words and codes come from the knowledge files; nothing clinical is made up here.
enum EditorTable {
    static func all(_ knowledge: KnowledgeBase) -> [FactEditor] {
        [
            demographics, diagnoses(knowledge), trials(knowledge), conditions(knowledge), medications(knowledge), scores(knowledge),
            measurements(knowledge), therapies(knowledge), adverseEvents(knowledge), notes,
        ]
    }

    private typealias Choice = EditorField.Choice

    private static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> EditorField.Input where Word.RawValue == String {
        .choice(Word.allCases.map { Choice($0.rawValue) })
    }

    private static let remark = EditorField("note", "Remark", .line(500))

    private static let demographics = FactEditor(
        path: "person", kind: .patient, title: "Person", noun: "birth date and sex", empty: "Birth date and sex are not on record.",
        fields: [
            EditorField("birth_date", "Birth date", .day, required: true),
            EditorField("sex", "Sex", .choice(Sex.allCases.map { Choice($0.rawValue) }), required: true),
            EditorField("deceased", "Died on", .day),
        ],
        isSingle: true)

    private static func diagnoses(_ knowledge: KnowledgeBase) -> FactEditor {
        FactEditor(
            path: "diagnosis", kind: .diagnosis, title: "Diagnosis", noun: "diagnosis", empty: "No diagnosis of depression on record.",
            fields: [
                EditorField(
                    "code", "Code", .code(system: "ICD-10-CM", depressionCodes(knowledge)),
                    hint: "ICD-10-CM has no code for treatment resistance; it is computed."),
                EditorField("time", "Stated on", .moment, required: true),
                EditorField("severity", "Severity of the episode", words(EpisodeSeverity.self)),
                EditorField("psychotic", "Psychotic features", .yesOrNo),
                EditorField("episode_start", "Episode began on", .day, hint: "Trials count from here on."),
                EditorField("end", "Ended on", .day), remark,
            ],
            subject: "code", dependents: ["name"], end: ("end", "End", "Ended on"), groups: ["resistance"], remark: restingFindings)
    }

    private static func trials(_ knowledge: KnowledgeBase) -> FactEditor {
        let names = knowledge.treatments.treatments.map(\.title)
        return FactEditor(
            path: "trials", kind: .treatmentTrial, title: "Treatment trials", tab: "Trials", noun: "treatment trial",
            empty:
                "No treatment trial on record. Enter every antidepressant of this episode: without two adequate failed ones there is no treatment resistance.",
            fields: [
                EditorField("treatment", "Treatment", .line(120, suggestions: names), required: true),
                EditorField("dose_mg_per_day", "Highest sustained dose", .number(0...100_000), unit: "mg/day"),
                EditorField("sessions", "Treatments given", .number(0...10_000), hint: "ECT, TMS, psychotherapy"),
                EditorField("start", "From", .day), EditorField("end", "Until", .day, hint: "Empty: still going on"),
                EditorField(
                    "adherence", "Adherence", .numberOrWord(["adequate", "inadequate", "unknown"]), hint: "A word, or the share of doses taken, 0 to 1"),
                EditorField("outcome", "Outcome", words(TreatmentTrial.Outcome.self)),
                EditorField("stopped_for", "Stopped for", words(TreatmentTrial.StopReason.self)),
                EditorField("augments", "Added to", .line(120, suggestions: names), hint: "Only for augmentation"), remark,
            ],
            subject: "treatment", groups: ["resistance"], remark: judgedTrial)
    }

    private static func conditions(_ knowledge: KnowledgeBase) -> FactEditor {
        let names = knowledge.codeSets.values.sorted { $0.id < $1.id }.flatMap { $0.names.written.prefix(1) }
        return FactEditor(
            path: "conditions", kind: .condition, title: "Conditions and allergies", tab: "Conditions", noun: "condition or allergy",
            empty: "None on record. Eligibility takes what is not here as not present: ask, and enter what there is.",
            fields: [
                EditorField("name", "Condition", .line(200, suggestions: names), hint: "An allergy as “allergy to …”"),
                EditorField("time", "Since", .day), EditorField("end", "Until", .day), remark,
            ],
            subject: "name", end: ("end", "End", "Ended on"), groups: ["eligibility"], remark: restingFindings)
    }

    private static func medications(_ knowledge: KnowledgeBase) -> FactEditor {
        FactEditor(
            path: "medication", kind: .medication, title: "Co-medication", tab: "Medication", noun: "drug",
            empty: "Nothing on record. Ask for prescriptions, over-the-counter drugs and substances.",
            fields: [
                EditorField("drug", "Drug", .line(120, suggestions: unique(knowledge.interactions.interactions.flatMap(\.names))), required: true),
                EditorField("dose", "As prescribed", .line(200)), EditorField("dose_mg_per_day", "Daily dose", .number(0...100_000), unit: "mg/day"),
                EditorField("start", "From", .day), EditorField("end", "Until", .day, hint: "Empty: still taken"), remark,
            ],
            subject: "drug", end: ("end", "Stop", "Stopped on"), groups: ["interactions"], remark: interactions)
    }

    private static func scores(_ knowledge: KnowledgeBase) -> FactEditor {
        let scored = knowledge.instruments.filter(\.isScored)
        return FactEditor(
            path: "scores", kind: .assessment, title: "Scores", noun: "score", empty: "No scale on record.",
            fields: [
                EditorField("instrument", "Instrument", .settled(scored.map(\.id)), required: true), EditorField("time", "Rated on", .moment, required: true),
                EditorField("rater", "Rated by", .choice([Choice("clinician"), Choice("self", "patient"), Choice("observer")])),
                EditorField("answers", "Items", .answers(Dictionary(scored.map { ($0.id, $0.items.count) }, uniquingKeysWith: { first, _ in first }))),
                EditorField("total", "Total", .number(-1000...1000), hint: "Only without items; answers are added up by the scale’s own rules."), remark,
            ],
            subject: "instrument", chosenFirst: "instrument", groups: ["symptoms", "risk"], lists: { $0.session == nil }, remark: banded)
    }

    private static func measurements(_ knowledge: KnowledgeBase) -> FactEditor {
        let metrics = knowledge.metrics.metrics.values.filter { $0.loinc != nil }.sorted { $0.title < $1.title }
        return FactEditor(
            path: "measurements", kind: .measurement, title: "Measurements", noun: "measurement", empty: "No weight, height or laboratory value on record.",
            fields: [
                EditorField("metric", "What", .choice(metrics.map { Choice($0.id, $0.title, companion: $0.unit) }), required: true),
                EditorField("value", "Value", .numberOrWord(["negative", "positive"]), required: true),
                EditorField("unit", "Unit", .line(20, suggestions: unique(metrics.compactMap(\.unit))), hint: "As UCUM writes it: kg, mm[Hg], U/L"),
                EditorField("upper_limit", "Upper limit of the laboratory", .number(0...1e6), hint: "Liver values are judged against it."),
                EditorField("time", "Taken on", .moment, required: true, hint: "With its time"), remark,
            ],
            subject: "metric", dependents: [], lists: { $0.session == nil }, remark: restingFindings)
    }

    private static func therapies(_ knowledge: KnowledgeBase) -> FactEditor {
        let modalities = knowledge.treatments.treatments.filter { $0.category == .psychotherapy }.flatMap(\.names)
        return FactEditor(
            path: "therapy", kind: .therapy, title: "Therapy", noun: "therapy session", empty: "No therapy session on record.",
            fields: [
                EditorField("modality", "Kind of therapy", .line(120, suggestions: modalities + ["preparation", "integration"]), required: true),
                EditorField("time", "Held on", .moment, required: true), EditorField("duration_min", "Minutes", .number(1...1440), unit: "min"),
                EditorField("note", "What it was about", .words(4000)),
            ],
            need: .writeTherapy)
    }

    private static func adverseEvents(_ knowledge: KnowledgeBase) -> FactEditor {
        let terms = knowledge.codeSets.values.filter { ["dissociation", "sedation", "vomiting", "urinary_symptoms"].contains($0.id) }
            .sorted { $0.id < $1.id }.flatMap { $0.names.written.prefix(3) }
        return FactEditor(
            path: "adverse-events", kind: .adverseEvent, title: "Adverse events", noun: "adverse event",
            empty: "No adverse event outside sessions on record. Those of a session are recorded in its room.",
            fields: [
                EditorField("term", "What happened", .line(200, suggestions: terms), required: true), EditorField("onset", "Began on", .moment, required: true),
                EditorField("resolved", "Over on", .moment), EditorField("severity", "Severity", words(AdverseEvent.Severity.self)),
                EditorField("serious", "Serious", .yesOrNo, hint: "Death, danger to life, hospital, lasting harm"), remark,
            ],
            end: ("resolved", "Over", "Over on"), lists: { $0.session == nil }, remark: restingFindings)
    }

    private static let notes = FactEditor(
        path: "notes", kind: .note, title: "Notes", noun: "note", empty: "No note yet. A note is a draft until its author signs it.",
        fields: [
            EditorField("text", "Note", .words(20_000), required: true), EditorField("session", "About session", .line(200), hint: "Empty: about the patient"),
        ],
        isTimedByRecording: true, isSigned: true, remark: signed)

    /// The codes of the set `depression`, those of its families that another set spells out included.
    private static func depressionCodes(_ knowledge: KnowledgeBase) -> [EditorField.Choice] {
        let system = "ICD-10-CM"
        guard let depression = knowledge.codeSets["depression"] else { return [] }
        let sets = knowledge.codeSets.values.sorted { $0.id < $1.id }
        let codes = Set(sets.flatMap(\.codes.entries).filter { $0.system == system && !$0.code.hasSuffix("*") }.map(\.code))
        return codes.filter { depression.contains(Code(system: system, code: $0)) }.sorted().map { code in
            let display = depression.codes.entries.first { $0.system == system && $0.code == code }?.display ?? display(of: code, in: depression, sets, system)
            return Choice(code, "\(code) \(display)", companion: display)
        }
    }

    /// A code of a family (`F33*`) in the words of the family and of the sets that spell it out.
    private static func display(of code: String, in depression: CodeSet, _ sets: [CodeSet], _ system: String) -> String {
        let family = depression.codes.entries.first { $0.system == system && $0.code.hasSuffix("*") && code.hasPrefix($0.code.dropLast()) }?.display
        let levels = sets.filter { set in
            set.id != depression.id && set.id.hasPrefix(depression.id) && set.codes.entries.contains { $0.system == system && $0.code == code }
        }
        return ([family] + levels.map { $0.title.lowercased() }).compactMap { $0 }.joined(separator: ", ")
    }
}

extension Fact {
    /// The session a fact belongs to, where its kind can name one.
    var session: String? {
        switch body {
        case .measurement(let body): body.session
        case .assessment(let body): body.session
        case .adverseEvent(let body): body.session
        case .note(let body): body.session
        case .session(let body): body.session
        case .administration(let body): body.session
        default: nil
        }
    }
}
