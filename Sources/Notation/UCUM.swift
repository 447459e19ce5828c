/// A unit of measure in UCUM notation (Schadow & McDonald, The Unified Code for Units of Measure, https://ucum.org):
/// what it measures, and how to bring a value to base units.
///
/// The atoms are those a clinic, its laboratory and a pharmacometrician write. Anything else is not read: an unknown unit is an
/// error, never a guess. Case-sensitive, as UCUM's primary form.
public struct Unit: Sendable, Equatable {
    /// As written, for example `mm[Hg]`.
    public let symbol: String
    /// Exponents of metre, gram, second, kelvin, mole and of the arbitrary unit `[iU]`.
    public let dimension: [Int]
    /// base value = value × `factor` + `offset`
    let factor: Double
    let offset: Double

    /// Units nearly every fact uses, read once.
    private static let frequent: [String: Unit] = Dictionary(
        uniqueKeysWithValues: ["mm[Hg]", "/min", "%", "kg", "cm", "Cel", "U/L", "mg", "mg/kg", "mg/dL", "kg/m2"].compactMap { symbol in
            Unit(reading: symbol).map { (symbol, $0) }
        })

    /// What clinics write for three units of UCUM and mean nothing else by. Read at the boundary, with a note.
    public static let everyday = ["mmHg": "mm[Hg]", "bpm": "/min", "mIU/mL": "m[IU]/mL"]

    /// Nil when `symbol` is not UCUM or uses an atom this reader does not carry.
    public init?(_ symbol: String) {
        guard let unit = Self.frequent[symbol] ?? Unit(reading: symbol) else { return nil }
        self = unit
    }

    private init?(reading symbol: String) {
        var scan = UnitScan(symbol)
        guard !symbol.isEmpty, let measure = scan.term(), scan.atEnd else { return nil }
        self.symbol = symbol
        dimension = measure.dimension
        factor = measure.factor
        offset = measure.offset
    }

    /// `value` in this unit, in the coherent system of pharmacokinetics: milligram, litre, hour (so mg/L for a concentration, L/h for
    /// a clearance).
    public func pharmacokinetic(_ value: Double) -> Double {
        var result = value * factor + offset
        for (exponent, unit) in zip(dimension, [10, 1000, 1.0 / 3600, 1, 1, 1]) {
            for _ in 0..<abs(exponent) { result *= exponent > 0 ? unit : 1 / unit }
        }
        return result
    }

    public func isCommensurable(with other: Unit) -> Bool { dimension == other.dimension }

    /// `value` in this unit, expressed in `other`; nil when they do not measure the same kind of quantity.
    public func convert(_ value: Double, to other: Unit) -> Double? {
        guard isCommensurable(with: other) else { return nil }
        if factor == other.factor, offset == other.offset { return value }
        return (value * factor + offset - other.offset) / other.factor
    }
}

private struct Measure {
    var factor: Double
    var dimension: [Int]
    var offset: Double = 0

    static let one = Measure(factor: 1, dimension: [0, 0, 0, 0, 0, 0])

    /// Nil when either side is a scale with its own zero (a Celsius per hour has no meaning in UCUM).
    func times(_ other: Measure, power: Int = 1) -> Measure? {
        guard offset == 0, other.offset == 0 else { return nil }
        var result = self
        for _ in 0..<abs(power) { result.factor *= power < 0 ? 1 / other.factor : other.factor }
        for index in dimension.indices { result.dimension[index] += power * other.dimension[index] }
        return result
    }
}

private struct Atom {
    let measure: Measure
    let takesPrefix: Bool

    init(_ factor: Double, m: Int = 0, g: Int = 0, s: Int = 0, K: Int = 0, mol: Int = 0, iU: Int = 0, offset: Double = 0, metric: Bool = false) {
        measure = Measure(factor: factor, dimension: [m, g, s, K, mol, iU], offset: offset)
        takesPrefix = metric
    }

    static let pascal = 1000.0

    /// UCUM tables 2 to 6 and its customary units; pressure of a metre of mercury 133.3220 kPa.
    static let all: [String: Atom] = [
        "m": Atom(1, m: 1, metric: true), "g": Atom(1, g: 1, metric: true), "s": Atom(1, s: 1, metric: true),
        "K": Atom(1, K: 1, metric: true), "mol": Atom(1, mol: 1, metric: true), "eq": Atom(1, mol: 1, metric: true),
        "[iU]": Atom(1, iU: 1, metric: true), "[IU]": Atom(1, iU: 1, metric: true),
        "L": Atom(1e-3, m: 3, metric: true), "l": Atom(1e-3, m: 3, metric: true),
        "min": Atom(60, s: 1), "h": Atom(3600, s: 1), "d": Atom(86_400, s: 1), "wk": Atom(604_800, s: 1),
        "mo": Atom(2_629_800, s: 1), "a": Atom(31_557_600, s: 1), "Hz": Atom(1, s: -1, metric: true),
        "U": Atom(1e-6 / 60, s: -1, mol: 1, metric: true), "kat": Atom(1, s: -1, mol: 1, metric: true),
        "Pa": Atom(pascal, m: -1, g: 1, s: -2, metric: true), "bar": Atom(1e5 * pascal, m: -1, g: 1, s: -2, metric: true),
        "m[Hg]": Atom(133_322 * pascal, m: -1, g: 1, s: -2, metric: true),
        "m[H2O]": Atom(9806.65 * pascal, m: -1, g: 1, s: -2, metric: true),
        "Cel": Atom(1, K: 1, offset: 273.15, metric: false), "[degF]": Atom(5.0 / 9, K: 1, offset: 273.15 - 32 * 5.0 / 9),
        "[in_i]": Atom(0.0254, m: 1), "[ft_i]": Atom(0.3048, m: 1), "[lb_av]": Atom(453.592_37, g: 1), "[oz_av]": Atom(28.349_523_125, g: 1),
        "%": Atom(0.01), "[ppth]": Atom(1e-3), "[ppm]": Atom(1e-6), "10*": Atom(10), "10^": Atom(10),
    ]

    static let prefixes: [String: Double] = [
        "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 10, "d": 0.1, "c": 0.01, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15,
    ]

    static func named(_ name: String) -> Measure? {
        if let atom = all[name] { return atom.measure }
        for length in [1, 2] {
            guard let scale = prefixes[String(name.prefix(length))], let atom = all[String(name.dropFirst(length))], atom.takesPrefix else { continue }
            var measure = atom.measure
            measure.factor *= scale
            return measure
        }
        return nil
    }
}

/// Recursive descent over UCUM's grammar: terms of components joined by `.` and `/`, a component being an atom with an exponent,
/// a whole number, an annotation in braces, or a term in parentheses.
private struct UnitScan {
    private let characters: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text) }

    var atEnd: Bool { position == characters.count }
    private var current: Character? { position < characters.count ? characters[position] : nil }

    mutating func term() -> Measure? {
        var result = Measure.one
        var power = 1
        if current == "/" {
            power = -1
            position += 1
        }
        while true {
            guard let component = component() else { return nil }
            if result.dimension == Measure.one.dimension, result.factor == 1, power == 1, component.offset != 0 {
                result = component
            } else {
                guard let product = result.times(component, power: power) else { return nil }
                result = product
            }
            switch current {
            case ".": power = 1
            case "/": power = -1
            default: return result
            }
            position += 1
        }
    }

    private mutating func component() -> Measure? {
        if current == "(" {
            depth += 1
            position += 1
            guard depth < 16, let inner = term(), current == ")" else { return nil }
            position += 1
            return inner
        }
        if current == "{" { return annotation() ? .one : nil }
        guard let measure = simple() else { return nil }
        return current == "{" && !annotation() ? nil : measure
    }

    private mutating func annotation() -> Bool {
        guard let end = characters[position...].firstIndex(of: "}") else { return false }
        defer { position = end + 1 }
        return characters[position + 1..<end].allSatisfy { $0.isASCII && $0 != "{" }
    }

    private mutating func simple() -> Measure? {
        let start = position
        while let character = current, !"./(){}".contains(character) {
            if character == "[" {
                guard let end = characters[position...].firstIndex(of: "]") else { return nil }
                position = end
            }
            position += 1
        }
        var name = characters[start..<position]
        var exponent: [Character] = []
        while let last = name.last, last.isASCII, last.isNumber { exponent.insert(name.removeLast(), at: 0) }
        if name.isEmpty {
            guard let factor = Double(String(exponent)), factor > 0 else { return nil }
            return Measure(factor: factor, dimension: Measure.one.dimension)
        }
        var sign = 1
        if !exponent.isEmpty, let last = name.last, last == "+" || last == "-" {
            sign = last == "-" ? -1 : 1
            name.removeLast()
        }
        guard let measure = Atom.named(String(name)) else { return nil }
        if exponent.isEmpty { return measure }
        guard exponent.count <= 2, let power = Int(String(exponent)) else { return nil }
        return Measure.one.times(measure, power: sign * power)
    }
}
