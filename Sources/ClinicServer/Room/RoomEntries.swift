import Access
import Chart
import Guidance
import HTTPTypes
import Hummingbird
import Notation

/// What is recorded in a session room, as facts of the contract.
struct RoomEntries: Sendable {
    let clinic: Clinic

    /// Vital signs and scores entered with one touch, and the metric each is stored as.
    static let vitals = ["sbp", "dbp", "hr", "spo2", "rr", "temp", "moaas", "cadss23", "cadss6"]

    /// Fields every entry of a room carries: made in the browser, so that an entry sent twice or late is the same entry.
    static let common: [FormField] = [
        .optional("id", "Entry", .id), .optional("time", "Time", .instant), .optional("seen", "What was on the screen", .instant),
        .optional("confirm", "Record all the same", .flag), .optional("note", "Note", .text(500)),
    ]

    func fields(of metrics: [String]) -> [FormField] {
        metrics.compactMap { id in
            clinic.knowledge.metrics[id].map { metric in
                .optional(id, metric.title, .number((metric.plausible?.low ?? -1e6)...(metric.plausible?.high ?? 1e6)))
            }
        }
    }

    /// When it was observed: as the browser says, or now.
    func time(_ request: ClinicRequest) throws -> Moment {
        let time = request.form.instant("time") ?? Moment(request.now, offset: clinic.offset(request.now))
        guard time.instant <= request.now.adding(minutes: 10) else { throw FormProblem("time", "The time lies in the future. Check the clock of this device.") }
        return time
    }

    func base(_ type: String, _ request: ClinicRequest, id suffix: String = "") throws -> JSONObject {
        var fact: JSONObject = ["type": .string(type), "session": .string(request["session"]), "time": .string(try time(request).description)]
        fact["id"] = request.form["id"].map { .string($0 + suffix) }
        fact["note"] = request.form["note"].map { .string($0) }
        return fact
    }

    /// The readings of an entry.
    func readings(_ request: ClinicRequest) throws -> [JSONObject] {
        let facts = try Self.vitals.compactMap { metric -> JSONObject? in
            guard let value = request.form.number(metric) else { return nil }
            var fact = try base("measurement", request, id: "-\(metric)")
            fact["metric"] = .string(metric)
            fact["value"] = .init(value)
            fact["unit"] = clinic.knowledge.metrics[metric]?.unit.map { .string($0) }
            return fact
        }
        guard !facts.isEmpty else { throw FormProblem("sbp", "Nothing was entered. Type at least one value.") }
        if let systolic = request.form.number("sbp"), let diastolic = request.form.number("dbp"), diastolic >= systolic {
            throw FormProblem("dbp", "The diastolic pressure is not below the systolic one.")
        }
        return facts
    }

    /// A step with the answers given to its questions.
    func step(_ step: SessionStep, _ request: ClinicRequest) throws -> JSONObject {
        var fact = try base("session", request)
        fact["event"] = .string(step.rawValue)
        for question in clinic.knowledge.monitoring.questions(of: step, product: nil) {
            guard let answer = request.form[question.metric] else { continue }
            fact[question.metric] = answer == "true" ? true : answer == "false" ? false : Double(answer).map { .init($0) } ?? .string(answer)
        }
        fact["reason"] = request.form["reason"].map { .string($0) }
        fact["signed"] = OfferedStep.signatures[step].map { .string($0) }
        return fact
    }

    // MARK: - Two people, one session

    /// What somebody else recorded of the same things since the page was last drawn: perhaps the same reading, taken down twice.
    func collision(_ request: ClinicRequest, in chart: Chart, metrics: Set<String>) -> String? {
        guard let seen = request.form.instant("seen")?.instant, !request.form.flag("confirm") else { return nil }
        let theirs = chart.facts.filter { fact in
            guard case .measurement(let body) = fact.body, body.session == request["session"], metrics.contains(body.metric) else { return false }
            return fact.author != request.author && (fact.recorded?.instant ?? seen) > seen
        }
        guard let latest = theirs.max(by: { $0.knownAt < $1.knownAt }) else { return nil }
        let name = latest.author.flatMap { clinic.access.book.accounts[$0]?.name } ?? "Somebody else"
        let clock = latest.observed.map { Moment($0.instant, offset: clinic.offset($0.instant)).clock ?? "" } ?? ""
        return "\(name) has recorded \(latest.summary) at \(clock). Record yours as well?"
    }
}
