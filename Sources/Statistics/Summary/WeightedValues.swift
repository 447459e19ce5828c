/// Draws of one quantity with their weights.
public struct WeightedValues: Sendable {
    public let values: [Double]
    /// Sum to 1.
    public let weights: [Double]
    public let mean: Double
    public let deviation: Double

    public init(_ values: [Double], weights: [Double]) {
        (self.values, self.weights) = (values, weights)
        let mean = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
        self.mean = mean
        deviation = zip(values, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }.squareRoot()
    }

    /// (Σw)²/Σw².
    public var effectiveSize: Double { 1 / max(weights.reduce(0) { $0 + $1 * $1 }, 1e-300) }

    public func quantile(_ share: Double) -> Double { quantiles([share])[0] }

    /// For each share the least value that so much of the weight does not exceed.
    ///
    /// Only the neighbourhood of a quantile is put in order (C. A. R. Hoare, Comm. ACM 4 (1961) 321, DOI 10.1145/366622.366647).
    public func quantiles(_ shares: [Double]) -> [Double] {
        var pairs = zip(values, weights).map { (value: $0, weight: $1) }
        return shares.map { share in
            pairs.withUnsafeMutableBufferPointer { pairs in
                var (low, high, below) = (0, pairs.count - 1, 0.0)
                guard high >= 0 else { return .nan }
                while low < high {
                    let pivot = pairs[(low + high) / 2].value
                    var (i, j) = (low, high)
                    while i <= j {
                        while pairs[i].value < pivot { i += 1 }
                        while pairs[j].value > pivot { j -= 1 }
                        if i <= j {
                            pairs.swapAt(i, j)
                            i += 1
                            j -= 1
                        }
                    }
                    // low...j do not exceed the pivot, i...high do not fall below it, one between them may be it.
                    let left = j < low ? 0 : pairs[low...j].reduce(0) { $0 + $1.weight }
                    let middle = j + 1 < i ? pairs[j + 1].weight : 0
                    if below + left >= share, j >= low {
                        high = j
                    } else if below + left + middle >= share, j + 1 < i {
                        return pivot
                    } else if i <= high {
                        below += left + middle
                        low = i
                    } else {
                        return pivot
                    }
                }
                return pairs[low].value
            }
        }
    }
}
