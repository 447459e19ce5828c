import Chart
import Dispensary
import Notation
import Pharmacology

/// What one file of ledger lines would add to a ledger.
public struct LedgerPlan: Sendable {
    public struct Entry: Sendable {
        public var line: LedgerLine
        /// Canonical JSON of the line, with its id.
        public var payload: String
        public var place: Place
    }

    public var entries: [Entry] = []
    /// Lines stated twice word for word.
    public var repeated = 0
    /// Keys nobody reads, counted; they stay in the payload.
    public var unknownKeys: [String: Int] = [:]
}

/// Reads the ledger of controlled drugs as newline-delimited JSON. A file is taken whole or not at all.
public enum LedgerFile {
    /// - Parameter now: lines later than this are refused.
    /// - Throws: the first thing wrong with the file. Rules that a line breaks are no error: the line is taken, and `ledger check` names it.
    public static func plan(_ bytes: [UInt8], name: String, now: Instant) throws(Diagnostic) -> LedgerPlan {
        var plan = LedgerPlan()
        var seen: [String: (place: Place, payload: String)] = [:]
        try NDJSONReader.read(bytes, file: name) { draft throws(Diagnostic) in
            var draft = draft
            if draft.json["id"] == nil { draft.json["id"] = .string(derivedID(of: draft.json)) }
            let reading = try LedgerLine.read(.object(draft.json), at: draft.place)
            guard reading.line.time.instant <= now.adding(minutes: 10) else {
                throw Diagnostic("ledger.future", at: draft.place.at("time"), "lies in the future", expected: "a time up to now")
            }
            let payload = JSONValue.object(draft.json).canonical
            if let earlier = seen[reading.line.id] {
                guard earlier.payload == payload else {
                    throw Diagnostic("ledger.duplicate", at: draft.place.at("id"), "is also the id of the line at \(earlier.place)", expected: "each id once")
                }
                plan.repeated += 1
                return
            }
            seen[reading.line.id] = (draft.place, payload)
            for key in reading.unknownKeys { plan.unknownKeys["\(reading.line.kind.rawValue).\(key)", default: 0] += 1 }
            plan.entries.append(.init(line: reading.line, payload: payload, place: draft.place))
        }
        guard !plan.entries.isEmpty else { throw Diagnostic("ledger.empty", at: Place(file: name), "holds no line", expected: "at least one") }
        return plan
    }
}

extension GivenDose {
    /// The doses of a chart that a ledger can be held against.
    public static func all(in view: ChartView) -> [GivenDose] {
        view.administrations.compactMap { stated in
            let body = stated.body
            let weight = view.latest("weight", by: body.time.instant)?.body.number
            guard let session = body.session, let mass = body.dose.milligrams(weightKilograms: weight)?.value else { return nil }
            return GivenDose(session: session, lot: body.lot, micrograms: Int((mass * 1000).rounded()))
        }
    }
}
