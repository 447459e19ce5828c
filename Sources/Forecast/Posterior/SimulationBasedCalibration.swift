import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whether posteriors mean what they say: people are drawn from the prior, rated, and learnt; the rank of each true value among the posterior's draws
/// must be uniform, and intervals must cover new ratings as often as they claim.
///
/// S. Talts, M. Betancourt, D. Simpson, A. Vehtari, A. Gelman, "Validating Bayesian inference algorithms with simulation-based calibration" (2018),
/// arXiv 1804.06788.
public struct SimulationBasedCalibration: Sendable {
    /// Chi-square p of uniform ranks, by parameter.
    public var pValues: [(name: String, p: Double)]
    /// Share of new ratings inside their intervals of nine tenths, two weeks and eight weeks on. A total is a cell of the scale: it counts by the share of
    /// its probability that lies between the twentieth and the nineteen twentieths.
    public var coverage: Double
    /// The same where a total on the edge counts whole: intervals that end at the end of a scale then hold more than they claim.
    public var closedCoverage: Double
    public var ratings: Int
    /// Patients for whom the No-U-Turn sampler had to answer.
    public var fallbacks: Int
    public var shapes: [Double]

    private static let doseDays = [0.0, 3, 7, 10, 14, 17, 21, 28]
    private static let scoreDays = [-1.0, 1, 4, 7, 12, 18, 25, 35]
    private static let bins = 20

    /// Each with eight doses and eight scores on two scales.
    public static func run(_ forecaster: Forecaster, patients: Int, seed: UInt64, from first: Int = 0) -> SimulationBasedCalibration {
        let simulator = SymptomSimulator(forecaster.constants)
        var counts: [String: [Int]] = [:]
        var names: [String] = []
        var (inside, whole, ratings, fallbacks) = (0.0, 0, 0, 0)
        var forecaster = forecaster
        forecaster.keepsDraws = true
        var shapes: [Double] = []
        for number in first..<first + patients {
            let subject = UInt32(number)
            var stream = RandomStream(seed: seed, subject: subject, purpose: 0x5342_0001)
            let person = simulator.person(&stream)
            var history = SymptomHistory(doses: doseDays.map { .init(day: $0, occupancyHours: 1.7) })
            let times = scoreDays.enumerated().map { (day: $1, scale: $0 % 2) }
            // Half of them are told on the reference, half on the other scale.
            let told = number % 2
            let ahead = [14.0, 56].map { (day: 35 + $0, scale: told) }
            let all = simulator.rate(person, history, at: times + ahead, &stream)
            history.scores = all.filter { $0.day <= 35 }
            let known = forecaster.learn(history, seed: seed, subject: subject)
            let draws = Forecaster.resampled(known.sample, count: 199, seed: seed, subject: subject)
            let truth = person.point(for: known.posterior)
            names = known.posterior.names
            for (index, name) in names.enumerated() {
                let rank = draws.count { $0[index] < truth[index] }
                counts[name, default: [Int](repeating: 0, count: bins)][min(rank * bins / 200, bins - 1)] += 1
            }
            let forecast = forecaster.forecast(known, .init(from: 35, horizon: 56, scale: told), seed: seed, subject: subject)
            for score in all where score.day > 35 {
                let band = forecast.rated[Int(score.day - 35)]
                if score.total >= band.p05, score.total <= band.p95 { whole += 1 }
                inside += centralShare(of: score.total, among: forecast.draws[Int(score.day - 35)])
                ratings += 1
            }
            if known.sample.method == .noUTurn { fallbacks += 1 }
            shapes.append(known.sample.shape)
        }
        let expected = Double(patients) / Double(bins)
        let pValues = names.map { name in
            let statistic = (counts[name] ?? []).reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
            return (name, chiSquareTail(statistic, degrees: bins - 1))
        }
        return .init(
            pValues: pValues, coverage: inside / Double(max(ratings, 1)), closedCoverage: Double(whole) / Double(max(ratings, 1)),
            ratings: ratings, fallbacks: fallbacks, shapes: shapes)
    }

    /// How much of a total's probability lies in the middle nine tenths.
    /// - Parameter draws: of ratings, not rounded to totals.
    private static func centralShare(of total: Double, among draws: [Double]) -> Double {
        let count = Double(draws.count)
        let low = Double(draws.count { ($0 + 0.5).rounded(.down) < total }) / count
        let high = Double(draws.count { ($0 + 0.5).rounded(.down) <= total }) / count
        guard high > low else { return low > 0.05 && low < 0.95 ? 1 : 0 }
        return max(min(high, 0.95) - max(low, 0.05), 0) / (high - low)
    }

    /// P(χ² > x), by Wilson's and Hilferty's approximation (Proc. Natl. Acad. Sci. 17 (1931) 684, DOI 10.1073/pnas.17.12.684).
    static func chiSquareTail(_ x: Double, degrees: Int) -> Double {
        let n = Double(degrees)
        let z = (pow(x / n, 1.0 / 3) - (1 - 2 / (9 * n))) / (2 / (9 * n)).squareRoot()
        return 0.5 * erfc(z * 0.7071067811865476)
    }
}
