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
    /// Lines stated twice word for word, taken once.
    public var repeated = 0
    /// Movements without an id stated again word for word, each kept as one of its own.
    public var repeatedEvents = 0
    /// Keys nobody reads, counted; they stay in the payload.
    public var unknownKeys: [String: Int] = [:]

    /// What a person should look at in the file.
    public var remarks: [String] {
        [keptSeparate(repeatedEvents)].compactMap { $0 }
            + unknownKeys.sorted { $0.key < $1.key }.map { key, count in "\(count) × \(key): kept, read by no rule" }
    }

    /// The same for scripts.
    public var remarksJSON: JSONObject {
        [
            "kept_separate": .init(repeatedEvents),
            "unknown_keys": .object(JSONObject(unknownKeys.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) })),
        ]
    }
}

/// Reads the ledger of controlled drugs as newline-delimited JSON. A file is taken whole or not at all.
public enum LedgerFile {
    /// - Parameter now: lines later than this are refused.
    /// - Throws: the first thing wrong with the file. Rules that a line breaks are no error: the line is taken, and `ledger check` names it.
    public static func plan(_ bytes: [UInt8], name: String, now: Instant) throws(Diagnostic) -> LedgerPlan {
        var plan = LedgerPlan()
        var ids = DerivedIDs()
        var seen: [String: (place: Place, payload: String)] = [:]
        try NDJSONReader.read(bytes, file: name) { draft throws(Diagnostic) in
            var draft = draft
            if draft.json["id"] == nil {
                draft.json["id"] = .string(ids.id(of: draft.json, isEvent: LedgerLine.Kind(word: draft.json["type"]?.string ?? "")?.isEvent ?? false))
            }
            let reading = try LedgerLine.read(.object(draft.json), at: draft.place)
            for (key, moment) in [("time", reading.line.time), ("recorded", reading.line.recorded)] where moment?.instant ?? now > now.adding(minutes: 10) {
                throw Diagnostic("ledger.future", at: draft.place.at(key), "lies in the future", expected: "a time up to now")
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
        plan.repeatedEvents = ids.repeatedEvents
        guard !plan.entries.isEmpty else { throw Diagnostic("ledger.empty", at: Place(file: name), "holds no line", expected: "at least one") }
        return plan
    }
}

extension GivenDose {
    /// The doses of a chart, for a ledger to be held against.
    public static func all(in view: ChartView) -> [GivenDose] {
        view.administrations.map { stated in
            let body = stated.body
            let mass = body.dose.milligrams(weightKilograms: view.latest("weight", by: body.time.instant)?.body.number)?.value
            return GivenDose(
                patient: view.patient, session: body.session, lot: body.lot, drug: body.drug, micrograms: mass.map { Int(min($0 * 1000, 1e12).rounded()) },
                time: body.time)
        }
    }
}
