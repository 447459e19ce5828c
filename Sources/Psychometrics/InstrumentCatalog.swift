/// The instruments at hand, found by any of their names.
public struct InstrumentCatalog: Sendable, RandomAccessCollection {
    private let instruments: [Instrument]
    private let indexByName: [String: Int]

    public init(_ instruments: [Instrument]) {
        self.instruments = instruments
        // An id goes before another instrument's alias.
        let ids = instruments.enumerated().map { (Self.folded($1.id), $0) }
        let aliases = instruments.enumerated().flatMap { index, instrument in (instrument.aliases ?? []).map { (Self.folded($0), index) } }
        indexByName = Dictionary(ids + aliases, uniquingKeysWith: { first, _ in first })
    }

    public var startIndex: Int { instruments.startIndex }
    public var endIndex: Int { instruments.endIndex }
    public subscript(index: Int) -> Instrument { instruments[index] }

    /// The instrument with this id or alias, regardless of case, spaces, hyphens and slashes.
    public func named(_ name: String) -> Instrument? { indexByName[Self.folded(name)].map { instruments[$0] } }

    private static func folded(_ name: String) -> String {
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else { return name.lowercased().filter { $0.isLetter || $0.isNumber } }
        return String(
            decoding: name.utf8.compactMap { byte -> UInt8? in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
                default: nil
                }
            }, as: UTF8.self)
    }
}

extension InstrumentCatalog {
    /// What a LOINC code names on a scale.
    public enum Part: Sendable, Equatable {
        case panel, total, level
        /// Position in `items`.
        case item(Int)
    }

    /// Every scale part with this LOINC code; several where scales share a question.
    public func parts(loinc code: String) -> [(instrument: Instrument, part: Part)] {
        flatMap { instrument in
            let codes = instrument.loinc
            let whole: [(String?, Part)] = [(codes?.panel, .panel), (codes?.total, .total), (codes?.level, .level)]
            let items = instrument.items.enumerated().map { ($1.loinc, Part.item($0)) }
            return (whole + items).filter { $0.0 == code }.map { (instrument, $0.1) }
        }
    }
}
