import Forecast
import Notation

/// Reads a NONMEM-style table: one row for each dose and each measurement of each person.
///
/// Known columns, in any case: ID TIME AMT RATE DV EVID MDV CMT ADDL II SS DVID CENS LIMIT BLQ LLOQ (and DOSE, see below); everything else
/// is a covariate, which may change from row to row. `NA`, `.` and nothing mean missing. CENS is Monolix's: 1 below DV (not below
/// LIMIT where it is given), −1 above it; BLQ of 1 means below LLOQ, or below DV in a table without LLOQ. Event numbers of 100 and more are RxODE's: hundreds the compartment, 01 a dose. A table without AMT and EVID, but
/// with a DOSE that is the same on all rows of a person, is read as one dose at time 0, and says so.
public struct PopulationTable {
    private let file: String
    private let layout: FitModel.Table?
    private let names: [String]
    private let rows: [CSVRow]
    private var notes: [String] = []

    /// - Throws: a diagnostic that names file, row, column and what was expected.
    public static func read(_ bytes: [UInt8], file: String, as layout: FitModel.Table?) throws(Diagnostic) -> PopulationData {
        var table = try PopulationTable(bytes, file, layout)
        return try table.population()
    }

    private static let known = ["id", "time", "amt", "rate", "dv", "evid", "mdv", "cmt", "addl", "ii", "ss", "dvid", "cens", "limit", "blq", "lloq", "dose"]

    private init(_ bytes: [UInt8], _ file: String, _ layout: FitModel.Table?) throws(Diagnostic) {
        self.file = file
        self.layout = layout
        let rows = try CSVReader.read(Self.separated(bytes), file: file)
        guard let header = rows.first, rows.count > 1 else {
            throw Diagnostic("fit.table", at: Place(file: file), "has no rows", expected: "a header and a row for each dose and measurement")
        }
        var names = header.fields.map { $0.trimmed.lowercased() }
        if let first = names.first, first.hasPrefix("#") { names[0] = String(first.dropFirst()) }
        for dropped in layout?.drop ?? [] {
            guard let index = names.firstIndex(of: dropped.lowercased()) else {
                throw Diagnostic(
                    "fit.table", at: Place(file: file, line: 1), "has no column \(quoted(dropped)), named by data.drop",
                    expected: header.fields.joined(separator: ", "))
            }
            names[index] = ""
        }
        for (known, own) in (layout?.columns ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard Self.known.contains(known.lowercased()) else {
                throw Diagnostic(
                    "fit.model", at: Place(path: "data.columns"), "names \(quoted(known))", expected: Self.known.map { $0.uppercased() }.joined(separator: ", ")
                )
            }
            guard let index = names.firstIndex(of: own.lowercased()) else {
                throw Diagnostic("fit.table", at: Place(file: file, line: 1), "has no column \(quoted(own))", expected: header.fields.joined(separator: ", "))
            }
            // The name it had before still reads as a covariate.
            if let other = names.firstIndex(of: known.lowercased()), other != index { names[other] = "" }
            names[index] = known.lowercased()
        }
        if let column = layout?.resetOn, !names.contains(column.lowercased()) {
            throw Diagnostic(
                "fit.table", at: Place(file: file, line: 1), "has no column \(quoted(column)), named by data.reset_on", expected: names.joined(separator: ", "))
        }
        for required in ["id", "time", "dv"] where !names.contains(required) {
            throw Diagnostic(
                "fit.table", at: Place(file: file, line: header.line), "has no column \(required.uppercased())",
                expected: "ID, TIME, AMT, DV … or `data: {columns: {\(required.uppercased()): the table's name}}` in the model")
        }
        for (index, name) in names.enumerated() where !name.isEmpty && names.firstIndex(of: name) != index {
            throw Diagnostic("fit.table", at: Place(file: file, line: header.line), "has the column \(quoted(name)) twice", expected: "it once")
        }
        for row in rows.dropFirst() where row.fields.count != names.count {
            throw Diagnostic("fit.table", at: Place(file: file, line: row.line), "has \(row.fields.count) cells", expected: "\(names.count), as in the header")
        }
        self.names = names
        self.rows = Array(rows.dropFirst())
    }

    /// Tables without a comma in their first line are separated by tabs, semicolons or blanks; lines that begin with # are remarks.
    private static func separated(_ bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1).first, !first.contains(UInt8(ascii: ",")) else { return bytes }
        guard let separator = [UInt8(ascii: "\t"), UInt8(ascii: ";")].first(where: { first.contains($0) }) else {
            return Array(
                bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
                    line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }.joined(separator: [UInt8(ascii: ",")])
                }.joined(separator: [UInt8(ascii: "\n")]))
        }
        return bytes.map { $0 == separator ? UInt8(ascii: ",") : $0 }
    }

    // MARK: Cells

    private func text(_ row: CSVRow, _ column: String) -> String? {
        guard let index = names.firstIndex(of: column) else { return nil }
        let text = row.fields[index].trimmed
        return text.isEmpty || text == "." || text == "NA" ? nil : text
    }

    private func number(_ row: CSVRow, _ column: String) throws(Diagnostic) -> Double? {
        guard let text = text(row, column) else { return nil }
        guard let value = Double(text), value.isFinite, abs(value) <= 1e12 else {
            throw problem(row, column, "is not a number", expected: column == "time" ? "decimal time, such as 1.5" : "a number, or nothing, . or NA")
        }
        return value
    }

    private func integer(_ row: CSVRow, _ column: String, _ range: ClosedRange<Int>) throws(Diagnostic) -> Int? {
        guard let value = try number(row, column) else { return nil }
        guard let whole = Int(exactly: value), range.contains(whole) else {
            throw problem(row, column, "is not usable", expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return whole
    }

    private func problem(_ row: CSVRow, _ column: String, _ text: String, expected: String) -> Diagnostic {
        Diagnostic("fit.table", at: Place(file: file, line: row.line, path: column.uppercased()), text, expected: expected)
    }

    // MARK: Rows

    private enum Event: Equatable { case measurement, dose, other, reset, resetAndDose }

    private struct Record {
        var row: CSVRow
        var time: Double
        var event: Event
        var compartment: Int?
    }

    private func record(_ row: CSVRow) throws(Diagnostic) -> Record {
        guard let time = try number(row, "time") else { throw problem(row, "time", "is missing", expected: "a time on every row") }
        guard abs(time) <= 1e6 else { throw problem(row, "time", "is out of range", expected: "at most 1000000") }
        var compartment = try integer(row, "cmt", -99...999)
        let amount = try number(row, "amt") ?? 0
        var event: Event = amount > 0 ? .dose : .measurement
        if let number = try integer(row, "evid", 0...99999) {
            switch number {
            case 0: event = .measurement
            case 1: event = .dose
            case 2: event = .other
            case 3: event = .reset
            case 4: event = .resetAndDose
            case 101...9901 where number % 100 == 1:
                event = .dose
                compartment = number / 100
            default: throw problem(row, "evid", "is \(number)", expected: "0 to 4, or RxODE's 101 to 9901 for a dose at once")
            }
        }
        if event == .measurement, amount != 0, names.contains("evid") {
            throw problem(row, "amt", "is given on a row whose EVID says it is no dose", expected: "0, or EVID 1")
        }
        return Record(row: row, time: time, event: event, compartment: compartment)
    }

    private mutating func population() throws(Diagnostic) -> PopulationData {
        var people: [(id: String, records: [Record])] = []
        var seen: Set<String> = []
        let only = (layout?.only ?? [:]).map { ($0.key.lowercased(), $0.value) }.sorted { $0.0 < $1.0 }
        if let unknown = only.first(where: { !names.contains($0.0) })?.0 {
            throw Diagnostic(
                "fit.table", at: Place(file: file, line: 1), "has no column \(quoted(unknown)), named by data.only", expected: names.joined(separator: ", "))
        }
        for row in rows where only.allSatisfy({ (text(row, $0.0) ?? "").lowercased() == $0.1.lowercased() }) {
            guard let id = text(row, "id") else { throw problem(row, "id", "is missing", expected: "an identifier on every row") }
            if people.last?.id != id {
                guard seen.insert(id).inserted else {
                    throw problem(row, "id", "begins again after another person's rows", expected: "the rows of a person together")
                }
                people.append((id, []))
            }
            people[people.count - 1].records.append(try record(row))
        }
        var result: [PopulationData.Person] = []
        for person in people { result.append(try self.person(person.id, person.records)) }
        return PopulationData(people: result, notes: notes, changing: changing)
    }

    private mutating func note(_ text: String) { if !notes.contains(text) { notes.append(text) } }

    private mutating func person(_ id: String, _ records: [Record]) throws(Diagnostic) -> PopulationData.Person {
        var segments = [PopulationData.Segment()]
        var isOpen = false
        var occasion: String?
        let (covariates, changes) = covariates(records)
        for (number, record) in records.enumerated() {
            if let column = layout?.resetOn?.lowercased() {
                let now = text(record.row, column)
                if let before = occasion, before != now, isOpen { segments.append(.init()) }
                occasion = now ?? ""
            }
            if let last = segments.last, record.event == .measurement || record.event == .dose,
                let before = (last.doses.map(\.time) + last.observations.map(\.time)).max(), record.time < before
            {
                throw problem(record.row, "time", "goes back", expected: "times in order, a reset (EVID 3 or 4), or `data: {reset_on: a column}` in the model")
            }
            if record.event == .reset || record.event == .resetAndDose {
                if isOpen { segments.append(.init()) }
            }
            if record.event == .dose || record.event == .resetAndDose {
                let dose = try dose(record)
                // A dose in steady state begins anew: what was there before does not count.
                if dose.isSteadyState, isOpen { segments.append(.init()) }
                segments[segments.count - 1].doses.append(dose)
                for index in segments[segments.count - 1].observations.indices where segments[segments.count - 1].observations[index].time == record.time {
                    segments[segments.count - 1].observations[index].isBeforeDose = true
                }
                isOpen = true
            } else if record.event == .measurement, let observation = try observation(record) {
                segments[segments.count - 1].observations.append(observation)
                isOpen = true
            }
            if !changes.isEmpty { segments[segments.count - 1].records.append(.init(time: record.time, covariates: changes[number], line: record.row.line)) }
        }
        if !names.contains("amt"), names.contains("dose"), let first = records.first {
            var doses: Set<Double?> = []
            for record in records { doses.insert(try number(record.row, "dose")) }
            guard doses.count == 1, let amount = doses.first ?? nil, amount >= 0 else {
                throw problem(first.row, "dose", "is not one amount for this person", expected: "the same on all rows, or dose rows with AMT")
            }
            segments[0].doses = [.init(time: 0, amount: amount, line: first.row.line)]
            note("no AMT column: DOSE was read as one dose at time 0 into compartment 1")
        }
        guard let first = records.first else { return .init(id: id, covariates: [:], segments: [], line: 0) }
        return .init(id: id, covariates: covariates, segments: segments, line: first.row.line)
    }

    /// The first value of each covariate, and row by row those that change; a cell without a value repeats the one before.
    private mutating func covariates(_ records: [Record]) -> (first: [String: String], changes: [[String: String]]) {
        var first: [String: String] = [:]
        var changes: [[String: String]] = []
        for name in names where !name.isEmpty && (name == "dose" || !Self.known.contains(name)) {
            let cells = records.map { text($0.row, name) }
            first[name] = cells.lazy.compactMap { $0 }.first ?? ""
            guard Set(cells.compactMap { $0 }).count > 1 else { continue }
            changing.insert(name)
            if changes.isEmpty { changes = records.map { _ in [:] } }
            var last = first[name]
            for (number, cell) in cells.enumerated() {
                last = cell ?? last
                changes[number][name] = last
            }
        }
        return (first, changes)
    }

    /// Columns that differ between the rows of a person.
    private var changing: Set<String> = []

    private func dose(_ record: Record) throws(Diagnostic) -> PopulationData.Dose {
        let row = record.row
        guard let amount = try number(row, "amt"), amount >= 0 else {
            throw problem(row, "amt", "is missing or negative on a dose", expected: "an amount of 0 or more")
        }
        let rate = try number(row, "rate") ?? 0
        guard rate >= 0 || rate == -1 || rate == -2 else {
            throw problem(row, "rate", "is \(decimal(rate))", expected: "an amount per time, 0, or -1 or -2 with `over` in the model")
        }
        guard record.compartment ?? 1 > 0 else { throw problem(row, "cmt", "is not above 0 on a dose", expected: "the compartment the dose enters") }
        let additional = try integer(row, "addl", 0...10_000) ?? 0
        let interval = try number(row, "ii") ?? 0
        let steadyState = try integer(row, "ss", 0...1) ?? 0
        if additional > 0 || steadyState == 1, !(interval > 0) {
            throw problem(row, "ii", "is missing for a dose that repeats", expected: "the time between doses")
        }
        return .init(
            time: record.time, amount: amount, rate: rate, compartment: record.compartment ?? 1, additional: additional, interval: interval,
            isSteadyState: steadyState == 1, line: row.line)
    }

    /// Nil where nothing was measured.
    private mutating func observation(_ record: Record) throws(Diagnostic) -> PopulationData.Observation? {
        let row = record.row
        if try integer(row, "mdv", 0...100) ?? 0 > 0 { return nil }
        let isBelow = try integer(row, "blq", 0...1) == 1
        let limitOfAssay = isBelow ? try number(row, "lloq") : nil
        let written = try number(row, "dv")
        guard let value = limitOfAssay ?? written else {
            note("measurements without a DV were left out")
            return nil
        }
        if isBelow, !(value > 0) { throw problem(row, "blq", "has no limit above 0", expected: "the limit in LLOQ or in DV") }
        let limit = try number(row, "limit")
        let censoring: PopulationData.Censoring
        switch isBelow ? 1 : try integer(row, "cens", -1...1) ?? 0 {
        case 1:
            if let limit, limit >= value { throw problem(row, "limit", "is not below DV", expected: "the lower end of the interval whose upper end is DV") }
            censoring = .below(floor: limit)
        case -1: censoring = .above
        default: censoring = .none
        }
        return .init(
            time: record.time, value: value, censoring: censoring, kind: text(row, "dvid")?.lowercased(), compartment: record.compartment, line: row.line)
    }
}
