import Notation
import Pharmacology

extension Fact {
    /// The fact in one line, as a clinician would say it; without patient, time and author.
    ///
    /// Control characters of a source (line breaks, terminal escapes) are shown as spaces.
    public var summary: String {
        let words = words
        guard words.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return words }
        return String(String.UnicodeScalarView(words.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    private var words: String {
        switch body {
        case .patient(let body):
            join(body.birthDate.map { "born \($0)" }, body.sex?.rawValue, body.deceased.map { "died \($0.day)" })
        case .diagnosis(let body):
            join(
                body.name ?? body.code?.display, body.code.map { "\($0.system) \($0.code)" }, body.severity?.rawValue,
                body.psychotic == true ? "psychotic" : nil, body.episodeStart.map { "episode from \($0.day)" }, body.end.map { "ended \($0.day)" })
        case .treatmentTrial(let body):
            join(
                body.augments.map { "\(body.treatment) added to \($0)" } ?? body.treatment, body.milligramsPerDay.map { "\(decimal($0)) mg/day" },
                body.sessions.map { "\($0) sessions" }, span(body.start, body.end), body.outcome.map { "outcome \($0.rawValue)" },
                body.stoppedFor.map { "stopped for \($0.rawValue)" })
        case .condition(let body):
            join(body.name ?? body.code?.display ?? body.code?.code, body.end.map { "ended \($0.day)" }, body.standing.words)
        case .medication(let body):
            join(
                body.drug, body.dose, body.milligramsPerDay.map { "\(decimal($0)) mg/day" }, span(body.start, body.end),
                body.stopped == true && body.end == nil ? "stopped, date not known" : nil)
        case .measurement(let body):
            switch body.value {
            case .number(let value): "\(body.metric) \(decimal(value)) \(body.unit ?? "")"
            case .text, .flag: "\(body.metric.replacingUnderscores) \(body.value)"
            }
        case .assessment(let body):
            join(
                body.instrument + (body.total.map { " \(decimal($0))" } ?? ""), body.answers == nil ? nil : "by item",
                body.rater.map { "rated by \($0 == .self ? "the patient" : $0.rawValue)" })
        case .session(let body):
            join(body.event.replacingUnderscores, body.protocolID, details(body.details))
        case .course(let body): join(body.event.replacingUnderscores, body.protocolID, details(body.details))
        case .note(let body): join(body.text)
        case .signature(let body): join("signs \(body.of.count == 1 ? "a fact" : "\(body.of.count) facts")", body.meaning)
        case .override(let body): join("overrides \(body.rule)", body.reason)
        case .administration(let body):
            join(
                "\(body.drug.rawValue) \(body.dose)", body.route.rawValue, body.durationMinutes.map { "over \(decimal($0)) min" }, body.lot.map { "lot \($0)" })
        case .adverseEvent(let body):
            join(
                body.term, body.severity?.rawValue.replacingUnderscores, body.serious == true ? "serious" : nil,
                body.resolved.map { "resolved \($0.clock.map { "\($0)" } ?? $0.day.description)" } ?? "not resolved")
        case .therapy(let body): join(body.modality, body.durationMinutes.map { "\(decimal($0)) min" })
        case .procedure(let body): join(body.name ?? body.code?.display ?? body.code?.code)
        case .encounter(let body): join(body.name ?? body.code?.display ?? body.code?.code ?? body.setting, body.reason, span(nil, body.end))
        case .retraction(let body): join("withdraws a fact", body.reason)
        }
    }

    private func join(_ parts: String?...) -> String { parts.compactMap { $0 }.joined(separator: ", ") }

    private func details(_ details: [Detail]) -> String? {
        details.isEmpty ? nil : details.map { "\($0.name.replacingUnderscores) \($0.value)" }.joined(separator: ", ")
    }

    private func span(_ start: Moment?, _ end: Moment?) -> String? {
        switch (start, end) {
        case (let start?, let end?): "\(start.day) to \(end.day)"
        case (let start?, nil): "since \(start.day)"
        case (nil, let end?): "until \(end.day)"
        case (nil, nil): nil
        }
    }
}

extension String {
    fileprivate var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}

extension Measurement.Value: CustomStringConvertible {
    public var description: String {
        switch self {
        case .number(let number): decimal(number)
        case .text(let text): text
        case .flag(let flag): flag ? "yes" : "no"
        }
    }
}

extension Condition.Standing {
    fileprivate var words: String? {
        switch self {
        case .stated: nil
        case .suspected: "suspected"
        case .over: "over"
        case .refuted: "refuted"
        }
    }
}
