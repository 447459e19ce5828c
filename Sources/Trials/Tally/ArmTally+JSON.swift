import Notation
import Statistics

/// A tally as a part carries it: lists of whole numbers.
extension ArmTally {
    var json: JSONValue {
        [
            "places": .init(integers: [places, empty, candidates]),
            "columns": .array(columns.map(\.json)),
            "scores": .array(scores.map { .array($0.map { .array([$0.total.json, $0.change.json, JSONValue($0.responses), JSONValue($0.remissions)]) }) }),
            "peaks": .array(peaks.map(\.json)),
            "ends": .array(ends.sorted { $0.key < $1.key }.map { .init(integers: [$0.key, $0.value.relapses, $0.value.censored]) }),
            "sketches": .array(
                sketches.map(\.content).map { content in
                    [
                        "values": .array(content.values.map { JSONValue($0) }),
                        "bins": .array(content.bins.map { .init(integers: [$0.key, $0.count]) }),
                    ]
                }),
        ]
    }

    /// Nil when it is not what `json` writes of a trial with this layout.
    init?(_ json: JSONValue, layout: RowLayout) {
        self.init(layout)
        guard let counts = json["places"]?.integers, counts.count == 3, counts.allSatisfy({ $0 >= 0 }), let columns = json["columns"]?.moments,
            columns.count == self.columns.count, let peaks = json["peaks"]?.moments, peaks.count == self.peaks.count,
            let instruments = json["scores"]?.array, instruments.count == scores.count, let listed = json["ends"]?.array,
            let sketches = json["sketches"]?.array, sketches.count == self.sketches.count
        else { return nil }
        (places, empty, candidates) = (counts[0], counts[1], counts[2])
        (self.columns, self.peaks) = (columns, peaks)
        for (instrument, visits) in instruments.enumerated() {
            guard let visits = visits.array, visits.count == layout.visits else { return nil }
            for (visit, value) in visits.enumerated() {
                guard let total = value[0]?.exactMoments, let change = value[1]?.exactMoments, let responses = value[2]?.int, let remissions = value[3]?.int
                else { return nil }
                scores[instrument][visit] = Score(total: total, change: change, responses: responses, remissions: remissions)
            }
        }
        for value in listed {
            guard let end = value.integers, end.count == 3 else { return nil }
            ends[end[0]] = End(relapses: end[1], censored: end[2])
        }
        for (index, value) in sketches.enumerated() {
            let bins = value["bins"]?.array?.compactMap(\.integers) ?? []
            guard let values = value["values"]?.array?.compactMap(\.double), bins.allSatisfy({ $0.count == 2 }),
                let sketch = QuantileSketch(values: values, bins: bins.map { ($0[0], $0[1]) })
            else { return nil }
            self.sketches[index] = sketch
        }
    }
}

extension ExactMoments {
    var json: JSONValue { .array([JSONValue(count), JSONValue(sum), .number("\(squares)")]) }
}

extension JSONValue {
    init(integers: [Int]) { self = .array(integers.map { JSONValue($0) }) }

    /// A list of nothing but whole numbers.
    var integers: [Int]? {
        guard let array else { return nil }
        let values = array.compactMap(\.int)
        return values.count == array.count ? values : nil
    }

    var exactMoments: ExactMoments? {
        guard let array, array.count == 3, let count = array[0].int, let sum = array[1].int, case .number(let digits) = array[2], let squares = Int128(digits)
        else { return nil }
        return ExactMoments(count: count, sum: sum, squares: squares)
    }

    var moments: [ExactMoments]? {
        guard let array else { return nil }
        let values = array.compactMap(\.exactMoments)
        return values.count == array.count ? values : nil
    }
}
