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
        if try isKnown(drafts, of: patient) { return .known }
        let plan = try plan(drafts, now: request.now)
        let audit = request.audit(.wrote, patient: patient, about: about)
        do {
            try await clinic.queue.append(at: request.now) { appender in
                for entry in plan.entries { _ = try appender.append(entry) }
                try appender.append(audit)
            }
        } catch {
            // The same form, sent a second time while the first was being written.
            guard try isKnown(drafts, of: patient) else { throw error }
            return .known
        }
        clinic.charts.add(try plan.entries.map { try Fact.read(try JSONReader.read($0.payload)).fact }, to: patient)
        clinic.live.publish(patient, areReadings: facts.allSatisfy { $0["type"] == "measurement" })
        return .stored
    }

    private func plan(_ drafts: [Draft], now: Instant) throws -> ImportPlan {
        let store = clinic.store
        let existing = ImportPlanner.Existing(
            hasPatient: { (try? store.contains($0)) ?? false }, hasFact: { (try? store.contains($0, fact: $1)) ?? false },
            birthDate: { [charts = clinic.charts] in (try? charts.chart(of: $0))?.demographics(asOf: now)?.body.birthDate })
        var planner = ImportPlanner(file: "", knowledge: clinic.knowledge, now: now, existing: existing)
        for draft in drafts { try planner.add(draft) }
        return try planner.finish()
    }

    /// Whether every one of these was recorded before, word for word but for when it was recorded; a time that is the time of recording is no
    /// word of its own.
    /// - Throws: `StoreError.conflict` where an id stands for something else.
    private func isKnown(_ drafts: [Draft], of patient: PatientID) throws -> Bool {
        let known = try drafts.map { draft -> Bool in
            guard let id = draft.json["id"]?.string, let payload = try clinic.store.payload(of: patient, fact: id),
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
