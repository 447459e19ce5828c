import Access
import Foundation
import Hummingbird
import Mustache
import Notation
import Plot

/// Renders the clinic's pages from templates and view models.
struct Pages: Sendable {
    let clinic: Clinic
    let desk: SignInDesk
    let standings: Standings
    let openSessions: OpenSessions
    let chairs = Chairs()
    let outcomes: OutcomeDesk
    private let library: MustacheLibrary
    private let files: [String: StaticFile]

    /// A style sheet or script, as it is sent.
    private struct StaticFile: Sendable {
        var type: String
        var body: ByteBuffer

        init(type: String, text: String) { (self.type, body) = (type, ByteBuffer(string: text)) }
    }

    init(_ clinic: Clinic, desk: SignInDesk) throws {
        MustacheContentTypes.register(EscapedHTML(), named: "HTML")
        let folder = Bundle.module.bundleURL.appendingPathComponent("Resources")
        func text(_ path: String) throws -> String { try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8) }
        var templates: [String: MustacheTemplate] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("templates").path) {
            guard file.hasSuffix(".mustache") else { continue }
            templates[String(file.dropLast(".mustache".count))] = try MustacheTemplate(string: try text("templates/\(file)"))
        }
        var files = ["style.css": StaticFile(type: "text/css", text: try text("style.css") + "\n" + Stylesheet.rules)]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("scripts").path) {
            files[file] = StaticFile(type: "text/javascript", text: try text("scripts/\(file)"))
        }
        self.clinic = clinic
        self.desk = desk
        self.files = files
        standings = Standings(clinic)
        openSessions = OpenSessions(clinic)
        outcomes = try OutcomeDesk(clinic)
        library = MustacheLibrary(templates: templates)
        clinic.live.observe { [openSessions, standings] patient, areReadings in
            openSessions.touch(patient)
            if !areReadings { standings.touch(patient) }
        }
    }

    /// Style sheet and scripts: the same for everybody.
    var staticRoutes: [Route] {
        files.keys.sorted().map { name in
            .get("/\(name)", .anyone, "Style or script of the pages.") { _ in try file(name) }
        }
    }

    private func file(_ name: String) throws -> Response {
        guard let file = files[name] else { throw HTTPError(.notFound) }
        return Response(
            status: .ok, headers: [.contentType: "\(file.type); charset=utf-8", .cacheControl: "max-age=60"],
            body: ResponseBody(byteBuffer: file.body))
    }

    /// - Parameters:
    ///   - request: whose page it is; nil where nobody is known.
    ///   - view: the time and jurisdiction a page is judged at, where it has one.
    ///   - model: the template's own view model; the frame's is added.
    func render(
        _ template: String, for request: ClinicRequest?, title: String, status: HTTPResponse.Status = .ok, view: PatientQuery? = nil, _ model: [String: Any]
    ) throws -> Response {
        var model = model
        model["pageTitle"] = title
        model["clinicName"] = clinic.name
        model["isDemonstration"] = clinic.isDemonstration
        model["version"] = clinic.version
        model["isNotAudited"] = !desk.isAuditing.load(ordering: .relaxed)
        if let person = request?.person {
            model["person"] = frame(person, at: request?.uri.path ?? "")
            model["csrf"] = desk.csrfToken(of: person.signIn)
            model["clockProblem"] = clinic.clockProblem()
            if person.may(.readAudit) { model["checkpointProblem"] = clinic.checkpoints?.problem(at: clinic.now()) }
            if person.may(.answerRisk) { model["riskBanner"] = RiskBanner(clinic, at: request?.now ?? clinic.now()).values }
        }
        if let view {
            model["asOfText"] = view.moment.reading
            model["jurisdictionText"] = view.jurisdiction.rawValue
        }
        guard let html = library.render(model, withTemplate: template) else { throw HTTPError(.internalServerError) }
        return Response(status: status, headers: [.contentType: "text/html; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    /// A part of a page by itself, to be put in the place of what stands there.
    func fragment(_ template: String, _ model: [String: Any]) throws -> String {
        guard let html = library.render(model, withTemplate: template) else { throw HTTPError(.internalServerError) }
        return html
    }

    /// What a person finds in the bar of every page.
    private static let places: [(title: String, path: String, permission: Permission)] = [
        ("Board", "/board", .readBoard), ("Wall", "/wall", .readWall), ("Patients", "/patients", .listPatients), ("Alerts", "/risk", .answerRisk),
        ("Stock", "/stock", .readStock), ("REMS", "/rems", .readREMS), ("Outcomes", "/outcomes", .readOutcomes), ("Lab", "/lab", .readOutcomes),
        ("People", "/people", .managePeople), ("Audit", "/audit", .readAudit), ("Broken glass", "/glass", .readAudit),
    ]

    private func frame(_ person: Person, at path: String) -> [String: Any] {
        [
            "myName": person.account.name, "myAccount": person.account.id,
            "places": places(of: person).map {
                ["placeTitle": $0.title, "placeHref": $0.path, "isHere": path == $0.path || path.hasPrefix($0.path + "/")] as [String: Any]
            },
        ]
    }

    private func places(of person: Person) -> [(title: String, path: String, permission: Permission)] {
        Self.places.filter { person.may($0.permission) && ($0.path != "/lab" || clinic.lab != nil) }
    }

    /// Where a person starts: the first place they may go to.
    func startPath(of person: Person) -> String { places(of: person).first?.path ?? "/account" }

    func problem(_ problem: Problem, for request: ClinicRequest?, isForScript: Bool) throws -> Response {
        if isForScript { return problem.json }
        if request?.isForPatient == true {
            return try patientPage("rate-said", title: problem.title, status: problem.status, ["saidTitle": problem.title, "saidText": [problem.text]])
        }
        var model: [String: Any] = ["code": "\(problem.status.code)", "problemTitle": problem.title, "problemText": problem.text]
        (model["linkText"], model["linkHref"]) = (problem.link?.text ?? "Start page", problem.link?.href ?? "/")
        return try render("problem", for: request, title: problem.title, status: problem.status, model)
    }
}

/// What swift-mustache puts between braces, escaped by `escapedHTML`.
private struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String { escapedHTML(text) }
}

/// `text` for HTML, in an element or an attribute in quotes.
///
/// swift-mustache's own escaping goes by `Character`: a quote followed by a combining mark is another character to it and passes unescaped.
/// This one goes by bytes, and the five that matter are always bytes of their own in UTF-8.
func escapedHTML(_ text: String) -> String {
    func replacement(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
    guard text.utf8.contains(where: { replacement($0) != nil }) else { return text }
    var escaped: [UInt8] = []
    escaped.reserveCapacity(text.utf8.count + 32)
    for byte in text.utf8 {
        if let replacement = replacement(byte) { escaped += replacement.utf8 } else { escaped.append(byte) }
    }
    return String(decoding: escaped, as: UTF8.self)
}

/// `text` as one segment of a path or one value of a query (RFC 3986 unreserved characters stay).
func percentEncoded(_ text: String) -> String {
    func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
    if text.utf8.allSatisfy(isUnreserved) { return text }
    return text.utf8.map { byte in
        let hex = String(byte, radix: 16, uppercase: true)
        return isUnreserved(byte) ? String(Unicode.Scalar(byte)) : "%" + (hex.count == 1 ? "0" : "") + hex
    }.joined()
}

/// `2 findings`, `1 finding`.
func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

extension Moment {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// As a person reads it: `4 Mar 2024 09:00`, in the offset it was written in, which is named when it is not UTC.
    var reading: String {
        let date = day.calendar
        let text = "\(date.day) \(Self.months[date.month - 1]) \(date.year)"
        guard let clock, let offset else { return text }
        return "\(text) \(clock)" + (offset == 0 ? "" : " " + offsetText(offset))
    }
}

/// `+02:00`.
func offsetText(_ minutes: Int) -> String {
    let (hours, rest) = (abs(minutes) / 60, abs(minutes) % 60)
    return (minutes < 0 ? "-" : "+") + (hours < 10 ? "0" : "") + "\(hours):" + (rest < 10 ? "0" : "") + "\(rest)"
}

/// A view model without its empty texts, at every level: to a template an empty text is something, what is missing is nothing.
func withoutEmpty(_ model: [String: Any]) -> [String: Any] {
    model.compactMapValues { value -> Any? in
        switch value {
        case let text as String: text.isEmpty ? nil : text
        case let inner as [String: Any]: withoutEmpty(inner)
        case let list as [[String: Any]]: list.map(withoutEmpty)
        default: value
        }
    }
}
