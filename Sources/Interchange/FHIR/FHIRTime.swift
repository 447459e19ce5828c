import Notation

/// From when to when something lasted, as far as it is stated.
struct FHIRSpan {
    var start: Moment?
    var end: Moment?
}

extension FHIRReading {
    /// Which end of a partial date a text stands for.
    enum Edge { case start, end }

    private static let form = "a FHIR dateTime: YYYY, YYYY-MM, YYYY-MM-DD or a time with offset"

    /// Reads a FHIR date, dateTime or instant.
    ///
    /// A year or a month is read as its first day, or its last day where it says when something ended (it was still so until then
    /// at the latest), with a warning. A time without offset is an error: FHIR requires the offset, and without it two clinics
    /// mean different instants.
    mutating func moment(_ element: FHIRElement, _ key: String, _ edge: Edge = .start) throws(Diagnostic) -> Moment? {
        guard let text = try element.text(key, expected: Self.form) else { return nil }
        if let moment = Moment(text) { return moment }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2D }), parts.first?.count == 4,
            parts.dropFirst().allSatisfy({ $0.count == 2 }),
            parts.count <= 2, let year = parts.first.flatMap({ Int($0) })
        {
            let month = parts.count == 2 ? Int(parts[1]) ?? 0 : edge == .start ? 1 : 12
            let length = (1...12).contains(month) ? Day.length(of: month, in: year) : 1
            if let day = Day(year: year, month: month, day: edge == .start ? 1 : length) {
                let side = edge == .start ? "first" : "last"
                warn(
                    "fhir.partial_date", at: element.place.at(key),
                    "\(key) is a \(parts.count == 1 ? "year" : "month"); its \(side) day is taken", expected: "a day")
                return Moment(day)
            }
        }
        let lacksOffset = text.contains("T") && Moment(text + "Z") != nil
        throw element.wrong(key, lacksOffset ? "is a time without offset" : "is not a valid time", expected: Self.form, code: "fhir.time")
    }

    /// Reads a Period; nil when absent. FHIR invariant per-1: an end before the start is an error.
    mutating func period(_ element: FHIRElement, _ key: String) throws(Diagnostic) -> FHIRSpan? {
        guard let period = try element.child(key) else { return nil }
        let span = FHIRSpan(start: try moment(period, "start"), end: try moment(period, "end", .end))
        try check(span, in: element, key)
        return span
    }

    func check(_ span: FHIRSpan, in element: FHIRElement, _ key: String) throws(Diagnostic) {
        if let start = span.start, let end = span.end, end.latest < start.instant {
            throw element.wrong(key, "ends before it starts", expected: "an end no earlier than the start", code: "fhir.period")
        }
    }

    /// Reads the choice `name[x]` of a dateTime, a Period or an instant, as `effective[x]` and `performed[x]` are.
    mutating func span(_ element: FHIRElement, _ name: String) throws(Diagnostic) -> FHIRSpan? {
        if let time = try moment(element, "\(name)DateTime") { return FHIRSpan(start: time) }
        if let time = try moment(element, "\(name)Instant") { return FHIRSpan(start: time) }
        return try period(element, "\(name)Period")
    }

    /// The time from which something was known, which only a time of day can say.
    mutating func recorded(_ element: FHIRElement, _ key: String, noEarlierThan earliest: Moment?) throws(Diagnostic) -> JSONValue? {
        guard let moment = try moment(element, key), !moment.isWholeDay, moment.instant >= earliest?.instant ?? moment.instant else {
            return nil
        }
        return moment.json
    }
}

extension Moment {
    /// As facts carry it.
    var json: JSONValue { .string(description) }
}
