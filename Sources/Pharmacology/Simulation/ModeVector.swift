import Statistics

/// A value for each mode of eight subjects. Vectors of a fixed length are built of halves, so that the compiler unrolls every operation
/// and keeps them in registers through a step; `ManyModes` is for lengths known only at run time.
protocol ModeVector {
    /// 0 where it is known only at run time.
    static var length: Int { get }
    init(at memory: UnsafeMutablePointer<Lanes>, length: Int)
    func write(to memory: UnsafeMutablePointer<Lanes>)
    /// start + Σ row · self.
    func dot(_ row: UnsafePointer<Lanes>, from start: Lanes) -> Lanes
    mutating func multiply(by factors: UnsafePointer<Lanes>)
    mutating func add(_ other: Self, times factors: UnsafePointer<Lanes>)
}

struct OneMode: ModeVector {
    private var value: Lanes

    static var length: Int { @inline(__always) get { 1 } }
    @inline(__always) init(at memory: UnsafeMutablePointer<Lanes>, length: Int) { value = memory[0] }
    @inline(__always) func write(to memory: UnsafeMutablePointer<Lanes>) { memory[0] = value }
    @inline(__always) func dot(_ row: UnsafePointer<Lanes>, from start: Lanes) -> Lanes { start.addingProduct(row[0], value) }
    @inline(__always) mutating func multiply(by factors: UnsafePointer<Lanes>) { value *= factors[0] }
    @inline(__always) mutating func add(_ other: OneMode, times factors: UnsafePointer<Lanes>) { value = value.addingProduct(other.value, factors[0]) }
}

struct Modes<First: ModeVector, Rest: ModeVector>: ModeVector {
    private var first: First
    private var rest: Rest

    static var length: Int { @inline(__always) get { First.length + Rest.length } }

    @inline(__always) init(at memory: UnsafeMutablePointer<Lanes>, length: Int) {
        first = First(at: memory, length: First.length)
        rest = Rest(at: memory + First.length, length: Rest.length)
    }

    @inline(__always) func write(to memory: UnsafeMutablePointer<Lanes>) {
        first.write(to: memory)
        rest.write(to: memory + First.length)
    }

    @inline(__always) func dot(_ row: UnsafePointer<Lanes>, from start: Lanes) -> Lanes {
        rest.dot(row + First.length, from: first.dot(row, from: start))
    }

    @inline(__always) mutating func multiply(by factors: UnsafePointer<Lanes>) {
        first.multiply(by: factors)
        rest.multiply(by: factors + First.length)
    }

    @inline(__always) mutating func add(_ other: Modes, times factors: UnsafePointer<Lanes>) {
        first.add(other.first, times: factors)
        rest.add(other.rest, times: factors + First.length)
    }
}

typealias TwoModes = Modes<OneMode, OneMode>
typealias FourModes = Modes<TwoModes, TwoModes>

/// Works on the memory it was made at.
struct ManyModes: ModeVector {
    private let memory: UnsafeMutablePointer<Lanes>
    private let count: Int

    static var length: Int { 0 }

    init(at memory: UnsafeMutablePointer<Lanes>, length: Int) {
        self.memory = memory
        count = length
    }

    func write(to memory: UnsafeMutablePointer<Lanes>) {}

    @inline(__always) func dot(_ row: UnsafePointer<Lanes>, from start: Lanes) -> Lanes {
        var sum = start
        for k in 0..<count { sum = sum.addingProduct(row[k], memory[k]) }
        return sum
    }

    @inline(__always) mutating func multiply(by factors: UnsafePointer<Lanes>) { for k in 0..<count { memory[k] *= factors[k] } }

    @inline(__always) mutating func add(_ other: ManyModes, times factors: UnsafePointer<Lanes>) {
        for k in 0..<count { memory[k] = memory[k].addingProduct(other.memory[k], factors[k]) }
    }
}
