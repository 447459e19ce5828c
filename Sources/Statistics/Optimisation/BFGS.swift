/// The minimum of a smooth function of a few variables, by the method of Broyden, Fletcher, Goldfarb and Shanno with a line search that
/// meets the strong Wolfe conditions.
///
/// J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed. (2006), DOI 10.1007/978-0-387-40065-5, algorithms 3.5, 3.6 and 6.1.
/// Deterministic; a function that is not finite somewhere is treated as too high there.
public struct BFGS: Sendable {
    public var greatestIterations = 200
    /// Stops when no component of the gradient exceeds this.
    public var tolerance = 1e-6
    /// Stops when an iteration lowers the function by less than this share of its size.
    public var relativeChange = 1e-12

    public init() {}

    public struct Minimum: Sendable {
        public var point: [Double]
        public var value: Double
        public var gradient: [Double]
        public var iterations: Int
        /// False when the limit of iterations was met, or no step lowered the function any more while its slope was not zero.
        public var hasConverged: Bool
    }

    /// - Parameter function: value and gradient; finite at `start`.
    public func minimise(from start: [Double], _ function: ([Double]) -> (value: Double, gradient: [Double])) -> Minimum {
        let n = start.count
        var (point, (value, gradient)) = (start, function(start))
        var inverse = Self.identity(n)
        var isFresh = true
        for iteration in 0..<greatestIterations {
            guard Self.largest(gradient) > tolerance else {
                return Minimum(point: point, value: value, gradient: gradient, iterations: iteration, hasConverged: true)
            }
            var direction = inverse.map { -Self.dot($0, gradient) }
            var slope = Self.dot(direction, gradient)
            if slope >= 0 || !slope.isFinite {
                (inverse, isFresh) = (Self.identity(n), true)
                direction = gradient.map { -$0 }
                slope = -Self.dot(gradient, gradient)
            }
            let first = isFresh ? min(1, 1 / Self.dot(gradient, gradient).squareRoot()) : 1
            guard let found = lineSearch(function, point, direction, value, slope, first: first) else {
                guard !isFresh else { return Minimum(point: point, value: value, gradient: gradient, iterations: iteration, hasConverged: false) }
                (inverse, isFresh) = (Self.identity(n), true)
                continue
            }
            let s = direction.map { $0 * found.step }
            let y = zip(found.gradient, gradient).map { $0 - $1 }
            let fall = value - found.value
            point = zip(point, s).map { $0 + $1 }
            (value, gradient) = (found.value, found.gradient)
            let curvature = Self.dot(s, y)
            if curvature > 1e-300 {
                if isFresh {
                    let scale = curvature / Self.dot(y, y)
                    inverse = Self.identity(n).map { $0.map { $0 * scale } }
                    isFresh = false
                }
                Self.update(&inverse, s, y, curvature)
            }
            if fall <= relativeChange * max(abs(value), 1) {
                return Minimum(point: point, value: value, gradient: gradient, iterations: iteration + 1, hasConverged: true)
            }
        }
        return Minimum(point: point, value: value, gradient: gradient, iterations: greatestIterations, hasConverged: false)
    }

    // MARK: Line search

    private struct Trial {
        var step: Double
        var value: Double
        var gradient: [Double]
        var slope: Double
    }

    /// A step with sufficient decrease (10⁻⁴) and a slope of at most nine tenths; nil when none was found.
    private func lineSearch(
        _ function: ([Double]) -> (value: Double, gradient: [Double]), _ point: [Double], _ direction: [Double], _ value: Double, _ slope: Double, first: Double
    ) -> Trial? {
        func trial(_ step: Double) -> Trial {
            let (found, gradient) = function(zip(point, direction).map { $0 + step * $1 })
            return Trial(step: step, value: found.isFinite ? found : .infinity, gradient: gradient, slope: Self.dot(gradient, direction))
        }
        func isTooHigh(_ trial: Trial) -> Bool { !(trial.value <= value + 1e-4 * trial.step * slope) || !trial.slope.isFinite }
        var low = Trial(step: 0, value: value, gradient: [], slope: slope)
        var high: Double?
        var step = first
        for _ in 0..<40 {
            let next = trial(step)
            if isTooHigh(next) || next.value >= low.value && low.step > 0 {
                high = next.step
            } else if abs(next.slope) <= 0.9 * abs(slope) {
                return next
            } else if let bound = high {
                if next.slope * (bound - next.step) >= 0 { high = low.step }
                low = next
            } else if next.slope >= 0 {
                (low, high) = (next, low.step)
            } else {
                low = next
            }
            step = high.map { (low.step + $0) / 2 } ?? step * 2
        }
        return low.step > 0 ? low : nil
    }

    // MARK: Small dense algebra

    private static func identity(_ n: Int) -> [[Double]] { (0..<n).map { row in (0..<n).map { $0 == row ? 1 : 0 } } }
    private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    private static func largest(_ values: [Double]) -> Double { values.reduce(0) { $1.isNaN ? .infinity : max($0, abs($1)) } }

    /// H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ, ρ = 1/(yᵀs).
    private static func update(_ inverse: inout [[Double]], _ s: [Double], _ y: [Double], _ curvature: Double) {
        let hy = inverse.map { dot($0, y) }
        let factor = (1 + dot(y, hy) / curvature) / curvature
        for i in s.indices {
            for j in s.indices { inverse[i][j] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature }
        }
    }
}
