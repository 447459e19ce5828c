import Chart
import Guidance
import Hummingbird
import HummingbirdCore
import Notation
import Storage

/// What the list is asked for: `q`, `status`, `sort` (a column, `-` before it for descending) and `page`.
struct PatientListQuery: Sendable {
    var search = ""
    var status: String?
    /// The key of a column; those seen last stand first unless another order is asked for.
    var sort = PatientListQuery.usualSort
    var descending = true
    var page = 1

    static let names = ["q", "status", "sort", "page"]
    private static let usualSort = "visit"
    var isUsualOrder: Bool { sort == Self.usualSort && descending }

    init(_ uri: URI) {
        let parameters = uri.queryParameters
        search = parameters["q"].map(String.init) ?? ""
        status = parameters["status"].map(String.init)
        if let sort = parameters["sort"].map(String.init), !sort.isEmpty {
            descending = sort.hasPrefix("-")
            self.sort = descending ? String(sort.dropFirst()) : sort
        }
        page = max(1, parameters["page"].flatMap { Int($0) } ?? 1)
    }

    /// The list's address with some of it changed.
    func href(_ change: (inout PatientListQuery) -> Void) -> String {
        var query = self
        query.page = 1
        change(&query)
        var parts: [String] = []
        if !query.search.isEmpty { parts.append("q=" + percentEncoded(query.search)) }
        if let status = query.status { parts.append("status=" + percentEncoded(status)) }
        if !query.isUsualOrder { parts.append("sort=" + percentEncoded((query.descending ? "-" : "") + query.sort)) }
        if query.page > 1 { parts.append("page=\(query.page)") }
        return parts.isEmpty ? "/patients" : "/patients?" + parts.joined(separator: "&")
    }
}

extension Pages {
    private static let rowsToAPage = 50

    /// A column of the list: heading, key in the address, and what it sorts by in the store.
    private struct Column: Sendable {
        var title: String
        var key: String?
        var isNumber = false
        var sortsBy: String?
        /// Told only to those who may read charts.
        var isClinical = false
    }

    private static let columns: [Column] = [
        Column(title: "Patient", key: "id"), Column(title: "Age", key: "age", isNumber: true, sortsBy: "age"), Column(title: "Sex"),
        Column(title: "Treatment"), Column(title: "Sessions", key: "sessions", isNumber: true, sortsBy: "sessions"),
        Column(title: "Last score", key: "score", isNumber: true, sortsBy: "score", isClinical: true),
        Column(title: "Change", key: "change", isNumber: true, sortsBy: "change", isClinical: true), Column(title: "Trend", isClinical: true),
        Column(title: "Response", isClinical: true), Column(title: "Resistant", key: "trd", sortsBy: "resistance", isClinical: true),
        Column(title: "Last visit", key: "visit", sortsBy: "visit"), Column(title: "Findings", isClinical: true),
    ]

    func patients(_ request: ClinicRequest) throws -> Response {
        var query = PatientListQuery(request.uri)
        let readsCharts = request.person?.may(.readChart) == true
        if !readsCharts { query.status = nil }
        let columns = Self.columns.filter { readsCharts || !$0.isClinical }
        // Where nothing can be written, what was judged before is shown.
        let isIncomplete = (try? standings.refresh()) ?? true
        var asked = StandingQuery(limit: Self.rowsToAPage)
        (asked.prefix, asked.status) = (query.search, query.status)
        if let account = request.person?.account, account.isCareTeamOnly { asked.patients = clinic.access.book.patients(of: account.id) }
        asked.column = columns.first { $0.key == query.sort }?.sortsBy
        asked.isDescending = query.descending
        let counts = try clinic.store.standingCounts(asked)
        var everybody = StandingQuery()
        everybody.patients = asked.patients
        let all = try clinic.store.standingCounts(everybody).values.reduce(0, +)
        let searched = counts.values.reduce(0, +)
        let found = query.status.map { counts[$0] ?? 0 } ?? searched
        asked.offset = min((query.page - 1) * Self.rowsToAPage, found)
        let rows = try clinic.store.standings(asked)

        var filters: [[String: Any]] = [filter("All", nil, searched, query)]
        for status in SymptomCourse.Status.allCases.reversed() where readsCharts {
            filters.append(filter(statusText(status), status.rawValue, counts[status.rawValue] ?? 0, query))
        }
        var model: [String: Any] = [
            "countText": found == all ? counted(all, "patient") : "\(found) of \(counted(all, "patient"))",
            "query": query.search, "kept": kept(query), "filters": filters, "columns": columns.map { column($0, query) },
            "rows": try rows.map { try row($0.row, of: $0.patient, for: request) }, "showsScores": readsCharts, "isOwnOnly": asked.patients != nil,
            "isIncomplete": isIncomplete,
            "mayRegister": request.person?.may(.registerPatient) ?? false, "hasSearch": !query.search.isEmpty || query.status != nil, "clearHref": "/patients",
            "pageText": "\(asked.offset + 1) to \(asked.offset + rows.count) of \(found)",
        ]
        if asked.offset > 0 { model["previousHref"] = query.href { $0.page = query.page - 1 } }
        if asked.offset + rows.count < found { model["nextHref"] = query.href { $0.page = query.page + 1 } }
        return try render("patients", for: request, title: "Patients", model)
    }

    private func filter(_ text: String, _ status: String?, _ count: Int, _ query: PatientListQuery) -> [String: Any] {
        ["filterText": text, "filterHref": query.href { $0.status = status }, "filterCount": "\(count)", "filterOn": query.status == status]
    }

    private func kept(_ query: PatientListQuery) -> [[String: Any]] {
        var kept: [[String: Any]] = []
        if let status = query.status { kept.append(["keptName": "status", "keptValue": status]) }
        if !query.isUsualOrder { kept.append(["keptName": "sort", "keptValue": (query.descending ? "-" : "") + query.sort]) }
        return kept
    }

    private func column(_ column: Column, _ query: PatientListQuery) -> [String: Any] {
        let isOn = column.key == query.sort
        var model: [String: Any] = [
            "columnText": column.title, "columnSort": isOn ? query.descending ? "descending" : "ascending" : "none",
            "columnClass": column.isNumber ? "number" : "",
        ]
        if let key = column.key {
            model["columnHref"] = query.href { ($0.sort, $0.descending) = (key, isOn && !query.descending) }
        }
        return model
    }

    /// A kept row for a reader: whoever may not read charts is led to the bookings, and of a restricted chart it says only that there is one.
    private func row(_ kept: String, of patient: PatientID, for request: ClinicRequest) throws -> [String: Any] {
        var row = try JSONReader.read(kept).model as? [String: Any] ?? [:]
        if request.person?.may(.readChart) != true, let href = row["href"] as? String { row["href"] = href + "/booking" }
        row["isOpen"] = !clinic.access.book.restricted.contains(patient)
        return row
    }
}

/// A number with its sign, a true minus in front of negative ones.
func signed(_ value: Double) -> String { value < 0 ? "−" + decimal(-value) : value > 0 ? "+" + decimal(value) : "0" }

func statusText(_ status: SymptomCourse.Status) -> String { status == .none ? "no response" : status.rawValue }
