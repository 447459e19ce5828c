import Access
import Foundation
import HTTPTypes
import Notation
import Storage
import Testing

@testable import ClinicServer

/// Text that would run, and text that would be SQL, put into every text field of every form and looked for on every page.
@Suite struct HostileTextTests {
    /// What was typed where, each with a number of its own.
    private final class Typed {
        var places: [String] = []

        /// A text that breaks out of elements, attributes in either quotes, scripts and SQL, as far as the field has room for it.
        func text(_ place: String, room: Int) -> String {
            places.append(place)
            let number = "x\(places.count)x"
            let long =
                "\(number)</textarea></title><script>\(number)</script><img src=\(number) onerror=\(number)>\"'> onmouseover=\(number)' OR '1'='1'; DROP TABLE entries; --"
            return long.count <= room ? long : "<b>\(number)".count <= room ? "<b>\(number)" : "<b>"
        }

        /// Places whose text stands on one of these pages.
        func seen(on pages: [String]) -> Set<Int> {
            Set(pages.flatMap { page in page.matches(of: /&lt;(?:script|b)&gt;x([0-9]+)x/).compactMap { Int($0.1) } })
        }
    }

    /// Fields whose text is taken and nowhere shown: where the browser goes next.
    private static let neverShown: Set<String> = ["back"]

    /// Fields that name something there is, or hold a word of a table: other text is refused in them.
    private static let namesOfThings: Set<String> = [
        "adherence", "line", "onset_clock", "onset_offset", "patient", "planned_start_clock", "planned_start_offset", "resolved_clock", "time_clock", "unit",
        "value",
        "version",
    ]
    /// Forms that nobody sends in a clinic that has begun.
    private static let neverTaken: Set<String> = ["/first-start"]
    /// Texts that say nothing where they are taken: an offset without a time, a unit beside a word.
    private static let notOnAPage: Set<String> = ["_offset", " unit"]

    @Test func whatIsTypedAnywhereIsShownAndNeverRun() async throws {
        let clinic = try await LivedInClinic()
        let typed = Typed()
        var refused: Set<String> = []
        for route in clinic.forms.sorted(by: { ($0.endsThings ? 1 : 0) < ($1.endsThings ? 1 : 0) }) {
            clinic.test.advance(minutes: 1)
            refused.formUnion(try await fill(route, clinic, typed))
        }
        // Every field of text was taken somewhere, but those that hold names of things.
        let named = Set(refused.filter { field in !typed.places.contains { $0.hasSuffix(" " + field) } })
        #expect(named.isSubset(of: Self.namesOfThings), "\(named.subtracting(Self.namesOfThings).sorted())")

        var bodies: [String] = []
        for route in clinic.pages {
            for role in [nil] + Role.allCases {
                guard case .permission(let permission) = route.need else {
                    if role == nil { bodies.append(try await clinic.test.get(clinic.path(route), as: nil)[0].body) }
                    continue
                }
                guard let role, role.permissions.contains(permission) else { continue }
                for path in try paths(route, clinic) {
                    clinic.test.advance(minutes: 0.05)
                    let answer = try await clinic.test.get(path, as: role)[0]
                    #expect(answer.status < 500, "\(path) as \(role)")
                    bodies.append(answer.body)
                }
            }
        }
        for body in bodies {
            for raw in [/<script>x/, /<img src=x/, /<b>x/, /"'> onmouseover/, /<\/textarea><\/title>/] { #expect(body.firstMatch(of: raw) == nil) }
        }
        let seen = typed.seen(on: bodies)
        let unseen = typed.places.enumerated().filter { !seen.contains($0.offset + 1) }.map(\.element)
        #expect(seen.count > 40, "\(seen.count) of \(typed.places.count)")
        #expect(unseen.filter { place in !Self.notOnAPage.contains { place.hasSuffix($0) } } == [])
    }

    /// Sends the form with hostile text in every field of text; what is refused is tried again with plain text in the field that was refused.
    /// - Returns: the fields that took none.
    private func fill(_ route: Route, _ clinic: LivedInClinic, _ typed: Typed) async throws -> Set<String> {
        var said = ""
        for patient in LivedInClinic.everybody {
            if let plain = try await fill(route, of: patient, clinic, typed, &said) { return plain }
        }
        #expect(Self.neverTaken.contains(route.path), "\(route.name) takes no form: \(said)")
        return []
    }

    /// A page for everybody and everything it can be about.
    private func paths(_ route: Route, _ clinic: LivedInClinic) throws -> [String] {
        if route.parameters == ["lot"] {
            return try clinic.test.clinic.stock.review(at: clinic.test.now).ledger.lots.keys.sorted().map { clinic.path(route, ["lot": percentEncoded($0)]) }
        }
        return (route.concernsPatient ? LivedInClinic.everybody : ["p1"]).map { clinic.path(route, patient: $0) }
    }

    /// The field a refusal names, or those that go with it; then those that hold names of things; then any.
    private func suspects(_ field: String, among left: [FormField]) -> [FormField] {
        let related = [field, field + "_clock", field + "_offset", field.replacing("_clock", with: "_offset")]
        return left.filter { related.contains($0.name) } + left.filter { Self.namesOfThings.contains($0.name) } + left
    }

    /// - Returns: nil where the form is not taken at all.
    private func fill(_ route: Route, of patient: String, _ clinic: LivedInClinic, _ typed: Typed, _ said: inout String) async throws -> Set<String>? {
        let texts = route.form.filter { field in if case .text = field.kind { !Self.neverShown.contains(field.name) } else { false } }
        guard !texts.isEmpty else { return [] }
        var plain: Set<String> = []
        let id = "h\(typed.places.count)-\(texts.count)-\(patient)"
        for _ in 0...texts.count {
            let before = typed.places
            var form = clinic.form(route, patient: patient, id: id)
            for field in texts {
                if plain.contains(field.name) {
                    form[field.name] = clinic.plain(field, route, patient: patient, id: id)
                } else if case .text(let room) = field.kind {
                    form[field.name] = typed.text("\(route.path) \(field.name)", room: room)
                }
            }
            form["witness_code"] = form["witness_code"].map { _ in clinic.test.code }
            let answer = try await clinic.test.post(clinic.path(route, patient: patient), form, as: clinic.role(route), headers: [.accept: "application/json"])
            #expect(answer.status < 500, "\(route.name): \(answer.status)")
            #expect(!answer.body.contains("<script>x"), "\(route.name) answers with what was typed")
            if answer.status < 400 { return plain }
            typed.places = before
            let field = (try? JSONReader.read(answer.body))?["field"]?.string
            said = "\(field ?? "") \(answer.body.prefix(200))"
            guard let next = suspects(field ?? "", among: texts.filter { !plain.contains($0.name) }).first else { break }
            plain.insert(next.name)
            clinic.test.advance(minutes: 1)
        }
        return nil
    }
}
