/// Mean and spread of whole numbers from their exact sums: parts merge in any order to the same bytes.
///
/// Exact while the sum of the squares stays below 2¹²⁷: of numbers up to 2³¹, for more than 10¹⁹ of them.
public struct ExactMoments: Sendable, Equatable {
    public private(set) var count = 0
    public private(set) var sum = 0
    public private(set) var squares: Int128 = 0

    public init() {}

    /// As parts were written down. Nil when no numbers have these sums.
    public init?(count: Int, sum: Int, squares: Int128) {
        // Cauchy and Schwarz: (Σ x)² ≤ n Σ x².
        guard count >= 0, squares >= 0, count > 0 || (sum == 0 && squares == 0),
            Double(sum) * Double(sum) <= Double(count) * Double(squares) * (1 + 1e-9)
        else { return nil }
        (self.count, self.sum, self.squares) = (count, sum, squares)
    }

    public mutating func insert(_ value: Int) {
        count += 1
        sum += value
        squares += Int128(value) * Int128(value)
    }

    public mutating func merge(_ other: ExactMoments) {
        count += other.count
        sum += other.sum
        squares += other.squares
    }

    /// Nil where there is nothing.
    public var mean: Double? { count > 0 ? Double(sum) / Double(count) : nil }

    /// With n − 1; nil for fewer than two values.
    public var standardDeviation: Double? {
        guard count > 1 else { return nil }
        // n Σ x² − (Σ x)², exactly where it fits.
        let (product, overflow) = Int128(count).multipliedReportingOverflow(by: squares)
        let spread =
            overflow
            ? Double(count) * Double(squares) - Double(sum) * Double(sum)
            : Double(product - Int128(sum) * Int128(sum))
        return (max(spread, 0) / (Double(count) * Double(count - 1))).squareRoot()
    }
}
