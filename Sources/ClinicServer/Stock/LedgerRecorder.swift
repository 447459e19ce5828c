import Access
import Dispensary
import HTTPTypes
import Hummingbird
import Notation
import Storage

/// Takes what people write into the ledger: checked as an import is, witnessed, stored as one act together with the audit.
struct LedgerRecorder: Sendable {
    let clinic: Clinic
    let desk: SignInDesk

    /// Records one line.
    /// - Returns: the line; of a form that was sent before, the one it made then.
    /// - Throws: `FormProblem` for what cannot be or is not witnessed; a conflict where rules speak against it and nobody said to go on.
    func record(_ form: LineForm, _ request: ClinicRequest) async throws -> LedgerLine {
        // One line after the other: two people who take the last vial at once are not both told that it is there.
        try await clinic.turns.take("ledger\u{1}") {
            var request = request
            request.now = max(request.now, clinic.now())
            return try await recordInTurn(form, request)
        }
    }

    private func recordInTurn(_ form: LineForm, _ request: ClinicRequest) async throws -> LedgerLine {
        let ledger = try clinic.stock.review(at: request.now).ledger
        let object = try object(form, ledger, request)
        let line = try read(object, form)
        if try isKnown(object) { return line }
        let now = request.now
        guard line.time.instant <= now else { throw FormProblem("time", "The time lies in the future. Check it, or leave it empty.") }
        if !line.kind.counts, !request.form.flag("confirm") { try weigh(line, now) }
        do {
            try await witness(line, needed: form.witness == .needed || target(of: line, ledger)?.kind.needsWitness == true, request)
            let payload = JSONValue.object(object).canonical
            let audit = request.audit(.wroteStock, patient: line.patient, about: [line.kind.rawValue, line.lot].compactMap { $0 }.joined(separator: " "))
            try await clinic.queue.append(at: now) { appender in
                if try appender.append(line, payload: payload) { try appender.append(audit) }
            }
        } catch {
            // The same form, sent a second time while the first was being written.
            guard try isKnown(object) else { throw error }
        }
        if let patient = line.patient { clinic.live.publish(patient) }
        return line
    }

    // MARK: - The line

    private func target(of line: LedgerLine, _ ledger: Ledger) -> LedgerLine? { line.reference.flatMap { id in ledger.lines.first { $0.id == id } } }

    private func object(_ form: LineForm, _ ledger: Ledger, _ request: ClinicRequest) throws -> JSONObject {
        var lot: Lot?
        if let reference = request.form["line"] {
            guard let target = ledger.lines.first(where: { $0.id == reference }) else { throw FormProblem("line", "The ledger has no line with this id.") }
            lot = target.lot.flatMap { ledger.lots[$0] }
        } else if form.kind != .receive {
            lot = ledger.lots[request.form.text("lot")]
            if lot == nil { throw FormProblem("lot", "No such lot was received.") }
        }
        if let patient = request.form["patient"], try !clinic.store.contains(patient) { throw FormProblem("patient", "No patient of this clinic has that id.") }
        var object = try form.line(request.form, lot: lot)
        object["by"] = .string(request.author)
        object["witness"] = request.form["witness"].map { .string($0.lowercased()) }
        object["recorded"] = .string(request.now.description)
        if object["time"] == nil { object["time"] = object["recorded"] }
        return object
    }

    /// - Throws: a `FormProblem` that says the field by its title.
    private func read(_ object: JSONObject, _ form: LineForm) throws -> LedgerLine {
        do {
            return try LedgerLine.read(.object(object)).line
        } catch {
            guard let field = error.place.path.flatMap(form.field) else { throw error }
            throw FormProblem(field.name, "\(field.title): \(error.problem); expected \(error.expected).")
        }
    }

    /// Whether this very line was recorded before.
    /// - Throws: a conflict where its id stands for something else.
    private func isKnown(_ object: JSONObject) throws -> Bool {
        guard let id = object["id"]?.string, let payload = try clinic.store.ledgerPayload(id), let stored = try JSONReader.read(payload).object else {
            return false
        }
        guard stored.asSent == object.asSent else {
            throw HTTPError(.conflict, message: "This was recorded already, with other content. Load the page again.")
        }
        return true
    }

    // MARK: - What speaks against it

    /// What is about to be written is judged as if it had been. What the rules find wrong with it is said first; what has happened all the same
    /// can be recorded.
    private func weigh(_ line: LedgerLine, _ now: Instant) throws {
        let broken = try clinic.stock.review(adding: line, at: now).broken.filter { $0.lines.contains(line.id) && !Self.isSettledLater($0.rule.check) }
        var reasons = broken.map { "\($0.rule.statement.id), \($0.rule.check.title): \($0.text)." }
        if let patient = line.patient, let session = line.session, try !isSession(session, of: patient) {
            reasons.append("The chart of this patient has no session of that name.")
        }
        guard reasons.isEmpty else {
            throw HTTPError(.conflict, message: reasons.joined(separator: "\n") + "\nIf it has happened, tick “record it all the same”.")
        }
    }

    /// Checks that only come out even with later lines, and those that the witness answers.
    private static func isSettledLater(_ check: LedgerCheck) -> Bool { [.notReconciled, .missingWitness, .samePerson, .loss, .spillLost].contains(check) }

    private func isSession(_ session: String, of patient: String) throws -> Bool {
        guard let chart = try clinic.charts.chart(of: patient) else { return false }
        return chart.facts.contains { $0.session == session }
    }

    // MARK: - The second person

    /// Proves the second person by their own password and a fresh code.
    private func witness(_ line: LedgerLine, needed: Bool, _ request: ClinicRequest) async throws {
        let form = request.form
        guard let id = line.witness else {
            if needed { throw FormProblem("witness", "Second person: is missing; this line needs one.") }
            guard form["witness_password"] == nil, form["witness_code"] == nil else { throw FormProblem("witness", "Second person: is missing.") }
            return
        }
        guard line.isByTwoPeople else { throw FormProblem("witness", "The second person must be somebody else than you.") }
        do {
            let account = try await desk.witness(id, password: form.text("witness_password"), code: form.text("witness_code"), request: request)
            guard account.id == id else { throw FormProblem("witness", "The second person is not known.") }
        } catch let problem as FormProblem where problem.field == "password" {
            throw FormProblem("witness_password", "Second person: " + problem.text)
        }
    }
}
