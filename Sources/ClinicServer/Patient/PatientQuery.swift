import Evidence
import Hummingbird
import HummingbirdCore
import Notation

/// What a patient's page is asked for: `as_of` (a time with offset, a date, or a local time with `offset` beside it) and `jurisdiction`.
struct PatientQuery: Sendable {
    static let names = ["as_of", "offset", "jurisdiction"]

    /// The time the page is judged at, with the offset it is read in.
    var moment: Moment
    var jurisdiction: Jurisdiction

    /// The query that asks another page for the same time and jurisdiction.
    let text: String

    init(_ uri: URI, clinic: Clinic) throws {
        let parameters = uri.queryParameters
        let asOf = parameters["as_of"].map(String.init) ?? ""
        let offset = parameters["offset"].map(String.init) ?? ""
        if asOf.isEmpty {
            let now = clinic.now()
            moment = Moment(now, offset: Moment("2000-01-01T00:00" + offset)?.offset ?? clinic.offset(now))
        } else if let read = Moment(asOf) ?? Moment(asOf + (offset.isEmpty ? "Z" : offset)) {
            // A date means all of that day.
            moment = read.isWholeDay ? Moment(read.instant.adding(minutes: 24 * 60 - 1)) : read
        } else {
            throw HTTPError(.badRequest, message: "The time \"as of\" cannot be read. It needs a date and a time, such as 2024-03-04T09:00.")
        }
        text = uri.query.map { "?" + $0 } ?? ""
        switch parameters["jurisdiction"].map(String.init) ?? "" {
        case "": jurisdiction = clinic.jurisdiction
        case let text:
            guard let known = Jurisdiction(rawValue: text) else { throw HTTPError(.badRequest, message: "The jurisdiction is not known. It is US or EU.") }
            jurisdiction = known
        }
    }
}
