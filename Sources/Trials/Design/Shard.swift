import Notation

/// The least piece of work: people of one arm in one replicate.
struct TrialUnit: Sendable, Hashable {
    var replicate: Int
    var arm: Int
    /// Numbers of patients within the arm.
    var patients: Range<Int>
}

/// One of so many parts of a trial.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
    /// From 1 on.
    public let number: Int
    public let count: Int

    public static let whole = Shard(number: 1, count: 1)

    private init(number: Int, count: Int) { (self.number, self.count) = (number, count) }

    /// - Parameter text: `K/M`.
    public init(_ text: some StringProtocol, at place: String = "--shard") throws(Diagnostic) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], count >= 1, count <= 10_000_000, (1...count).contains(number) else {
            throw Diagnostic("trial.shard", at: Place(path: place), "is \(quoted(text))", expected: "K/M with K from 1 to M, for example 3/64")
        }
        self.init(number: number, count: count)
    }

    public var description: String { "\(number)/\(count)" }

    /// Its share of so many units, in a row.
    func units(of total: Int) -> Range<Int> { (number - 1) * total / count..<number * total / count }
}

extension TrialDesign {
    private var blocksInReplicate: Int { arms.reduce(0) { $0 + $1.blocks } }

    public var unitCount: Int { specification.runs * blocksInReplicate }
    public var patientsInReplicate: Int { arms.reduce(0) { $0 + $1.patients } }

    /// Replicate by replicate, arm by arm.
    func unit(_ index: Int) -> TrialUnit {
        var rest = index % blocksInReplicate
        for (number, arm) in arms.enumerated() {
            if rest < arm.blocks {
                let first = rest * Self.block
                return TrialUnit(replicate: index / blocksInReplicate, arm: number, patients: first..<min(first + Self.block, arm.patients))
            }
            rest -= arm.blocks
        }
        return TrialUnit(replicate: 0, arm: 0, patients: 0..<0)
    }

    /// Replicates of which a shard holds all units, and those of which it holds some.
    func replicates(in shard: Shard) -> (whole: Range<Int>, partial: [Int]) {
        let units = shard.units(of: unitCount)
        guard !units.isEmpty else { return (0..<0, []) }
        let size = blocksInReplicate
        let (first, last) = ((units.lowerBound + size - 1) / size, units.upperBound / size)
        let touched = units.lowerBound / size..<(units.upperBound + size - 1) / size
        let whole = first < last ? first..<last : 0..<0
        return (whole, touched.filter { !whole.contains($0) })
    }
}
