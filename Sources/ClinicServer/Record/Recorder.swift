import Access
import Chart
import Guidance
import HTTPTypes
import Hummingbird
import Interchange
import Notation
import Storage

/// Takes what people record of a patient: checked as an import is, stored as one act together with the audit, then told to whoever is looking.
struct Recorder: Sendable {
    let clinic: Clinic

    /// What became of a recording.
    enum Outcome: Sendable, Equatable {
        case stored
        /// The same was recorded before: sent twice, it counts once.
        case known
    }

    /// Stores facts of one patient, all or none.
    /// - Parameters:
    ///   - facts: in the shape of the contract. An `id` in them comes from whoever sends, so that sending again is no second fact. Patient,
    ///     author, source and the time of recording are put in here.
    ///   - about: what the audit says it was about.
    /// - Throws: `Diagnostic` for a fact that cannot be; `StoreError` when the disk refuses.
    @discardableResult
    func record(_ facts: [JSONObject], of patient: PatientID, request: ClinicRequest, source: String = "clinic", about: String) async throws -> Outcome {
        let drafts = facts.map { fact -> Draft in
            var fact = fact
            fact["patient"] = .string(patient)
            if fact["id"] == nil { fact["id"] = .string(clinic.newID("f")) }
            fact["author"] = .string(request.author)
            fact["source"] = .string(source)
            fact["recorded"] = .string(request.now.description)
            return Draft(fact, at: Place())
        }
        let chart = try clinic.charts.chart(of: patient)
        if try isKnown(drafts, in: chart) { return .known }
        let plan = try plan(drafts, for: chart, now: request.now)
        let audit = request.audit(.wrote, patient: patient, about: about)
        do {
            try await clinic.queue.append(at: request.now) { appender in
                for entry in plan.entries { _ = try appender.append(entry) }
                try appender.append(audit)
            }
        } catch {
            // The same form, sent a second time while the first was being written.
            guard try isKnown(drafts, in: clinic.charts.chart(of: patient)) else { throw error }
            return .known
        }
        clinic.charts.add(try plan.entries.map { try Fact.read(try JSONReader.read($0.payload)).fact }, to: patient)
        clinic.live.publish(patient, areReadings: facts.allSatisfy { $0["type"] == "measurement" })
        return .stored
    }

    /// - Parameter chart: of the patient all drafts are of; nil for one who is new.
    private func plan(_ drafts: [Draft], for chart: Chart?, now: Instant) throws -> ImportPlan {
        let existing = ImportPlanner.Existing(
            hasPatient: { _ in chart != nil }, hasFact: { _, fact in chart?.states(fact) ?? false },
            birthDate: { _ in chart?.demographics(asOf: now)?.body.birthDate })
        var planner = ImportPlanner(file: "", knowledge: clinic.knowledge, now: now, existing: existing)
        for draft in drafts { try planner.add(draft) }
        return try planner.finish()
    }

    /// Whether every one of these was recorded before, word for word but for when it was recorded; a time that is the time of recording is no
    /// word of its own.
    /// - Throws: `StoreError.conflict` where an id stands for something else.
    private func isKnown(_ drafts: [Draft], in chart: Chart?) throws -> Bool {
        guard let chart else { return false }
        let known = try drafts.map { draft -> Bool in
            guard let id = draft.json["id"]?.string, chart.states(id), let payload = try clinic.store.payload(of: chart.patient, fact: id),
                let stored = try JSONReader.read(payload).object
            else { return false }
            guard stored.asSent == draft.json.asSent else {
                throw HTTPError(.conflict, message: "This was recorded already, with other content. Load the page again.")
            }
            return true
        }
        return !known.isEmpty && known.allSatisfy { $0 }
    }
}

extension JSONObject {
    /// What somebody said, whenever it was recorded: canonical, without the time of recording, and without a time that is no other.
    var asSent: String {
        var object = self
        if object["time"] == object["recorded"] { object["time"] = nil }
        object["recorded"] = nil
        return JSONValue.object(object).canonical
    }
}
