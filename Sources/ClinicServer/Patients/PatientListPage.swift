import Guidance
import Hummingbird
import HummingbirdCore
import Notation
import Plot

/// What the list is asked for: `q`, `status`, `sort` (a column, `-` before it for descending) and `page`.
struct PatientListQuery: Sendable {
    var search = ""
    var status: String?
    /// The key of a column; those seen last stand first unless another order is asked for.
    var sort = PatientListQuery.usualSort
    var descending = true
    var page = 1

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

    /// A column of the list: heading, key in the address, and the order it sorts by.
    private struct Column: Sendable {
        var title: String
        var key: String?
        var isNumber = false
        /// Sorts rows without a value last.
        var value: @Sendable (PatientRow) -> Double? = { _ in nil }
    }

    private static let columns: [Column] = [
        Column(title: "Patient", key: "id"),
        Column(title: "Age", key: "age", isNumber: true) { $0.age.map(Double.init) },
        Column(title: "Sex"), Column(title: "Treatment"),
        Column(title: "Sessions", key: "sessions", isNumber: true) { Double($0.sessions) },
        Column(title: "Last score", key: "score", isNumber: true) { $0.course.map { $0.latest.total / ($0.instrument.scoring.high ?? 1) } },
        Column(title: "Change", key: "change", isNumber: true) { $0.followed?.change.percent },
        Column(title: "Trend"), Column(title: "Response"),
        Column(title: "Resistant", key: "trd") { Double($0.resistance.failed) },
        Column(title: "Last visit", key: "visit") { $0.lastVisit.map { Double($0.instant.milliseconds) } },
        Column(title: "Findings"),
    ]

    func patients(_ request: ClinicRequest) throws -> Response {
        let query = PatientListQuery(request.uri)
        let all = try rows.all()
        let searched = all.filter { query.search.isEmpty || $0.patient.lowercased().contains(query.search.lowercased()) }
        let filtered = sorted(searched.filter { query.status == nil || $0.followed?.status.rawValue == query.status }, query)
        let start = min((query.page - 1) * Self.rowsToAPage, filtered.count)
        let page = filtered[start..<min(start + Self.rowsToAPage, filtered.count)]

        var filters: [[String: Any]] = [filter("All", nil, searched.count, query)]
        for status in SymptomCourse.Status.allCases.reversed() {
            filters.append(filter(statusText(status), status.rawValue, searched.filter { $0.followed?.status == status }.count, query))
        }
        var model: [String: Any] = [
            "countText": filtered.count == all.count ? counted(all.count, "patient") : "\(filtered.count) of \(counted(all.count, "patient"))",
            "query": query.search, "kept": kept(query), "filters": filters, "columns": Self.columns.map { column($0, query) },
            "rows": page.enumerated().map { self.row($1, number: $0, for: request) },
            "mayRegister": request.person?.may(.registerPatient) ?? false, "hasSearch": !query.search.isEmpty || query.status != nil, "clearHref": "/patients",
            "pageText": "\(start + 1) to \(start + page.count) of \(filtered.count)",
        ]
        if start > 0 { model["previousHref"] = query.href { $0.page = query.page - 1 } }
        if start + page.count < filtered.count { model["nextHref"] = query.href { $0.page = query.page + 1 } }
        return try render("patients", for: request, title: "Patients", model)
    }

    private func sorted(_ rows: [PatientRow], _ query: PatientListQuery) -> [PatientRow] {
        guard query.sort != "id", let column = Self.columns.first(where: { $0.key == query.sort }) else { return query.descending ? rows.reversed() : rows }
        return rows.sorted { a, b in
            switch (column.value(a), column.value(b)) {
            case (let a?, let b?) where a != b: query.descending ? a > b : a < b
            case (.some, nil): true
            case (nil, .some): false
            default: a.patient < b.patient
            }
        }
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

    private func row(_ row: PatientRow, number: Int, for request: ClinicRequest) -> [String: Any] {
        var model: [String: Any] = [
            "href": "/patients/" + percentEncoded(row.patient) + (request.person?.may(.readChart) == true ? "" : "/booking"), "label": row.patient,
            "age": row.age.map(String.init) ?? "–", "sex": row.sex?.rawValue ?? "–",
            "phase": row.phase, "sessions": "\(row.sessions)", "status": row.followed?.status.rawValue ?? "",
            "statusText": row.followed.map { statusText($0.status) } ?? (row.course == nil ? "–" : "baseline"),
            "trdText": row.resistance.failed == 0 ? "no" : "\(row.resistance.meetsTRD ? "yes" : "no"), \(row.resistance.failed) failed",
            "isTRD": row.resistance.meetsTRD,
            "trdRecalled": row.resistance.isRecalled, "statusRecalled": row.followed.map { $0.confidence >= .recalled } ?? false,
            "counts": severityOrder.compactMap { severity in
                row.findings[severity].map { count in
                    ["countSeverity": severity, "countTitle": counted(count, "\(severity) finding"), "countNumber": "\(count)"]
                }
            },
        ]
        if let course = row.course {
            let maximum = course.instrument.scoring.high ?? course.latest.total
            model["score"] = ["instrument": course.instrument.id, "value": decimal(course.latest.total), "maximum": decimal(maximum)]
            if row.followed != nil, let percent = course.change.percent {
                model["change"] = "\(signed(course.change.difference)) (\(signed(rounded(percent, places: 0))) %)"
            }
            model["trend"] = Sparkline(
                name: course.instrument.id, values: course.points.suffix(24).map(\.total), maximum: maximum,
                remission: course.instrument.change?.remission?.value
            ).svg(id: "trend-\(number)")
        }
        if let visit = row.lastVisit {
            model["lastVisit"] = Moment(visit.day).reading
            model["lastVisitISO"] = visit.day.description
        }
        return model
    }
}

/// A number with its sign, a true minus in front of negative ones.
func signed(_ value: Double) -> String { value < 0 ? "−" + decimal(-value) : value > 0 ? "+" + decimal(value) : "0" }

func statusText(_ status: SymptomCourse.Status) -> String { status == .none ? "no response" : status.rawValue }
