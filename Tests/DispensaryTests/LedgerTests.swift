import Dispensary
import Evidence
import Foundation
import Interchange
import Knowledge
import Notation
import Pharmacology
import Statistics
import Testing

/// A ledger with what its check must say. `Ledgers/vignettes.json` is a list of these.
struct LedgerVignette: CustomTestStringConvertible, Sendable {
    let name: String
    let asOf: Instant
    let jurisdiction: Jurisdiction
    let lines: [LedgerLine]
    let given: [GivenDose]
    /// Rules that must be broken; any other must not be.
    let broken: Set<String>
    /// Rules that the vignette stops just short of breaking.
    let fine: Set<String>
    /// Rules of which a duty must be open.
    let duties: Set<String>
    let stock: [String: Int]
    /// Issued less given, wasted, returned and lost, by session and patient, µL or devices.
    let differences: [String: Int]

    var testDescription: String { name }

    static let all = Result {
        let file = try #require(Bundle.module.url(forResource: "vignettes", withExtension: "json", subdirectory: "Ledgers"))
        let list = try #require(try JSONReader.read([UInt8](try Data(contentsOf: file)), file: "vignettes.json").array)
        return try list.map(LedgerVignette.init)
    }

    init(json: JSONValue) throws {
        name = try #require(json["name"]?.string)
        asOf = try #require(json["as_of"]?.string.flatMap { Instant($0) })
        jurisdiction = json["jurisdiction"]?.string.flatMap(Jurisdiction.init) ?? .us
        lines = try (json["lines"]?.array ?? []).map { try LedgerLine.read($0).line }
        given = (json["given"]?.array ?? []).map { dose in
            GivenDose(
                patient: dose["patient"]?.string, session: dose["session"]?.string, lot: dose["lot"]?.string,
                drug: dose["drug"]?.string.flatMap(Drug.init), micrograms: dose["mg"]?.double.map { Int(($0 * 1000).rounded()) },
                time: dose["time"]?.string.flatMap(Moment.init))
        }
        func set(_ key: String) -> Set<String> { Set(json[key]?.array?.compactMap(\.string) ?? []) }
        (broken, fine, duties) = (set("broken"), set("fine"), set("duties"))
        func amounts(_ key: String) -> [String: Int] {
            Dictionary(uniqueKeysWithValues: (json[key]?.object?.members ?? []).map { ($0.key, $0.value.int ?? .min) })
        }
        (stock, differences) = (amounts("stock"), amounts("differences"))
    }

    func review(_ lines: [LedgerLine]? = nil) throws -> LedgerReview {
        LedgerReview(lines ?? self.lines, given: given, rules: try Shipped.rules.get(), jurisdiction: jurisdiction, asOf: asOf)
    }
}

enum Shipped {
    static let rules = Result { try KnowledgeLibrary.shipped().ledgerRules }
}

@Suite struct LedgerVignetteTests {
    @Test(arguments: try LedgerVignette.all.get())
    func checkSays(vignette: LedgerVignette) throws {
        let review = try vignette.review()
        #expect(Set(review.broken.map(\.rule.statement.id)) == vignette.broken, "\(review.broken.map(\.text))")
        #expect(vignette.fine.isDisjoint(with: vignette.broken))
        let duties = Set(review.findings.filter { !$0.isBroken }.map(\.rule.statement.id))
        #expect(vignette.duties.isSubset(of: duties), "\(duties)")
        for (lot, amount) in vignette.stock { #expect(review.ledger.balance(of: .stock, lot: lot) == amount) }
        for (session, amount) in vignette.differences {
            #expect(review.ledger.sessions.first { $0.session.name == session }?.difference == amount, "\(session)")
        }
        for balances in review.ledger.balances.values { #expect(balances.values.reduce(0, +) == 0) }
    }

    /// Every rule of the ledger is broken or left open by one vignette and kept by another.
    @Test func everyRuleHasBothSides() throws {
        let all = try LedgerVignette.all.get()
        for rule in try Shipped.rules.get().map(\.statement.id) {
            #expect(all.contains { $0.broken.contains(rule) || $0.duties.contains(rule) }, "no vignette for \(rule)")
            #expect(all.contains { $0.fine.contains(rule) }, "no vignette just short of \(rule)")
        }
        #expect(Set(try Shipped.rules.get().map(\.check)).count == LedgerCheck.allCases.count)
    }

    @Test(arguments: try LedgerVignette.all.get())
    func orderOfArrivalChangesNothing(vignette: LedgerVignette) throws {
        let straight = try vignette.review().json
        #expect(try vignette.review(vignette.lines.reversed()).json == straight)
        #expect(try vignette.review(Array(vignette.lines.dropFirst() + vignette.lines.prefix(1))).json == straight)
    }
}

@Suite struct LedgerReadingTests {
    /// One clear refusal each.
    @Test(arguments: [
        (#"{"type":"steal","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u"}"#, "ledger.type"),
        (#"{"type":"issue","time":"2024-03-01","lot":"A","volume_ml":1,"by":"u","session":"s"}"#, "ledger.time"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"session":"s"}"#, "ledger.by"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","volume_ml":1,"by":"u","session":"s"}"#, "ledger.lot"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","by":"u","session":"s"}"#, "ledger.volume_ml"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":0.0005,"by":"u","session":"s"}"#, "ledger.volume_ml"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":-1,"by":"u","session":"s"}"#, "ledger.volume_ml"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1e-4,"by":"u","session":"s"}"#, "ledger.volume_ml"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1e10,"by":"u","session":"s"}"#, "ledger.volume_ml"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A\u202e1","volume_ml":1,"by":"u","session":"s"}"#, "ledger.lot"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u","session":"s\u200b"}"#, "ledger.session"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","recorded":"yesterday","lot":"A","volume_ml":1,"by":"u","session":"s"}"#, "ledger.recorded"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","recorded":"2026-11-25T08:00:00Z","lot":"A","volume_ml":1,"by":"u","session":"s"}"#, "ledger.future"),
        (#"{"type":"inventory","time":"2024-03-01T08:00:00Z","volume_ml":1,"by":"u"}"#, "ledger.lot"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","devices":15e-1,"by":"u","session":"s"}"#, "ledger.devices"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"devices":1,"by":"u","session":"s"}"#, "ledger.devices"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","devices":1.5,"by":"u","session":"s"}"#, "ledger.devices"),
        (#"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u"}"#, "ledger.session"),
        (#"{"type":"receive","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u","drug":"ketamine"}"#, "ledger.strength_mg_per_ml"),
        (#"{"type":"receive","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u","drug":"heroin","strength_mg_per_ml":50}"#, "ledger.drug"),
        (#"{"type":"reverse","time":"2024-03-01T08:00:00Z","by":"u","reason":"x"}"#, "ledger.line"),
        (#"{"type":"loss","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u"}"#, "ledger.reason"),
    ])
    func refuses(text: String, code: String) throws {
        do throws(Diagnostic) {
            _ = try LedgerFile.plan(Array(text.utf8), name: "file", now: Instant(milliseconds: 1_795_435_200_000))
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.code == code, "\(error)")
            #expect(error.place.line == 1)
        }
    }

    @Test func theSameLineTwiceIsOne() throws {
        let line = #"{"type":"count","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u","witness":"w"}"# + "\n"
        let plan = try LedgerFile.plan(Array((line + line).utf8), name: "file", now: Instant(milliseconds: 1_795_435_200_000))
        #expect(plan.entries.count == 1)
        #expect(plan.repeated == 1)
    }

    /// A movement stated again is another movement; reading the file again gives the same ids.
    @Test func theSameMovementTwiceIsTwo() throws {
        func plan(_ text: String) throws -> LedgerPlan {
            try LedgerFile.plan(Array(text.utf8), name: "file", now: Instant(milliseconds: 1_795_435_200_000))
        }
        let line = #"{"type":"issue","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":1,"by":"u","session":"s1"}"# + "\n"
        let (one, three) = (try plan(line), try plan(line + line + line))
        #expect(Set(three.entries.map(\.line.id)).count == 3 && three.repeated == 0 && three.repeatedEvents == 2)
        #expect(three.entries.first?.line.id == one.entries.first?.line.id)
        #expect(try plan(line + line + line).entries.map(\.payload) == three.entries.map(\.payload))
        #expect(three.remarks == ["2 lines repeat another word for word; kept as separate"] && one.remarks.isEmpty)
        let named = line.replacing("{", with: #"{"id":"i","#)
        #expect(try plan(named + named).entries.count == 1)
    }

    /// Whatever JSON calls a number, read exactly.
    @Test(arguments: [
        (#""volume_ml":1e2"#, 100_000), (#""volume_ml":1E-3"#, 1), (#""volume_ml":100.0000"#, 100_000), (#""volume_ml":0.07e+1"#, 700),
        (#""volume_ml":7000e-4"#, 700), (#""volume_ml":0e5"#, 0), (#""devices":2.0"#, 2), (#""devices":1.2e1"#, 12),
    ])
    func numbersInEveryNotation(amount: String, expected: Int) throws {
        let text = #"{"type":"count","id":"c","time":"2024-03-01T08:00:00Z","lot":"A","by":"u",\#(amount)}"#
        #expect(try LedgerLine.read(try JSONReader.read(text)).line.amount == expected)
    }

    /// Amounts are exact: no decimal is rounded on its way in.
    @Test func amountsAreExact() throws {
        for amount in stride(from: 1, through: 99_999, by: 37) {
            let digits = "\(amount / 1000)." + String(repeating: "0", count: 3 - String(amount % 1000).count) + "\(amount % 1000)"
            let text = #"{"type":"count","id":"c","time":"2024-03-01T08:00:00Z","lot":"A","volume_ml":\#(digits),"by":"u"}"#
            #expect(try LedgerLine.read(try JSONReader.read(text)).line.amount == amount)
        }
    }
}

@Suite struct LedgerPropertyTests {
    /// Random days at the cabinet, legal and not: sums stay zero, legal ledgers break nothing, and no reversal gives back more than was taken.
    @Test(arguments: 1...40)
    func randomLedgers(seed: Int) throws {
        var stream = RandomStream(seed: UInt64(seed), subject: 7, purpose: 1)
        func below(_ limit: Int) -> Int { stream.integer(in: 0...(limit - 1)) }
        var lines: [LedgerLine] = []
        var stock: [String: Int] = [:]
        var minute = 0
        func add(_ fields: JSONObject) throws {
            minute += 1 + below(60)
            var fields = fields
            fields["id"] = .string("l\(lines.count)")
            fields["time"] = .string(Instant(milliseconds: 1_700_000_000_000).adding(minutes: Double(minute)).description)
            fields["by"] = "nurse"
            lines.append(try LedgerLine.read(.object(fields)).line)
        }
        func volume(_ microlitres: Int) -> JSONValue { JSONValue(Double(microlitres) / 1000) }
        for lot in ["A", "B"] {
            try add(["type": "receive", "lot": .string(lot), "drug": "ketamine", "strength_mg_per_ml": 50, "volume_ml": 50, "expiry": "2030-01-01"])
            stock[lot] = 50_000
        }
        for session in 0..<30 {
            let lot = below(2) == 0 ? "A" : "B"
            let issued = 500 + below(1000)
            let given = 300 + below(issued - 299)
            let id: JSONValue = .string("s\(session)")
            let wasted = below(issued - given + 1)
            let returned = issued - given - wasted
            try add(["type": "issue", "lot": .string(lot), "volume_ml": volume(issued), "session": id])
            try add(["type": "administer", "lot": .string(lot), "volume_ml": volume(given), "session": id])
            if wasted > 0 { try add(["type": "waste", "lot": .string(lot), "volume_ml": volume(wasted), "session": id, "witness": "pharmacist"]) }
            if returned > 0 { try add(["type": "return", "lot": .string(lot), "volume_ml": volume(returned), "session": id]) }
            stock[lot, default: 0] -= given + wasted
            if below(4) == 0 { try add(["type": "count", "lot": .string(lot), "volume_ml": volume(stock[lot] ?? 0), "witness": "pharmacist"]) }
        }
        let asOf = Instant(milliseconds: 1_720_000_000_000)
        let legal = LedgerReview(lines, rules: try Shipped.rules.get(), jurisdiction: .us, asOf: asOf)
        #expect(legal.broken.isEmpty, "seed \(seed): \(legal.broken.map(\.text))")
        for lot in ["A", "B"] { #expect(legal.ledger.balance(of: .stock, lot: lot) == stock[lot], "seed \(seed)") }

        // Whatever is dropped, doubled or shuffled: over all accounts the sum stays zero.
        var wild = lines.filter { _ in below(5) > 0 }
        for line in lines where below(10) == 0 {
            var copy = line
            copy.id = "copy-" + line.id
            wild.append(copy)
        }
        for index in wild.indices.reversed() { wild.swapAt(index, below(index + 1)) }
        let broken = LedgerReview(wild, rules: try Shipped.rules.get(), jurisdiction: .us, asOf: asOf)
        for balances in broken.ledger.balances.values { #expect(balances.values.reduce(0, +) == 0, "seed \(seed)") }
        let isNegative = broken.ledger.balances.values.contains { $0.contains { $0.value < 0 && $0.key != .supplier && $0.key != .adjustment } }
        if isNegative { #expect(broken.broken.contains { $0.rule.check == .negativeStock }, "seed \(seed)") }
        // A line missing from a reconciled ledger never goes unnoticed, unless it was a count.
        for dropped in lines.indices where lines[dropped].kind != .count && lines[dropped].kind != .receive {
            guard below(6) == 0, lines[dropped].kind != .administer else { continue }
            let review = LedgerReview(
                Array(lines[..<dropped] + lines[(dropped + 1)...]), rules: try Shipped.rules.get(), jurisdiction: .us, asOf: asOf)
            #expect(!review.broken.isEmpty, "seed \(seed): \(lines[dropped].kind) dropped unnoticed")
        }
    }
}

@Suite struct LedgerChartTests {
    /// Charts that all call their sessions s1, s2, …, held against a ledger that names a patient only where it issues.
    @Test(arguments: 1...30)
    func everyDoseIsFound(seed: Int) throws {
        var stream = RandomStream(seed: UInt64(seed), subject: 11, purpose: 1)
        func below(_ limit: Int) -> Int { stream.integer(in: 0...(limit - 1)) }
        var lines: [LedgerLine] = []
        var doses: [GivenDose] = []
        func add(_ type: String, _ day: Int, _ minute: Int, _ fields: JSONObject) throws {
            var fields = fields
            fields["type"] = .string(type)
            fields["id"] = .string("l\(lines.count)")
            fields["time"] = .string(time(day, minute).description)
            fields["by"] = "nurse"
            lines.append(try LedgerLine.read(.object(fields)).line)
        }
        func time(_ day: Int, _ minute: Int) -> Instant { Instant(milliseconds: 1_700_006_400_000).adding(days: Double(day)).adding(minutes: Double(minute)) }
        func volume(_ microlitres: Int) -> JSONValue { JSONValue(Double(microlitres) / 1000) }
        try add("receive", 0, 0, ["lot": "K", "drug": "ketamine", "strength_mg_per_ml": 50, "volume_ml": 900, "expiry": "2030-01-01"])
        try add("receive", 0, 0, ["lot": "E", "drug": "esketamine", "devices": 900, "expiry": "2030-01-01"])
        for patient in 0..<6 {
            for session in 1...4 {
                let day = patient + 10 * session
                let (who, which) = ("p\(patient)", "s\(session)")
                if patient % 2 == 0 {
                    let given = 400 + 20 * below(20)
                    let isBeside = below(2) == 0
                    let issued = volume(given + (isBeside ? 0 : 200))
                    try add("issue", day, 540, ["lot": "K", "session": .string(which), "patient": .string(who), "volume_ml": issued])
                    try add(
                        "waste", day, 600, ["lot": "K", "session": .string(which), "volume_ml": volume(200), "witness": "pharmacist", "reason": "rest"])
                    doses.append(
                        GivenDose(
                            patient: who, session: below(4) == 0 ? nil : which, lot: below(3) == 0 ? nil : "K", drug: .ketamine, micrograms: given * 50,
                            time: Moment(time(day, 545))))
                } else {
                    let devices = 2 + below(2)
                    try add("issue", day, 540, ["lot": "E", "session": .string(which), "patient": .string(who), "devices": .init(devices)])
                    for device in 0..<devices {
                        doses.append(
                            GivenDose(
                                patient: who, session: which, lot: below(3) == 0 ? nil : "E", drug: .esketamine, micrograms: 28_000,
                                time: Moment(time(day, 545 + 5 * device))))
                    }
                }
            }
        }
        func review(_ doses: [GivenDose], _ lines: [LedgerLine]) throws -> LedgerReview {
            LedgerReview(lines, given: doses, rules: try Shipped.rules.get(), jurisdiction: .us, asOf: time(100, 0))
        }
        let whole = try review(doses, lines)
        #expect(whole.broken.isEmpty, "seed \(seed): \(whole.broken.map(\.text))")
        #expect(whole.ledger.sessions.allSatisfy { $0.difference == 0 }, "seed \(seed)")
        #expect(try review(doses.reversed(), lines.reversed()).json == whole.json, "seed \(seed)")
        for balances in whole.ledger.balances.values { #expect(balances.values.reduce(0, +) == 0, "seed \(seed)") }
        // Nothing about a dose can be changed, nor a dose added or left out, without being named.
        for index in doses.indices {
            var changed = doses
            switch below(5) {
            case 0: changed[index].micrograms = (changed[index].micrograms ?? 0) + 14_000
            case 1: changed[index].drug = .arketamine
            case 2: changed[index].patient = "stranger"
            case 3: changed[index].lot = "never received"
            default: changed[index].time = Moment(time(1, 0))
            }
            let found = try review(changed, lines).findings
            #expect(found.count > whole.findings.count, "seed \(seed): dose \(index)")
            changed = doses
            changed.remove(at: index)
            #expect(try review(changed, lines).findings.contains { $0.rule.check == .notReconciled }, "seed \(seed): dose \(index) left out")
            #expect(try review(doses + [doses[index]], lines).broken.contains { $0.rule.check == .notReconciled }, "seed \(seed): dose \(index) twice")
        }
    }

    /// A dose taken from an account in several parts is one finding.
    @Test func aDoseIsNamedOnce() throws {
        let vignette = try #require(try LedgerVignette.all.get().first { $0.name == "LG-10: given before it was issued" })
        var doses = vignette.given
        doses[0].micrograms = 45_000
        let review = LedgerReview(vignette.lines, given: doses, rules: try Shipped.rules.get(), jurisdiction: .us, asOf: vignette.asOf)
        #expect(review.broken.map(\.rule.statement.id).sorted() == ["LG-03", "LG-10"])
    }

    /// What the balance says of doses that only charts speak of.
    @Test func dosesPerChartAreShownAsSuch() throws {
        let all = try LedgerVignette.all.get()
        let example = try #require(all.first { $0.name == "the contract's own example" }).review().json
        #expect(example["balances"]?[0]?["given_per_chart"]?.double == 0.7)
        #expect(example["balances"]?[0]?["accounts"]?["given"]?.double == 0.7)
        #expect(example["balances"]?[0]?["accounts"]?["session s1 of p1"] == nil)
        let half = try #require(all.first { $0.name == "LG-03: no whole number of devices" }).review()
        #expect(half.broken.map(\.text) == ["issued 2 devices, given 50 mg by the chart, wasted 0 devices, returned 0 devices"])
    }
}
