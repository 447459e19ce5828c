import Foundation
import Hummingbird
import Mustache
import Notation
import Plot

/// Renders the clinic's pages from templates and view models.
struct Pages: Sendable {
    let clinic: Clinic
    let rows: PatientRows
    private let library: MustacheLibrary
    private let css: String

    init(_ clinic: Clinic) throws {
        MustacheContentTypes.register(EscapedHTML(), named: "HTML")
        let folder = Bundle.module.bundleURL.appendingPathComponent("Resources")
        var templates: [String: MustacheTemplate] = [:]
        for name in ["layout", "finding", "patients", "patient", "session", "rems", "problem"] {
            templates[name] = try MustacheTemplate(string: try String(contentsOf: folder.appendingPathComponent("templates/\(name).mustache"), encoding: .utf8))
        }
        self.clinic = clinic
        rows = PatientRows(clinic)
        library = MustacheLibrary(templates: templates)
        css = try String(contentsOf: folder.appendingPathComponent("style.css"), encoding: .utf8) + "\n" + Stylesheet.rules
    }

    var stylesheet: Response {
        Response(
            status: .ok, headers: [.contentType: "text/css; charset=utf-8", .cacheControl: "max-age=60"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: css)))
    }

    /// - Parameters:
    ///   - model: the template's own view model; the frame's is added.
    ///   - view: the time and jurisdiction a page is judged at, where it has one.
    func render(_ template: String, title: String, status: HTTPResponse.Status = .ok, view: PatientQuery? = nil, _ model: [String: Any]) throws -> Response {
        var model = model
        model["pageTitle"] = title
        model["clinicName"] = clinic.name
        model["isDemonstration"] = clinic.isDemonstration
        model["version"] = clinic.version
        if let view {
            model["asOfText"] = view.moment.reading
            model["jurisdictionText"] = view.jurisdiction.rawValue
        }
        guard let html = library.render(model, withTemplate: template) else { throw HTTPError(.internalServerError) }
        return Response(status: status, headers: [.contentType: "text/html; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    func problem(_ status: HTTPResponse.Status, _ text: String?) throws -> Response {
        let title =
            switch status {
            case .notFound: "There is nothing here."
            case .badRequest: "This cannot be shown."
            default: "Something went wrong."
            }
        var model: [String: Any] = [
            "code": "\(status.code)", "problemTitle": title, "problemText": text ?? "The page could not be made. Nothing was changed.", "backHref": "/",
            "backText": "All patients",
        ]
        if status == .internalServerError { model["advice"] = "If it happens again, run `euthymia verify` on the store." }
        return try render("problem", title: title, status: status, model)
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
