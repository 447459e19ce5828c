import Forecast
import Foundation
import Interchange
import Knowledge
import Notation

/// Theophylline in 12 people, by first-order conditional estimation with interaction: table and model read, fitted, standard errors made.
func fitBenchmark() throws {
    let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "docs/examples/theophylline.csv")))
    let text = try String(contentsOfFile: "docs/examples/theophylline.yaml", encoding: .utf8)
    var lines: [String] = []
    for threads in 1...2 {
        var options = PopulationFit.Options()
        options.threads = threads
        var seconds: [Double] = []
        var result = ""
        for _ in 0..<9 {
            let start = ContinuousClock.now
            let model = try FitModelFile.read(text, path: "theophylline.yaml")
            let fit = try PopulationFit(model, try PopulationTable.read(data, file: "theophylline.csv", as: model.data), options)
            seconds.append((ContinuousClock.now - start) / .seconds(1))
            result = "-2 log likelihood \(rounded(fit.minus2LL, places: 3)), converged \(fit.converged)"
        }
        lines.append("\(threads) thread\(threads > 1 ? "s" : "")  \(rounded(seconds.sorted()[4] * 1e3, places: 1)) ms; \(result)")
    }
    print("fit          theophylline, 12 people, 132 measurements, 3 random effects\n  " + lines.joined(separator: "\n  "))
}
