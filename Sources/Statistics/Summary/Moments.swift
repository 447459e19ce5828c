/// Mean and spread of a stream, and of its logarithms where all values are above zero; merged by Chan, Golub and LeVeque's rule
/// (Am. Stat. 37 (1983) 242, DOI 10.1080/00031305.1983.10483115).
public struct Moments: Sendable, Equatable {
    public private(set) var count = 0
    public private(set) var mean = 0.0
    private var squares = 0.0

    public init() {}

    public mutating func insert(_ value: Double) {
        count += 1
        let difference = value - mean
        mean += difference / Double(count)
        squares += difference * (value - mean)
    }

    public mutating func merge(_ other: Moments) {
        guard other.count > 0 else { return }
        let total = count + other.count
        let difference = other.mean - mean
        squares += other.squares + difference * difference * Double(count) * Double(other.count) / Double(total)
        mean += difference * Double(other.count) / Double(total)
        count = total
    }

    /// With n − 1; nil for fewer than two values.
    public var standardDeviation: Double? { count > 1 ? (squares / Double(count - 1)).squareRoot() : nil }
}
