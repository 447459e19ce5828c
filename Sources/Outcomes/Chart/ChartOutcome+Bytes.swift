import Chart
import Notation
import Pharmacology

/// A row as it is stored: whole numbers in as few bytes as they need, seven bits to a byte, texts with their length before them.
extension ChartOutcome {
    /// Rows written otherwise are made again.
    static let format: UInt8 = 1

    public var bytes: [UInt8] {
        var out = RowWriter()
        out.byte(Self.format)
        out.text(site ?? "")
        out.byte(UInt8(Sex.allCases.firstIndex(of: sex) ?? 0))
        out.number((age ?? -1) + 1)
        out.number(failedTrials)
        out.byte(start == nil ? 0 : 1)
        out.number(start?.number ?? 0)
        out.number(lastSeen)
        out.byte(end.map { $0.kind.rawValue + 1 } ?? 0)
        out.number(end?.day ?? 0)
        out.byte(death == nil ? 0 : 1)
        out.number(death ?? 0)
        out.list(doses) { out, dose in
            out.byte(UInt8(Drug.allCases.firstIndex(of: dose.drug) ?? 0))
            out.byte(UInt8(Route.allCases.firstIndex(of: dose.route) ?? 0))
            out.number(dose.count)
            out.byte(dose.milligrams == nil ? 0 : 1)
            if let mg = dose.milligrams { for value in [mg.first, mg.last, mg.highest] { out.hundredths(value) } }
        }
        out.days(sessions)
        out.days(therapy)
        out.list(intervals) { out, interval in
            out.number(interval.day)
            out.number(interval.length)
        }
        out.number(pressureSessions)
        out.list(adverseEvents) { out, event in
            out.text(event.term)
            out.number(event.count)
            out.number(event.serious)
        }
        out.list(scales) { out, scale in
            out.text(scale.instrument)
            out.byte(scale.hasBaseline ? 1 : 0)
            out.hundredths(scale.baseline)
            out.byte(scale.relapse == nil ? 0 : 1)
            out.number(scale.relapse ?? 0)
            var before = 0
            out.list(scale.points) { out, point in
                out.number(point.day - before)
                out.hundredths(point.total)
                out.byte(point.flags.rawValue)
                before = point.day
            }
        }
        return out.bytes
    }

    /// Nil for bytes that no row of this format has.
    public init?(bytes: [UInt8]) {
        var row = RowReader(bytes: bytes)
        guard row.byte() == Self.format else { return nil }
        let site = row.text()
        self.site = site.isEmpty ? nil : site
        sex = row.element(of: Sex.allCases) ?? .unknown
        let age = row.number()
        self.age = age > 0 ? age - 1 : nil
        failedTrials = row.number()
        let (isTreated, day) = (row.byte() == 1, row.number())
        start = isTreated ? Day(number: day) : nil
        lastSeen = row.number()
        let (kind, endDay) = (row.byte(), row.number())
        end = kind > 0 ? End(rawValue: kind - 1).map { (endDay, $0) } : nil
        let (isDead, deathDay) = (row.byte() == 1, row.number())
        death = isDead ? deathDay : nil
        doses = row.list { row in
            let (drug, route) = (row.element(of: Drug.allCases) ?? .ketamine, row.element(of: Route.allCases) ?? .intravenous)
            let count = row.number()
            let milligrams = row.byte() == 1 ? (row.hundredths(), row.hundredths(), row.hundredths()) : nil
            return DoseSummary(drug: drug, route: route, count: count, milligrams: milligrams)
        }
        sessions = row.days()
        therapy = row.days()
        intervals = row.list { ($0.number(), $0.number()) }
        pressureSessions = row.number()
        adverseEvents = row.list { AdverseEventCount(term: $0.text(), count: $0.number(), serious: $0.number()) }
        scales = row.list { row in
            let (instrument, hasBaseline, baseline) = (row.text(), row.byte() == 1, row.hundredths())
            let (hasRelapse, relapse) = (row.byte() == 1, row.number())
            var before = 0
            let points = row.list { row in
                before += row.number()
                return Point(day: before, total: row.hundredths(), flags: Flags(rawValue: row.byte()))
            }
            return ScaleOutcome(instrument: instrument, hasBaseline: hasBaseline, baseline: baseline, points: points, relapse: hasRelapse ? relapse : nil)
        }
        guard row.isWhole else { return nil }
    }
}

private struct RowWriter {
    var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Small numbers of either sign are short (zigzag).
    mutating func number(_ value: Int) {
        var rest = UInt64(bitPattern: Int64((value << 1) ^ (value >> 63)))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func hundredths(_ value: Double) { number(Int((min(max(value, -1e12), 1e12) * 100).rounded())) }

    mutating func text(_ text: String) {
        number(text.utf8.count)
        bytes += text.utf8
    }

    mutating func list<Element>(_ elements: [Element], _ write: (inout RowWriter, Element) -> Void) {
        number(elements.count)
        for element in elements { write(&self, element) }
    }

    /// In order: what lies between them is short.
    mutating func days(_ days: [Int]) {
        var before = 0
        list(days) { out, day in
            out.number(day - before)
            before = day
        }
    }
}

private struct RowReader {
    let bytes: [UInt8]
    private var place = 0
    private var isBroken = false

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isWhole: Bool { !isBroken && place == bytes.count }

    mutating func byte() -> UInt8 {
        guard place < bytes.count else {
            isBroken = true
            return 0
        }
        defer { place += 1 }
        return bytes[place]
    }

    mutating func number() -> Int {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let next = byte()
            value |= UInt64(next & 0x7F) << shift
            guard next >= 0x80, shift < 63 else { break }
            shift += 7
        }
        return Int(bitPattern: UInt(value >> 1)) ^ -Int(value & 1)
    }

    mutating func hundredths() -> Double { Double(number()) / 100 }

    mutating func text() -> String {
        let count = number()
        guard count >= 0, count <= bytes.count - place else {
            isBroken = true
            return ""
        }
        defer { place += count }
        return String(decoding: bytes[place..<place + count], as: UTF8.self)
    }

    mutating func list<Element>(_ read: (inout RowReader) -> Element) -> [Element] {
        let count = number()
        // Every element takes a byte at least.
        guard count >= 0, count <= bytes.count - place else {
            isBroken = true
            return []
        }
        var elements: [Element] = []
        elements.reserveCapacity(count)
        for _ in 0..<count { elements.append(read(&self)) }
        return elements
    }

    mutating func days() -> [Int] {
        var before = 0
        return list { row in
            before += row.number()
            return before
        }
    }

    mutating func element<Element>(of all: [Element]) -> Element? {
        let index = Int(byte())
        return index < all.count ? all[index] : nil
    }
}
