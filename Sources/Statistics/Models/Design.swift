/// The columns of a linear predictor: an intercept and products of variables, factors against their first level.
///
/// ```swift
/// let design = Design([("arm", .factor(codes: arms, levels: ["placebo", "drug"])), ("baseline", .number(baselines))], terms: [["arm"], ["baseline"]])
/// let difference = design.difference(in: "arm", "drug", "placebo")
/// ```
/// Terms are hierarchical: a product stands after the variables it is of. Columns that the ones before them give are set aside by the models.
public struct Design: Sendable {
    public enum Variable: Sendable {
        case number([Double])
        /// - codes: indices into `levels`.
        case factor(codes: [Int], levels: [String])
    }

    /// Column by column; the first is the intercept.
    public let columns: [[Double]]
    /// `(Intercept)`, `baseline`, `arm=drug`, `arm=drug:visit=2`.
    public let names: [String]
    /// The columns of each term, in the order given.
    public let terms: [Range<Int>]
    /// For each column the variables of its product, with the level where the variable is a factor.
    private let products: [[(variable: String, level: Int?)]]
    private let variables: [String: Variable]

    /// What a variable is set to in a reference row.
    public enum Setting: Sendable, Equatable, ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case number(Double)
        case level(String)

        public init(floatLiteral value: Double) { self = .number(value) }
        public init(integerLiteral value: Int) { self = .number(Double(value)) }
        public init(stringLiteral value: String) { self = .level(value) }
    }

    /// - Parameters:
    ///   - variables: each as long as there are rows; at least one.
    ///   - terms: products of variables by name; names that are not among `variables` stand for nothing.
    public init(_ variables: [(name: String, variable: Variable)], terms: [[String]]) {
        let table = Dictionary(variables, uniquingKeysWith: { $1 })
        var products: [[(variable: String, level: Int?)]] = [[]]
        var ranges: [Range<Int>] = []
        for term in terms {
            var term = term.filter { table[$0] != nil }[...]
            var columns: [[(variable: String, level: Int?)]] = [[]]
            while let name = term.popFirst() {
                if case .factor(_, let levels) = table[name] {
                    columns = (1..<max(levels.count, 1)).flatMap { level in columns.map { $0 + [(name, level)] } }
                } else {
                    columns = columns.map { $0 + [(name, nil)] }
                }
            }
            ranges.append(products.count..<products.count + columns.count)
            products += columns
        }
        let count = variables.first.map { $0.variable.count } ?? 0
        self.variables = table
        self.products = products
        self.terms = ranges
        names = products.map { product in
            product.isEmpty
                ? "(Intercept)"
                : product.map { part in part.level.map { "\(part.variable)=\(table[part.variable]?.level($0) ?? "")" } ?? part.variable }.joined(separator: ":")
        }
        columns = products.map { product in
            var column = [Double](repeating: 1, count: count)
            for part in product { table[part.variable]?.multiply(into: &column, level: part.level) }
            return column
        }
    }

    /// The row of coefficients that gives the mean at `settings`: other factors in equal shares of their levels, other numbers at their mean
    /// (S. R. Searle, F. M. Speed, G. A. Milliken, Am. Stat. 34 (1980) 216, DOI 10.1080/00031305.1980.10483031).
    public func mean(at settings: [String: Setting] = [:]) -> [Double] {
        products.map { $0.reduce(1) { $0 * (variables[$1.variable]?.expected(settings[$1.variable], level: $1.level) ?? 0) } }
    }

    /// The row that gives the mean at one level of a factor less that at another.
    public func difference(in factor: String, _ level: String, _ other: String, at settings: [String: Setting] = [:]) -> [Double] {
        zip(mean(at: settings.merging([factor: .level(level)]) { $1 }), mean(at: settings.merging([factor: .level(other)]) { $1 })).map { $0 - $1 }
    }

    public var rowCount: Int { columns[0].count }
}

extension Design.Variable {
    fileprivate var count: Int {
        switch self {
        case .number(let values): values.count
        case .factor(let codes, _): codes.count
        }
    }

    fileprivate func level(_ index: Int) -> String { if case .factor(_, let levels) = self { levels[index] } else { "" } }

    fileprivate func multiply(into column: inout [Double], level: Int?) {
        switch self {
        case .number(let values): for row in column.indices { column[row] *= values[row] }
        case .factor(let codes, _): for row in column.indices where codes[row] != level { column[row] = 0 }
        }
    }

    fileprivate func expected(_ setting: Design.Setting?, level: Int?) -> Double {
        switch (self, setting) {
        case (.number, .number(let value)?): value
        case (.number(let values), _): values.reduce(0, +) / Double(values.count)
        case (.factor(_, let levels), .level(let name)?): level.map { levels[$0] == name } ?? false ? 1 : 0
        case (.factor(_, let levels), _): 1 / Double(levels.count)
        }
    }
}
