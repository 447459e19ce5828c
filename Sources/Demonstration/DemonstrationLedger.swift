import Notation

/// The ledger of the fictional clinic: what its charts say was given, issued and wasted by two people. A session that is still going on has
/// its waste open, as it would.
public enum DemonstrationLedger {
    /// Fictional lots. The board names those that expire soon.
    private static let (esketamine, ketamine, old) = ("DEMO-E", "DEMO-K", "DEMO-L")
    private static let milligramsPerMillilitre = 50.0
    /// mL drawn up for a dose: whole ones, so that there is a rest to waste.
    private static func drawnUp(_ millilitres: Double) -> Double { millilitres.rounded(.up) }

    /// One session's doses of one lot.
    private struct Use {
        var patient: String
        var session: String
        var lot: String
        var time: Instant
        var milligrams = 0.0
        var devices = 0
    }

    /// Lines of the ledger in the shape of the contract, up to `now`.
    /// - Parameter facts: of all charts, in the shape of the contract.
    public static func lines(of facts: some Sequence<JSONObject>, at now: Instant) -> [JSONObject] {
        let uses = uses(in: facts)
        guard let first = uses.map(\.time).min() else { return [] }
        var lines: [JSONObject] = []
        func line(_ type: String, _ time: Instant, by: String, _ members: JSONObject) {
            var line: JSONObject = ["type": .string(type), "id": .string("demo-l\(lines.count + 1)"), "time": .string(time.description), "by": .string(by)]
            for (key, value) in members.members { line[key] = value }
            lines.append(line)
        }
        let devices = uses.map(\.devices).reduce(0, +)
        let millilitres = uses.filter { $0.lot == ketamine }.map { drawnUp($0.milligrams / milligramsPerMillilitre) }.reduce(0, +)
        let opening = first.adding(days: -3)
        func day(_ days: Double) -> JSONValue { .string(now.adding(days: days).day.description) }
        line(
            "receive", opening, by: "stefan",
            [
                "lot": .string(esketamine), "drug": "esketamine", "strength_mg_per_device": 28, "devices": .init(devices + 24), "expiry": day(400),
                "witness": "omar",
            ])
        line(
            "receive", opening, by: "stefan",
            [
                "lot": .string(ketamine), "drug": "ketamine", "strength_mg_per_ml": .init(milligramsPerMillilitre), "volume_ml": .init(millilitres + 30),
                "expiry": day(280), "witness": "omar",
            ])
        line(
            "receive", opening, by: "stefan",
            [
                "lot": .string(old), "drug": "ketamine", "strength_mg_per_ml": .init(milligramsPerMillilitre), "volume_ml": 10, "expiry": day(19),
                "witness": "omar",
            ])
        for use in uses.sorted(by: { ($0.time, $0.session) < ($1.time, $1.session) }) {
            let of: JSONObject = ["lot": .string(use.lot), "session": .string(use.session), "patient": .string(use.patient)]
            let given = (use.milligrams / milligramsPerMillilitre * 1000).rounded() / 1000
            let issued: JSONObject = use.lot == esketamine ? ["devices": .init(use.devices)] : ["volume_ml": .init(drawnUp(given))]
            line("issue", use.time.adding(minutes: -2), by: "stefan", JSONObject(of.members + issued.members))
            let over = use.time.adding(minutes: 45)
            guard use.lot == ketamine, over <= now else { continue }
            if over > now.adding(days: -14) { line("administer", over, by: "nina", JSONObject(of.members + [("volume_ml", .init(given))])) }
            let rest = ((drawnUp(given) - given) * 1000).rounded() / 1000
            guard rest > 0 else { continue }
            line(
                "waste", over, by: "nina",
                JSONObject(of.members + [("volume_ml", .init(rest)), ("witness", "omar"), ("reason", "rest in the syringe"), ("from", "session")]))
        }
        let spent = uses.filter { $0.time < now.adding(days: -7) }.map(\.devices).reduce(0, +)
        if spent > 0 {
            line("dispose", now.adding(days: -6), by: "stefan", ["lot": .string(esketamine), "devices": .init(spent), "reason": "sharps container"])
        }
        line("count", now.adding(days: -1), by: "stefan", ["lot": .string(old), "volume_ml": 10, "witness": "omar", "blind": true])
        return lines
    }

    private static func uses(in facts: some Sequence<JSONObject>) -> [Use] {
        var uses: [String: Use] = [:]
        for fact in facts where fact["type"] == "administration" {
            guard let patient = fact["patient"]?.string ?? fact["id"]?.string, let session = fact["session"]?.string, let lot = fact["lot"]?.string,
                let time = fact["time"]?.string.flatMap({ Moment($0) })?.instant, let dose = fact["dose"]?.double
            else { continue }
            var use = uses["\(patient) \(session) \(lot)"] ?? Use(patient: patient, session: session, lot: lot, time: time)
            use.time = min(use.time, time)
            use.milligrams += dose
            use.devices += lot == esketamine ? 1 : 0
            uses["\(patient) \(session) \(lot)"] = use
        }
        return Array(uses.values)
    }
}
