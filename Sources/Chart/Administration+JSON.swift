import Notation
import Pharmacology

extension Administration {
    init(from fields: inout FieldReader) throws(Diagnostic) {
        time = try fields.instant("time")
        session = try fields.optionalText("session")
        drug = try fields.word("drug", Drug.self)
        route = try fields.word("route", Route.self)
        let value = try fields.number("dose", expected: "a dose", in: Double.leastNonzeroMagnitude...1e6)
        let unit = try fields.text("unit", expected: "mg or mg/kg")
        guard let dose = Dose(value, unit: unit) else {
            throw fields.wrong("unit", "is \(quoted(unit))", expected: "a UCUM mass such as mg, or mg/kg")
        }
        self.dose = dose
        durationMinutes = try Self.duration(from: time, &fields)
        lot = try fields.optionalText("lot")
    }

    /// Minutes, as stated or until the stated `end`; the longer where both are.
    private static func duration(from time: Moment, _ fields: inout FieldReader) throws(Diagnostic) -> Double? {
        let stated = try fields.optionalNumber("duration_min", expected: "minutes", in: 0...1440)
        guard let end = try fields.optionalInstant("end") else { return stated }
        let minutes = end.instant.minutes(since: time.instant)
        guard (0...1440).contains(minutes) else {
            throw fields.wrong("end", "is before the start or more than a day after it", expected: "when it was all given")
        }
        return max(stated ?? 0, minutes)
    }
}
