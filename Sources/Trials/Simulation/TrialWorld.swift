import Forecast
import Notation
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One replicate's world: the values of the symptom model that hold in it, and how this trial differs from others.
struct TrialWorld: Sendable {
    let scene: SymptomScene
    var constants: SymptomConstants { scene.constants }
    /// Of the replicate.
    let seed: UInt64
    /// Factor on the burst of a dose.
    let lamotrigine: Double
    /// By axis, added to everybody's place, in standard deviations between people.
    let shifts: [Double]

    /// Address of what is drawn for a whole replicate.
    private static let purpose: UInt32 = 0x5452_0100

    init(_ model: SymptomModel, _ specification: TrialSpecification, replicate: Int) throws(Diagnostic) {
        var model = model.setting(specification.parameters ?? [:])
        if let placebo = specification.placeboResponse {
            for index in model.parameters.indices {
                switch model.parameters[index].id {
                case "expectancy_base", "expectancy_belief", "transient": model.parameters[index].value *= placebo.expectancy ?? 1
                case "drift": model.parameters[index].value += placebo.drift ?? 0
                default: break
                }
            }
        }
        seed = RunSeed.of(specification.runSeed, replicate: replicate)
        var stream = RandomStream(seed: seed, subject: 0, purpose: Self.purpose)
        let uncertainty = specification.uncertainty ?? TrialSpecification.Uncertainty.none
        let axes = Set(["baseline", "sensitivity", "durability", "drift", "volatility"])
        var shifts: [String: Double] = [:]
        for index in model.parameters.indices {
            let quantity = model.parameters[index]
            let (z, own) = (stream.normal(), stream.normal())
            model.parameters[index].betweenTrials = nil
            model.parameters[index].standardError = nil
            if axes.contains(quantity.id) {
                let error = uncertainty == .all ? (quantity.standardError ?? 0) * own : 0
                shifts[quantity.id] = !specification.isUncertain ? 0 : (quantity.betweenTrials ?? 0) * z + error
            } else if uncertainty == .all, let error = quantity.standardError {
                model.parameters[index].value = quantity.scale == .log ? quantity.value * exp(error * own) : quantity.value + error * own
            }
        }
        let constants = try SymptomConstants(model)
        scene = SymptomScene(constants, days: specification.days - Int(specification.firstDay))
        lamotrigine = model.parameters.first { $0.id == "lamotrigine" }?.value ?? 1
        self.shifts = constants.axes.map { axis in axis.spread > 0 ? (shifts[axis.id] ?? 0) / axis.spread : 0 }
    }
}

/// Seeds below a run's: independent streams for every replicate and every round of candidates.
enum RunSeed {
    static func of(_ seed: UInt64, replicate: Int, round: Int = 0) -> UInt64 {
        let counter = SIMD4(UInt32(truncatingIfNeeded: replicate), UInt32(truncatingIfNeeded: round), 0x5452_4941, 0x4C00_0000)
        let block = Philox4x32.block(counter: counter, key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
        return UInt64(block[1]) << 32 | UInt64(block[0])
    }
}
