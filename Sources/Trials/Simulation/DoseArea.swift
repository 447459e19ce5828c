import Forecast
import Notation
import Pharmacology

/// What a dose of the trial does at the receptor, and how much it is, by body weight.
struct DoseArea: Sendable {
    /// kg, evenly spaced; one where weight does not differ.
    private let weights: [Double]
    /// Hours of full occupancy.
    private let areas: [Double]
    private let dose: Dose

    /// kg, where nobody's weight is known: the reference of the pharmacokinetic models.
    static let referenceWeight = 70.0
    private static let step = 5.0

    /// - Throws: when no model knows the drug by this route, or the unit is none of a dose.
    init(_ planned: PlannedDose, drug: Drug, weightDiffers: Bool, occupancy: OccupancyModel) throws(Diagnostic) {
        guard let dose = Dose(planned.amount, unit: planned.unit) else {
            throw Diagnostic("trial", at: Place(path: "doses"), "have the unit \(quoted(planned.unit))", expected: "mg or mg/kg")
        }
        self.dose = dose
        weights = weightDiffers ? Array(stride(from: 30, through: 250, by: Self.step)) : [Self.referenceWeight]
        var areas: [Double] = []
        for weight in weights {
            let cause = OccupancyModel.Cause(
                drug: drug, route: planned.route, milligrams: dose.milligrams(weightKilograms: weight)?.value ?? 0, durationMinutes: planned.durationMinutes,
                weight: weightDiffers ? weight : nil)
            guard let area = occupancy.area(cause) else {
                throw Diagnostic(
                    "trial", at: Place(path: "doses"), "are of \(drug.rawValue) \(planned.route.rawValue), which no model describes",
                    expected: "a drug and a route of `euthymia simulate --list`")
            }
            areas.append(area)
        }
        self.areas = areas
    }

    /// In a straight line between two weights of the table.
    func occupancyHours(weight: Double) -> Double {
        guard areas.count > 1 else { return areas[0] }
        let place = max(0, min((weight - weights[0]) / Self.step, Double(areas.count - 1)))
        let index = min(Int(place), areas.count - 2)
        return areas[index] + (place - Double(index)) * (areas[index + 1] - areas[index])
    }

    func milligrams(weight: Double) -> Double { dose.milligrams(weightKilograms: weight)?.value ?? 0 }
}
