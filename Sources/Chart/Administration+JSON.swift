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
        durationMinutes = try fields.optionalNumber("duration_min", expected: "minutes", in: 0...1440)
        lot = try fields.optionalText("lot")
    }
}
