import Dispatch
import Statistics
import Synchronization

/// How a quantity spreads over subjects.
public struct Distribution: Sendable, Equatable {
    public var moments = Moments()
    /// Of the logarithms of values above zero.
    public var logarithms = Moments()
    public var sketch = QuantileSketch()

    public init() {}

    /// p05, p25, p50, p75, p95.
    public static let shares = [0.05, 0.25, 0.5, 0.75, 0.95]
}

extension Simulation {
    /// Subjects in a part: their values are added one after the other, and parts are merged in their order, so that the moments have
    /// the same bytes for any number of threads.
    static let part = 1024

    /// The spread of every output at every time: by time, by output.
    /// - Parameter progress: told after each part how many subjects it had; on any thread.
    public func summarise(_ subjects: Subjects, threads: Int = 1, progress: (@Sendable (Int) -> Void)? = nil) -> [[Distribution]] {
        // Columns that only effects need stand after the outputs.
        let (width, columns) = (outputs.count, columns)
        let table = reduce(subjects, cells: times.count * width, threads: threads, progress: progress) { results, lanes, values in
            for cell in values.indices {
                let value = results[cell / width * columns + cell % width]
                for lane in 0..<lanes { values[cell].append(value[lane]) }
            }
        }
        return times.indices.map { row in Array(table[row * outputs.count..<(row + 1) * outputs.count]) }
    }

    /// Reduces the results of every batch to `cells` values for each subject, and those to distributions.
    /// - Parameter extract: appends the values of a batch's first `lanes` subjects to the cells.
    func reduce(
        _ subjects: Subjects, cells: Int, threads: Int, progress: (@Sendable (Int) -> Void)?,
        extract: @escaping @Sendable (_ results: UnsafePointer<Lanes>, _ lanes: Int, _ values: inout [[Double]]) -> Void
    ) -> [Distribution] {
        let parts = (subjects.count + Self.part - 1) / Self.part
        let workers = max(1, min(threads, parts))
        let merged = Mutex(PartialSums(sketches: [QuantileSketch](repeating: .init(), count: cells), moments: [:]))
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            let engine = Engine(self)
            let size = max(times.count * columns, 1)
            let results = Lanes.allocate(size)
            defer { results.deallocate() }
            var sketches = [QuantileSketch](repeating: .init(), count: cells)
            for part in stride(from: worker, to: parts, by: workers) {
                let range = part * Self.part..<min((part + 1) * Self.part, subjects.count)
                var values = [[Double]](repeating: [], count: cells)
                for cell in values.indices { values[cell].reserveCapacity(range.count) }
                for first in stride(from: range.lowerBound, to: range.upperBound, by: Lanes.scalarCount) {
                    engine.run(subjects, from: first, into: results)
                    extract(results, min(Lanes.scalarCount, range.upperBound - first), &values)
                }
                let moments = values.map { values in
                    var pair = (Moments(), Moments())
                    for value in values where value.isFinite {
                        pair.0.insert(value)
                        if value > 0 { pair.1.insert(Lanes.log(Lanes(repeating: value))[0]) }
                    }
                    return pair
                }
                for (cell, values) in values.enumerated() { for value in values where value.isFinite { sketches[cell].insert(value) } }
                merged.withLock { $0.add(moments, of: part) }
                progress?(range.count)
            }
            merged.withLock { sums in for cell in sketches.indices { sums.sketches[cell].merge(sketches[cell]) } }
        }
        return merged.withLock { sums in
            (0..<cells).map { cell in
                var distribution = Distribution()
                distribution.sketch = sums.sketches[cell]
                if cell < sums.total.count { (distribution.moments, distribution.logarithms) = sums.total[cell] }
                return distribution
            }
        }
    }
}

/// Moments are merged as soon as every earlier part is there.
private struct PartialSums {
    var sketches: [QuantileSketch]
    var moments: [Int: [(Moments, Moments)]]
    var total: [(Moments, Moments)] = []
    private var next = 0

    init(sketches: [QuantileSketch], moments: [Int: [(Moments, Moments)]]) {
        self.sketches = sketches
        self.moments = moments
    }

    mutating func add(_ values: [(Moments, Moments)], of part: Int) {
        moments[part] = values
        while let ready = moments.removeValue(forKey: next) {
            if total.isEmpty { total = ready.map { _ in (Moments(), Moments()) } }
            for cell in ready.indices {
                total[cell].0.merge(ready[cell].0)
                total[cell].1.merge(ready[cell].1)
            }
            next += 1
        }
    }
}
