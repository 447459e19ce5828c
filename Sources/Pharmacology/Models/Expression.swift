import Notation
import Statistics

/// A formula of a model file over named quantities: `+ - * / ^`, parentheses, numbers, `min(a, b)`, `max(a, b)`, `exp(a)`.
///
/// Compiled to postfix code over numbered slots, so that one pass evaluates it for eight subjects.
struct Expression: Sendable, Equatable {
    enum Instruction: Sendable, Hashable {
        case constant(Double)
        case load(Int)
        case add, subtract, multiply, divide, minimum, maximum, power
        case negate, exponential

        /// How many values it takes from the stack.
        var operands: Int {
            switch self {
            case .constant, .load: 0
            case .negate, .exponential: 1
            default: 2
            }
        }
    }

    private(set) var code: [Instruction] = []
    /// The deepest the stack gets.
    private(set) var depth = 0

    /// - Parameters:
    ///   - text: the formula.
    ///   - place: where it stands, for the diagnostic.
    ///   - slot: the slot of a name.
    init(_ text: String, at place: Place, slot: (String) -> Int?) throws(Diagnostic) {
        var parser = Parser(text: Array(text), place: place)
        try parser.sum(slot)
        guard parser.atEnd else { throw parser.error("has \(quoted(String(parser.rest)))", expected: "an operator + - * / or the end") }
        code = parser.code
        depth = parser.deepest
    }

    /// The quantity in one slot.
    init(slot: Int) {
        code = [.load(slot)]
        depth = 1
    }

    init(constant: Double) {
        code = [.constant(constant)]
        depth = 1
    }

    /// `self` combined with another formula.
    func combined(_ operation: Instruction, _ other: Expression) -> Expression {
        var result = self
        result.code += other.code + [operation]
        result.depth = max(depth, other.depth + 1)
        return result
    }

    /// The value in every lane.
    /// - Parameters:
    ///   - values: what the slots hold.
    ///   - stack: room for `depth` elements.
    @inline(__always)
    func evaluate(_ values: UnsafePointer<Lanes>, stack: UnsafeMutablePointer<Lanes>) -> Lanes {
        var top = -1
        for instruction in code {
            switch instruction {
            case .constant(let value):
                top += 1
                stack[top] = Lanes(repeating: value)
            case .load(let slot):
                top += 1
                stack[top] = values[slot]
            case .add:
                stack[top - 1] += stack[top]
                top -= 1
            case .subtract:
                stack[top - 1] -= stack[top]
                top -= 1
            case .multiply:
                stack[top - 1] *= stack[top]
                top -= 1
            case .divide:
                stack[top - 1] /= stack[top]
                top -= 1
            case .minimum:
                stack[top - 1] = pointwiseMin(stack[top - 1], stack[top])
                top -= 1
            case .maximum:
                stack[top - 1] = pointwiseMax(stack[top - 1], stack[top])
                top -= 1
            case .power:
                stack[top - 1] = Lanes.power(stack[top - 1], stack[top])
                top -= 1
            case .negate: stack[top] = -stack[top]
            case .exponential: stack[top] = Lanes.exp(stack[top])
            }
        }
        return stack[top]
    }

    /// The slots the formula reads.
    var slots: Set<Int> {
        Set(
            code.compactMap { instruction in
                if case .load(let slot) = instruction { slot } else { nil }
            })
    }

    /// The dimension of the value, given those of the slots; nil when a sum adds unlike quantities. A zero is like anything.
    func dimension(_ slots: [[Int]]) -> [Int]? {
        var stack: [[Int]] = []
        for instruction in code {
            switch instruction {
            case .constant(let value): stack.append(value == 0 ? Dimension.any : Dimension.none)
            case .load(let slot): stack.append(slots[slot])
            case .negate: continue
            case .exponential:
                guard stack.popLast().map(Dimension.some) == Dimension.none else { return nil }
                stack.append(Dimension.none)
            case .power:
                guard stack.popLast().map(Dimension.some) == Dimension.none, stack.popLast().map(Dimension.some) == Dimension.none else { return nil }
                stack.append(Dimension.none)
            default:
                let right = stack.removeLast()
                let left = stack.removeLast()
                switch instruction {
                case .multiply: stack.append(zip(Dimension.some(left), Dimension.some(right)).map(+))
                case .divide: stack.append(zip(Dimension.some(left), Dimension.some(right)).map(-))
                default:
                    guard left == right || left == Dimension.any || right == Dimension.any else { return nil }
                    stack.append(left == Dimension.any ? right : left)
                }
            }
        }
        return stack.last.map(Dimension.some)
    }
}

/// Dimensions as `Unit` has them: exponents of metre, gram, second, kelvin, mole, arbitrary unit.
enum Dimension {
    /// Of a zero, before it is known what it is added to.
    static let any: [Int] = []
    static func some(_ dimension: [Int]) -> [Int] { dimension == any ? none : dimension }

    static let none = [0, 0, 0, 0, 0, 0]
    static let time = [0, 0, 1, 0, 0, 0]
    static let rate = [0, 0, -1, 0, 0, 0]
    static let volume = [3, 0, 0, 0, 0, 0]
    static let mass = [0, 1, 0, 0, 0, 0]
    static let concentration = [-3, 1, 0, 0, 0, 0]
}

private struct Parser {
    var text: [Character]
    var place: Place
    var position = 0
    var code: [Expression.Instruction] = []
    var height = 0
    var deepest = 0
    var nesting = 0

    var atEnd: Bool {
        mutating get {
            skipSpaces()
            return position == text.count
        }
    }
    var rest: ArraySlice<Character> { text[position...] }

    func error(_ problem: String, expected: String) -> Diagnostic { Diagnostic("model.formula", at: place, problem, expected: expected) }

    mutating func skipSpaces() { while position < text.count, text[position] == " " { position += 1 } }

    mutating func take(_ characters: String) -> Character? {
        skipSpaces()
        guard position < text.count, characters.contains(text[position]) else { return nil }
        defer { position += 1 }
        return text[position]
    }

    mutating func emit(_ instruction: Expression.Instruction) {
        code.append(instruction)
        height += 1 - instruction.operands
        deepest = max(deepest, height)
    }

    mutating func sum(_ slot: (String) -> Int?) throws(Diagnostic) {
        try product(slot)
        while let sign = take("+-") {
            try product(slot)
            emit(sign == "+" ? .add : .subtract)
        }
    }

    mutating func product(_ slot: (String) -> Int?) throws(Diagnostic) {
        try signed(slot)
        while let sign = take("*/") {
            try signed(slot)
            emit(sign == "*" ? .multiply : .divide)
        }
    }

    mutating func signed(_ slot: (String) -> Int?) throws(Diagnostic) {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting < 40 else { throw error("is nested too deeply", expected: "fewer parentheses") }
        if take("-") != nil {
            try signed(slot)
            emit(.negate)
            return
        }
        try factor(slot)
        if take("^") != nil {
            try signed(slot)
            emit(.power)
        }
    }

    private static let functions: [String: Expression.Instruction] = ["min": .minimum, "max": .maximum, "exp": .exponential]

    mutating func factor(_ slot: (String) -> Int?) throws(Diagnostic) {
        if take("(") != nil {
            try sum(slot)
            guard take(")") != nil else { throw error("has an open parenthesis", expected: "a closing one") }
            return
        }
        skipSpaces()
        let start = position
        while position < text.count, text[position].isASCII, text[position].isLetter || text[position].isNumber || "_.".contains(text[position]) {
            position += 1
        }
        let word = String(text[start..<position])
        if let number = Double(word), number.isFinite {
            emit(.constant(number))
        } else if let function = Self.functions[word], take("(") != nil {
            try sum(slot)
            for _ in 1..<function.operands {
                guard take(",") != nil else { throw error("has \(word) with too few arguments", expected: "\(function.operands) of them") }
                try sum(slot)
            }
            guard take(")") != nil else { throw error("has an open parenthesis", expected: "a closing one") }
            emit(function)
        } else if let index = slot(word) {
            emit(.load(index))
        } else {
            throw error("uses \(quoted(word.isEmpty ? String(rest.prefix(8)) : word))", expected: "a quantity of the model or a number")
        }
    }
}
