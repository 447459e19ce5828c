import Statistics

/// The order of a system, as a type: the compiler unrolls the loops over modes for each of them.
protocol SystemOrder {
    /// Nil for an order known only at run time.
    static var order: Int? { get }
}

enum Order {
    enum One: SystemOrder { static var order: Int? { 1 } }
    enum Two: SystemOrder { static var order: Int? { 2 } }
    enum Three: SystemOrder { static var order: Int? { 3 } }
    enum Four: SystemOrder { static var order: Int? { 4 } }
    enum Five: SystemOrder { static var order: Int? { 5 } }
    enum Six: SystemOrder { static var order: Int? { 6 } }
    enum Seven: SystemOrder { static var order: Int? { 7 } }
    enum Eight: SystemOrder { static var order: Int? { 8 } }
    enum `Any`: SystemOrder { static var order: Int? { nil } }
}

/// The arithmetic of one step in modal coordinates, on the memory of an `Engine`.
struct StepKernel {
    let z, force, response, halves, readers, panels: UnsafeMutablePointer<Lanes>
    /// By output: the reader's index, or -1 - the response's.
    let outputs: UnsafeMutablePointer<Int>
    let responses: Int

    /// A step as the inner loop reads it: numbers only, so that nothing is retained there.
    struct Stride {
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
        /// By modes and without windows: the case that is worth unrolling.
        var isSimple: Bool
    }

    @inline(__always)
    func integrateResponses(_ n: Int, _ stride: Stride) {
        let count = stride.nodes
        guard count > 0 else { return }
        let size = count &* (2 &* n &+ 1) &+ 2
        for turnover in 0..<responses {
            let rows = panels + (stride.drivers &+ turnover &* size)
            let weights = rows + 2 &* count &* n
            let sum = Self.reciprocalSum(n, count, rows, stride.isForced ? rows + count &* n : nil, z, force, weights, half: halves[turnover])
            response[turnover] = (weights[count] + sum).addingProduct(response[turnover], weights[count &+ 1])
        }
    }

    @inline(__always)
    func propagateModes(_ n: Int, _ stride: Stride) {
        let decay = panels + stride.decay
        if stride.isForced {
            let integral = panels + stride.integral
            for mode in 0..<n { z[mode] = (z[mode] * decay[mode]).addingProduct(force[mode], integral[mode]) }
        } else {
            for mode in 0..<n { z[mode] *= decay[mode] }
        }
    }

    /// Σ w/(half + driver) over the nodes, one division for four of them.
    @inline(__always)
    static func reciprocalSum(
        _ n: Int, _ count: Int, _ rows: UnsafePointer<Lanes>, _ forced: UnsafePointer<Lanes>?, _ z: UnsafePointer<Lanes>, _ force: UnsafePointer<Lanes>,
        _ w: UnsafePointer<Lanes>, half: Lanes
    ) -> Lanes {
        var sum = Lanes.zero
        var node = 0
        while node &+ 4 <= count {
            var a = half
            var b = half
            var c = half
            var d = half
            let row = rows + node &* n
            for k in 0..<n {
                let x = z[k]
                a = a.addingProduct(row[k], x)
                b = b.addingProduct(row[n &+ k], x)
                c = c.addingProduct(row[2 &* n &+ k], x)
                d = d.addingProduct(row[3 &* n &+ k], x)
            }
            if let forced {
                let row = forced + node &* n
                for k in 0..<n {
                    let x = force[k]
                    a = a.addingProduct(row[k], x)
                    b = b.addingProduct(row[n &+ k], x)
                    c = c.addingProduct(row[2 &* n &+ k], x)
                    d = d.addingProduct(row[3 &* n &+ k], x)
                }
            }
            let ab = a * b
            let cd = c * d
            let first = (w[node] * b).addingProduct(w[node &+ 1], a)
            let second = (w[node &+ 2] * d).addingProduct(w[node &+ 3], c)
            sum += (first * cd).addingProduct(second, ab) / (ab * cd)
            node &+= 4
        }
        while node < count {
            var a = half
            for k in 0..<n { a = a.addingProduct(rows[node &* n &+ k], z[k]) }
            if let forced { for k in 0..<n { a = a.addingProduct(forced[node &* n &+ k], force[k]) } }
            sum += w[node] / a
            node &+= 1
        }
        return sum
    }

    @inline(__always)
    func record(_ n: Int, into row: UnsafeMutablePointer<Lanes>, count: Int) {
        for column in 0..<count {
            let index = outputs[column]
            guard index >= 0 else {
                row[column] = response[-1 &- index]
                continue
            }
            let reader = readers + index &* n
            var sum = Lanes.zero
            for k in 0..<n { sum = sum.addingProduct(reader[k], z[k]) }
            // Modes cancel to within rounding where nothing is there yet.
            row[column] = sum.replacing(with: 0, where: sum .< 0)
        }
    }
}
