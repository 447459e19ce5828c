import Guidance
import Knowledge
import Notation
import Psychometrics
import Testing

private let instruments = Result { try KnowledgeBase.shipped().instruments }

/// A vector with the instrument it belongs to.
struct VectorCase: CustomTestStringConvertible, Sendable {
    var instrument: Instrument
    var vector: Instrument.Vector
    var testDescription: String { "\(instrument.id) \(vector.answers ?? "\(vector.enteredTotal ?? .nan)")" }

    static var all: [VectorCase] {
        ((try? instruments.get()).map { Array($0) } ?? []).flatMap { instrument in
            (instrument.vectors ?? []).map { VectorCase(instrument: instrument, vector: $0) }
        }
    }
}

@Suite struct InstrumentTests {
    @Test(arguments: VectorCase.all)
    func vectorPasses(_ vectorCase: VectorCase) throws {
        let (instrument, vector) = (vectorCase.instrument, vectorCase.vector)
        let context = ScoreContext(educationYears: vector.educationYears)
        let score =
            if let answers = vector.answers {
                try instrument.score(Answers(parsing: answers), context: context)
            } else {
                try instrument.score(total: try #require(vector.enteredTotal), context: context)
            }
        #expect(score.total == vector.total)
        if let band = vector.band { #expect(score.band == band) }
        if let flags = vector.flags { #expect(score.flags == flags) }
        if let profile = vector.profile { #expect(score.profile == profile) }
        if let domains = vector.domains { #expect(score.domains.map(\.value) == domains) }
    }

    @Test func everyScoredInstrumentHasAVector() throws {
        let all = try instruments.get()
        #expect(all.count == 28)
        for instrument in all where instrument.isScored { #expect(instrument.vectors?.isEmpty == false, "\(instrument.id)") }
    }

    /// Bands cover every total once; domains, levels and flags name items that are there; the range is what the items allow.
    @Test func dataIsSound() throws {
        for instrument in try instruments.get() {
            if let bands = instrument.bands, let low = instrument.scoring.low, let high = instrument.scoring.high {
                for total in Int(low)...Int(high) {
                    #expect(bands.filter { ($0.low...$0.high).contains(Double(total)) }.count == 1, "\(instrument.id) \(total)")
                }
            }
            let named =
                (instrument.scoring.domains ?? []).flatMap { $0.items + ($0.oneOf ?? []).joined() }
                + (instrument.scoring.levels ?? []).flatMap(\.any) + (instrument.flags ?? []).compactMap(\.item) + (instrument.scoring.missing?.skippable ?? [])
            for item in named { #expect(instrument.items.contains { $0.id == item }, "\(instrument.id) \(item)") }
            let scored = instrument.items.filter(\.isScored)
            if instrument.scoring.method == .sum {
                #expect(scored.map { Double($0.low) }.reduce(0, +) == instrument.scoring.low, "\(instrument.id)")
                #expect(scored.map { Double($0.high) }.reduce(0, +) == instrument.scoring.high, "\(instrument.id)")
            }
        }
    }

    @Test func wordingShipsOnlyWhereTheLicenceAllows() throws {
        let worded = try instruments.get().filter { $0.items.contains { $0.wording != nil } }
        #expect(worded.filter { !$0.shipsWording }.isEmpty)
        #expect(Set(worded.map(\.id)) == ["PHQ-9", "GAD-7", "AUDIT-C", "HAM-D17", "HAM-D17-16B", "MOAA/S", "CGI-S"])
    }

    @Test(arguments: [
        ("phq9", "PHQ-9"), ("PHQ 9", "PHQ-9"), ("HAMD17", "HAM-D17"), ("moaas", "MOAA/S"), ("c-ssrs", "C-SSRS-screener"), ("BPRS-4 (BPRS+)", "BPRS-4"),
        ("ICSI (O'Leary-Sant)", "ICSI"), ("KSET / KSET-R", "KSET"), ("qids", "QIDS-SR16"), ("SDS (Sheehan)", "SDS"),
    ])
    func namesAreForgiving(name: String, id: String) throws { #expect(try instruments.get().named(name)?.id == id) }

    @Test(arguments: [
        ("PHQ-9", "3,3,2,3,2,3,2,1", "score.count"), ("PHQ-9", "3,3,2,3,2,3,2,1,1,1,1", "score.count"), ("PHQ-9", "3,3,2,3,2,3,2,1,4", "score.range"),
        ("PHQ-9", "3,3,2,3,2,3,2,1,-1", "score.range"), ("PHQ-9", "3,3,2,3,2,3,2,1,1.5", "score.range"), ("PHQ-9", "3,3,2,3,2,3,NA,NA,NA", "score.missing"),
        ("PHQ-9", "NA,NA,NA,NA,NA,NA,NA,NA,NA", "score.missing"), ("PHQ-9", "a,3,2,3,2,3,2,1,1", "score.answers"), ("PHQ-9", "item1=1,item1=2", "score.item"),
        ("PHQ-9", "mood=1", "score.item"), ("GAD-7", "0,0,0,0,0,0,NA", "score.missing"), ("QIDS-SR16", "3,1,0,0,2,NA,NA,0,0,1,2,0,3,2,1,0", "score.missing"),
        ("QIDS-SR16", "3,1,NA,0,2,1,0,0,0,1,2,0,3,2,1,0", "score.missing"), ("C-SSRS-screener", "q1=1,q6=0", "score.missing"),
        ("ASSIST", "1", "score.unscored"),
        ("MoCA", "1", "score.unscored"), ("EQ-5D-5L", "1,2,3,4,6", "score.range"),
    ])
    func refuses(instrument: String, answers: String, code: String) throws {
        let found = try #require(try instruments.get().named(instrument))
        let error = try #require(throws: Diagnostic.self) { try found.score(Answers(parsing: answers)) }
        #expect(error.code == code)
    }

    @Test(arguments: [("PHQ-9", 28.0), ("PHQ-9", -1), ("MADRS", 60.5), ("MADRS", .nan), ("MOAA/S", 6), ("CGI-S", 0), ("C-SSRS-screener", 1), ("EQ-5D-5L", 1)])
    func refusesTotals(instrument: String, total: Double) throws {
        let found = try #require(try instruments.get().named(instrument))
        #expect(throws: Diagnostic.self) { try found.score(total: total) }
    }

    @Test func sexDecidesTheCutOfTheAuditC() throws {
        let audit = try #require(try instruments.get().named("AUDIT-C"))
        let answers = try Answers(parsing: "1,1,1")
        #expect(try audit.score(answers, context: ScoreContext(sex: "male")).flags == [])
        #expect(try audit.score(answers, context: ScoreContext(sex: "female")).flags == ["total>=3"])
        let unknown = try audit.score(answers)
        #expect(unknown.flags == ["total>=3"])
        #expect(unknown.notes == ["sex not given: the lower cut was used"])
    }

    @Test func changeAtTheBoundaries() throws {
        let madrs = try #require(try instruments.get().named("MADRS"))
        let half = madrs.change(baseline: 36, latest: 18)
        #expect(half.percent == -50 && half.response && half.remission == false)
        let remission = madrs.change(baseline: 36, latest: 12)
        #expect(remission.response && remission.remission == true && remission.remissionStrict == false)
        #expect(!madrs.change(baseline: 35, latest: 18).response)
        #expect(madrs.change(baseline: 0, latest: 5).percent == nil)
        #expect(madrs.change(baseline: 36, latest: 12).isReliable == nil)
        let phq9 = try #require(try instruments.get().named("PHQ-9"))
        #expect(phq9.change(baseline: 10, latest: 4).remission == true)
        #expect(phq9.change(baseline: 10, latest: 5).remission == false)
        // Jacobson-Truax with alpha 0.831 and SD 4.24: the standard error of a difference is 2.47, so 4 is noise and 5 is not.
        #expect(phq9.change(baseline: 10, latest: 6).isReliable == false)
        #expect(phq9.change(baseline: 10, latest: 5).isReliable == true)
    }

    /// 300 random answer sheets for each instrument: totals stay in range, answering by name in any order gives the same score, and raising
    /// an item that is not reversed never lowers the total.
    @Test func propertiesOfTotals() throws {
        var generator = SeededGenerator(state: 20_261_123)
        for instrument in try instruments.get() where instrument.isScored && !instrument.items.isEmpty {
            for _ in 0..<300 {
                var values = instrument.items.map { Double(Int.random(in: $0.low...$0.high, using: &generator)) }
                let score = try instrument.score(.ordered(values))
                let named = zip(instrument.items, values).map { (item: $0.id, value: Optional($1)) }.shuffled(using: &generator)
                #expect(try instrument.score(.named(named)) == score, "\(instrument.id) \(values)")
                guard let total = score.total, let low = instrument.scoring.low, let high = instrument.scoring.high else { continue }
                #expect((low...high).contains(total), "\(instrument.id) \(values)")
                let index = Int.random(in: values.indices, using: &generator)
                let item = instrument.items[index]
                guard item.reversed != true, values[index] < Double(item.high) else { continue }
                values[index] += 1
                #expect(try instrument.score(.ordered(values)).total ?? -1 >= total, "\(instrument.id) \(values)")
            }
        }
    }
}

/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), so that a failing case can be run again.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
