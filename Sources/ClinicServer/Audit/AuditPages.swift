import Access
import Foundation
import Hummingbird
import Notation
import Storage

/// Who looked, who changed, who exported: searchable, newest first.
struct AuditRoutes {
    let clinic: Clinic
    let pages: Pages

    private static let rowsToAPage = 100
    /// What the pages of the clinic are called, by their path.
    let titles: [String: String]

    var routes: [Route] {
        [
            .get("/audit", .permission(.readAudit), "The audit, searched.", audit: .readAudit) { try audit($0) }.asking([
                "who", "what", "patient", "from", "to", "before",
            ])
        ]
    }

    private func audit(_ request: ClinicRequest) throws -> Response {
        let parameters = request.uri.queryParameters
        func text(_ key: String) -> String? { parameters[key[...]].map { $0.trimmingCharacters(in: .whitespaces) }.flatMap { $0.isEmpty ? nil : $0 } }
        func day(_ key: String) throws -> Day? {
            guard let text = text(key) else { return nil }
            guard let day = Day(text) else { throw FormProblem(key, "A date is expected, such as 2024-03-04.") }
            return day
        }
        var query = AuditQuery(limit: Self.rowsToAPage + 1)
        query.who = text("who")
        query.what = text("what").flatMap(AuditEntry.What.init)
        query.patient = text("patient")
        query.from = try day("from")?.start
        query.to = try day("to").map { Day(number: $0.number + 1).start }
        query.before = text("before").flatMap { Int64($0) }
        let found = try clinic.store.audit(query)
        let names = clinic.access.book.accounts
        var model: [String: Any] = [
            "who": query.who ?? "", "patient": query.patient ?? "", "from": text("from") ?? "", "to": text("to") ?? "",
            "whatChoices": AuditEntry.What.allCases.map { ["whatValue": $0.rawValue, "whatText": $0.words, "whatOn": query.what == $0] as [String: Any] },
            "rows": found.prefix(Self.rowsToAPage).map { seq, entry -> [String: Any] in
                var row: [String: Any] = [
                    "seq": "\(seq)", "time": Moment(entry.time).reading, "timeISO": entry.time.description, "who": entry.who,
                    "whoName": names[entry.who]?.name ?? entry.who, "what": entry.what.words, "isRefusal": entry.what.isRefusal,
                    "about": entry.about.map(words) ?? "",
                    "address": entry.address ?? "",
                ]
                if let patient = entry.patient { row["patient"] = ["patientLabel": patient, "patientHref": "?patient=" + percentEncoded(patient)] }
                return row
            },
            "hasSearch": [query.who, query.what?.rawValue, query.patient, text("from"), text("to")].contains { $0 != nil },
        ]
        if found.count > Self.rowsToAPage, let last = found.prefix(Self.rowsToAPage).last {
            let kept = ["who", "what", "patient", "from", "to"].compactMap { key in text(key).map { "\(key)=\(percentEncoded($0))" } }
            model["olderHref"] = "/audit?" + (kept + ["before=\(last.seq)"]).joined(separator: "&")
        }
        return try pages.render("audit", for: request, title: "Audit", model)
    }

    /// What an entry is about as people call it: the title of a page instead of its path.
    private func words(_ about: String) -> String {
        let path = about.split(separator: " ").last.map(String.init) ?? about
        return titles[path] ?? about
    }
}

extension AuditEntry.What {
    var words: String {
        switch self {
        case .signedIn: "signed in"
        case .signInRefused: "sign-in refused"
        case .lockedOut: "sign-in while locked"
        case .signedOut: "signed out"
        case .confirmed: "confirmed identity"
        case .credentialsChanged: "changed password or invitation"
        case .looked: "looked at a list"
        case .readChart: "read chart"
        case .readStock: "read stock"
        case .readAudit: "read audit"
        case .wrote: "recorded"
        case .wroteStock: "recorded stock"
        case .changedAccess: "changed access"
        case .exported: "exported"
        case .printed: "opened form"
        case .refused: "was refused"
        case .answeredLink: "answered by link"
        case .drilled: "drilled a restore"
        }
    }

    var isRefusal: Bool { [.refused, .signInRefused, .lockedOut].contains(self) }
}
