/// Quantiles of a stream in little memory: exact for a few thousand values, then counts in bins of 1/512 of a binary order of
/// magnitude (a relative error below 0.1 %).
///
/// The state depends on the values only, not on their order or on how the stream was cut, so parts merge to the same bytes. The bins
/// are those of Masson, Rim and Lee's DDSketch (PVLDB 12 (2019) 2195, DOI 10.14778/3352063.3352135) with the logarithm read off the
/// floating-point format.
public struct QuantileSketch: Sendable, Equatable {
    private var values: [Double] = []
    /// Once binned: counts from `lowest` on.
    private var counts: [UInt32] = []
    private var lowest = 0
    public private(set) var count = 0

    private static let exactLimit = 4096

    public init() {}

    /// What it holds, the same for the same values: those themselves in order, or bins and how many fell into each.
    public var content: (values: [Double], bins: [(key: Int, count: Int)]) {
        (values.sorted(), counts.enumerated().filter { $0.element > 0 }.map { (lowest + $0.offset, Int($0.element)) })
    }

    /// As `content` has it. Nil for what no sketch holds: too many values, a bin twice or out of order, an empty one.
    public init?(values: [Double], bins: [(key: Int, count: Int)]) {
        let greatestKey = Self.key(.greatestFiniteMagnitude)
        guard values.count <= Self.exactLimit, values.isEmpty || bins.isEmpty, values.allSatisfy(\.isFinite),
            bins.allSatisfy({ (1...Int(UInt32.max)).contains($0.count) && abs($0.key) <= greatestKey }),
            zip(bins, bins.dropFirst()).allSatisfy({ $0.key < $1.key }), bins.isEmpty || bins.reduce(0, { $0 + $1.count }) > Self.exactLimit
        else { return nil }
        for value in values { insert(value) }
        for bin in bins { add(bin.key, UInt32(bin.count)) }
        count += bins.reduce(0) { $0 + $1.count }
    }

    /// The same values, in whatever order they came.
    public static func == (a: QuantileSketch, b: QuantileSketch) -> Bool {
        a.count == b.count && a.lowest == b.lowest && a.counts == b.counts && a.values.sorted() == b.values.sorted()
    }

    public mutating func insert(_ value: Double) {
        count += 1
        if counts.isEmpty {
            values.append(value)
            if values.count > Self.exactLimit { bin() }
        } else {
            add(Self.key(value), 1)
        }
    }

    public mutating func merge(_ other: QuantileSketch) {
        count += other.count
        if counts.isEmpty && other.counts.isEmpty && count <= Self.exactLimit {
            values += other.values
            return
        }
        bin()
        for value in other.values { add(Self.key(value), 1) }
        for (offset, number) in other.counts.enumerated() where number > 0 { add(other.lowest + offset, number) }
    }

    private mutating func bin() {
        for value in values { add(Self.key(value), 1) }
        values = []
    }

    private mutating func add(_ key: Int, _ number: UInt32) {
        if counts.isEmpty {
            lowest = key
            counts = [0]
        } else if key < lowest {
            counts = [UInt32](repeating: 0, count: lowest - key) + counts
            lowest = key
        } else if key >= lowest + counts.count {
            counts += [UInt32](repeating: 0, count: key - lowest - counts.count + 1)
        }
        counts[key - lowest] += number
    }

    /// Ordered like the values; magnitudes below 2⁻⁶⁰ count as zero.
    private static func key(_ value: Double) -> Int {
        let magnitude = abs(value)
        guard magnitude >= 0x1p-60 else { return 0 }
        let position = Int(magnitude.bitPattern >> 43) - Int(0x1p-60.bitPattern >> 43) + 1
        return value < 0 ? -position : position
    }

    /// The least magnitude of a bin.
    private static func edge(_ key: Int) -> Double {
        guard key != 0 else { return 0 }
        let edge = Double(bitPattern: UInt64(abs(key) - 1 + Int(0x1p-60.bitPattern >> 43)) << 43)
        return key < 0 ? -edge : edge
    }

    /// The value below which the share `p` of the values lies, interpolated between neighbours (Hyndman and Fan's type 7,
    /// Am. Stat. 50 (1996) 361, DOI 10.1080/00031305.1996.10473566). NaN when nothing was inserted.
    public func quantile(_ p: Double) -> Double { quantiles([p])[0] }

    public func quantiles(_ ps: [Double]) -> [Double] {
        guard count > 0 else { return ps.map { _ in .nan } }
        let sorted = counts.isEmpty ? values.sorted() : []
        return ps.map { p in
            let position = p * Double(count - 1)
            let rank = Int(position)
            let low = counts.isEmpty ? sorted[rank] : binned(rank)
            guard position > Double(rank), rank + 1 < count else { return low }
            let high = counts.isEmpty ? sorted[rank + 1] : binned(rank + 1)
            return low + (position - Double(rank)) * (high - low)
        }
    }

    /// The value of a rank, spread evenly over its bin.
    private func binned(_ rank: Int) -> Double {
        var before = 0
        for (offset, number) in counts.enumerated() where number > 0 {
            if rank < before + Int(number) {
                let key = lowest + offset
                let share = (Double(rank - before) + 0.5) / Double(number)
                let (inner, outer) = (Self.edge(key), Self.edge(key < 0 ? key - 1 : key + 1))
                return key == 0 ? 0 : inner + (key < 0 ? 1 - share : share) * (outer - inner)
            }
            before += Int(number)
        }
        return .nan
    }
}
