import Notation

/// What one analysis said of one replicate. Nothing where it could not be done: no events, nobody rated.
struct AnalysisResult: Sendable, Equatable {
    struct Value: Sendable, Equatable {
        /// On the scale on which it is about normal: of a hazard ratio the logarithm.
        var estimate: Double
        var standardError: Double
        var low: Double
        var high: Double
        var p: Double
    }

    var value: Value?

    static let none = AnalysisResult(value: nil)

    init(value: Value?) {
        self.value = value.flatMap { value in
            [value.estimate, value.standardError, value.low, value.high, value.p].allSatisfy(\.isFinite) ? value : nil
        }
    }

    var json: JSONValue {
        guard let value else { return .null }
        return .array([value.estimate, value.standardError, value.low, value.high, value.p].map { JSONValue($0) })
    }

    init(_ json: JSONValue) {
        let numbers = json.array?.compactMap(\.double) ?? []
        self.init(
            value: numbers.count == 5
                ? Value(estimate: numbers[0], standardError: numbers[1], low: numbers[2], high: numbers[3], p: numbers[4]) : nil)
    }
}
