import Statistics

/// The arithmetic of steps in modal coordinates, on the memory of an `Engine`.
struct StepKernel {
    let z, force, response, halves, readers, panels: UnsafeMutablePointer<Lanes>
    /// By output: the reader's index, or -1 - the response's.
    let outputs: UnsafeMutablePointer<Int>
    let responses: Int
    /// Number of modes.
    let count: Int

    /// Equal steps that follow each other, as the inner loop reads them: numbers only, so that nothing is retained there.
    struct Stride {
        /// How many steps; each writes the row after that of the one before.
        var steps = 1
        var decay: Int
        var integral: Int
        /// Where the first response's part of the panel starts; the others follow at equal distance.
        var drivers: Int
        var nodes: Int
        /// -1: nothing to record.
        var row: Int
        var isForced: Bool
        var hasEvents: Bool
        var hasWindows: Bool
        /// By modes, without windows and effects: the case that is worth unrolling.
        var isSimple: Bool
    }

    /// All steps of a simple stride, with their rows of the results.
    @inline(__always)
    func run<Vector: ModeVector>(_: Vector.Type, _ stride: Stride, into row: UnsafeMutablePointer<Lanes>, columns: Int) {
        if stride.isForced {
            steps(Vector.self, stride, true, into: row, columns: columns)
        } else {
            steps(Vector.self, stride, false, into: row, columns: columns)
        }
    }

    /// The modes are read and written once in a step: held over the loop, the compiler takes their lanes apart.
    @inline(__always)
    private func steps<Vector: ModeVector>(
        _: Vector.Type, _ stride: Stride, _ isForced: Bool, into row: UnsafeMutablePointer<Lanes>, columns: Int
    ) {
        var row = row
        for _ in 0..<stride.steps {
            var modes = Vector(at: z, length: count)
            integrateResponses(modes, stride, isForced)
            propagate(&modes, stride, isForced)
            modes.write(to: z)
            if stride.row >= 0 {
                record(modes, into: row, columns: columns)
                row += columns
            }
        }
    }

    @inline(__always)
    private func length<Vector: ModeVector>(_: Vector.Type) -> Int { Vector.length == 0 ? count : Vector.length }

    @inline(__always)
    func integrateResponses<Vector: ModeVector>(_ z: Vector, _ stride: Stride, _ isForced: Bool) {
        let nodes = stride.nodes
        guard nodes > 0 else { return }
        let n = length(Vector.self)
        let size = nodes &* (2 &* n &+ 1) &+ 2
        for turnover in 0..<responses {
            let rows = panels + (stride.drivers &+ turnover &* size)
            let weights = rows + 2 &* nodes &* n
            let sum: Lanes
            if isForced {
                let forced = rows + nodes &* n
                let force = Vector(at: force, length: count)
                sum = reciprocalSum(nodes, weights) { node in
                    force.dot(forced + node &* n, from: z.dot(rows + node &* n, from: halves[turnover]))
                }
            } else {
                sum = reciprocalSum(nodes, weights) { z.dot(rows + $0 &* n, from: halves[turnover]) }
            }
            response[turnover] = (weights[nodes] + sum).addingProduct(response[turnover], weights[nodes &+ 1])
        }
    }

    @inline(__always)
    func propagate<Vector: ModeVector>(_ z: inout Vector, _ stride: Stride, _ isForced: Bool) {
        z.multiply(by: panels + stride.decay)
        if isForced { z.add(Vector(at: force, length: count), times: panels + stride.integral) }
    }

    /// Σ w/driver over an even number of nodes, one division for four of them.
    @inline(__always)
    func reciprocalSum(_ nodes: Int, _ w: UnsafePointer<Lanes>, driver: (Int) -> Lanes) -> Lanes {
        var sum = Lanes.zero
        var node = 0
        while node &+ 4 <= nodes {
            let (a, b, c, d) = (driver(node), driver(node &+ 1), driver(node &+ 2), driver(node &+ 3))
            let ab = a * b
            let cd = c * d
            let first = (w[node] * b).addingProduct(w[node &+ 1], a)
            let second = (w[node &+ 2] * d).addingProduct(w[node &+ 3], c)
            sum += (first * cd).addingProduct(second, ab) / (ab * cd)
            node &+= 4
        }
        if node < nodes {
            let (a, b) = (driver(node), driver(node &+ 1))
            sum += (w[node] * b).addingProduct(w[node &+ 1], a) / (a * b)
        }
        return sum
    }

    @inline(__always)
    func record<Vector: ModeVector>(_ z: Vector, into row: UnsafeMutablePointer<Lanes>, columns: Int) {
        let n = length(Vector.self)
        for column in 0..<columns {
            let index = outputs[column]
            guard index >= 0 else {
                row[column] = response[-1 &- index]
                continue
            }
            let sum = z.dot(readers + index &* n, from: .zero)
            // Modes cancel to within rounding where nothing is there yet.
            row[column] = sum.replacing(with: 0, where: sum .< 0)
        }
    }
}
