import Access
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Notation

/// Stands before every route: who asks, may they, was the form sent from one of our pages, and what the audit says of it.
///
/// A refusal is an answer like any other: an `HTTPError`, or a `Refusal` that carries its own page.
struct Gate: Sendable {
    private let clinic: Clinic
    private let pages: Pages
    private let desk: SignInDesk
    private let traffic: TrafficLimits
    private let kept: KeptPages
    /// Largest body of a form.
    static let largestForm = 64 * 1024
    private static let logger = Logger(label: "euthymia")

    init(_ pages: Pages, traffic: TrafficLimits) {
        (clinic, self.pages, desk, self.traffic) = (pages.clinic, pages, pages.desk, traffic)
        kept = KeptPages(pages)
    }

    func answer(_ route: Route, _ request: Request, _ context: ClinicContext) async throws -> Response {
        let now = clinic.now()
        var asked = ClinicRequest(
            uri: request.uri, headers: request.headers, parameters: [:], person: nil, form: FormValues(),
            address: desk.site.address(of: request, peer: context.peer), now: now,
            authority: request.head.authority ?? "", isForPatient: route.need == .link)
        for name in route.parameters { asked.parameters[name] = context.parameters.get(name)?.removingPercentEncoding ?? "" }
        do {
            asked.person = try desk.person(request, at: now)
            try traffic.check(who: asked.person?.account.id, address: asked.address, at: now)
            try await admit(&asked, to: route)
            if route.method == .post { asked.form = try await form(of: route, request, asked) }
            let response = route.isKept ? try await kept.response(to: asked, of: route) : try await route.handle(asked)
            if let what = route.audit, response.status == .ok { await audit(asked.audit(what, about: route.path)) }
            if route.isStream { return response.ending(with: request) }
            return asked.wantsJSON && response.status == .seeOther ? response.asJSON : response
        } catch let refusal as Refusal {
            if case .signIn(let back?) = refusal, !asked.wantsJSON { return .seeOther("/sign-in" + (back == "/" ? "" : "?back=" + percentEncoded(back))) }
            return try pages.problem(Problem(refusal), for: asked, isForScript: asked.wantsJSON)
        } catch {
            let problem = Problem(error)
            if problem.status == .internalServerError {
                context.logger.error("a page failed", metadata: ["kind": "\(type(of: error))", "route": "\(route.path)"])
            }
            return try pages.problem(problem, for: asked, isForScript: asked.wantsJSON)
        }
    }

    // MARK: - Who may

    private func admit(_ request: inout ClinicRequest, to route: Route) async throws {
        guard case .permission(let permission) = route.need else { return }
        guard let person = request.person else { throw Refusal.signIn(back: route.method == .get ? request.uri.string : nil) }
        guard person.may(permission) else {
            await audit(request.audit(.refused, about: "\(route.method) \(route.path)"))
            throw HTTPError(.forbidden, message: "Your roles do not allow this. It needs the right \"\(permission.rawValue)\".")
        }
        guard route.concernsPatient else { return }
        let reach = clinic.access.book.reach(of: person.account.id, to: request["patient"], at: request.now)
        request.reach = reach
        guard reach == .closed, !route.reachesClosedCharts else { return }
        await audit(request.audit(.refused, about: "\(route.method) \(route.path)"))
        throw Refusal.closedChart(patient: request["patient"])
    }

    /// A page waits for its audit; not for long where another program is writing to the store: it is shown then, and its audit written after it.
    /// Reads go on when the disk is full or read-only: what cannot be written of them is said on the console and on every page.
    private func audit(_ entry: AuditEntry) async {
        await clinic.queue.append(at: entry.time, { try $0.append(entry) }) { [desk] outcome in
            switch outcome {
            case .success:
                if !desk.isAuditing.exchange(true, ordering: .relaxed) { Self.logger.warning("the store can be written again") }
            case .failure(let error):
                guard desk.isAuditing.exchange(false, ordering: .relaxed) else { return }
                Self.logger.error("nothing can be saved, reading goes on and is not audited", metadata: ["store": "\(error)"])
            }
        }
    }

    // MARK: - What was sent

    private func form(of route: Route, _ request: Request, _ asked: ClinicRequest) async throws -> FormValues {
        guard desk.site.isOwnPage(request.headers) else { throw HTTPError(.forbidden, message: "This form was not sent from a page of this clinic.") }
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        guard type == "application/x-www-form-urlencoded" || type.isEmpty else {
            throw HTTPError(.unsupportedMediaType, message: "A form is expected: application/x-www-form-urlencoded.")
        }
        var request = request
        let body: ByteBuffer
        do { body = try await request.collectBody(upTo: Self.largestForm) } catch is NIOTooManyBytesError { throw HTTPError(.contentTooLarge) }
        let pairs = urlEncodedPairs(body.readableBytesView)
        if case .permission = route.need, let person = asked.person {
            let token = pairs.first { $0.name == "csrf" }?.value ?? request.headers[.csrf] ?? ""
            guard desk.isCSRFToken(token, of: person.signIn) else {
                throw HTTPError(.forbidden, message: "This form belongs to another sign-in. Load the page again and send it once more.")
            }
        }
        let fields = route.form + (route.signature == nil ? [] : [FormField.required("signature", "Your password", .secret)])
        let values = try FormValues(fields, pairs)
        if route.signature != nil, let person = asked.person {
            try await desk.confirm(person, password: values.text("signature"), request: asked)
        }
        return values
    }
}

/// A refusal that is more than a sentence.
enum Refusal: Error {
    /// Nobody is signed in.
    case signIn(back: String?)
    /// The chart is for its care team.
    case closedChart(patient: String)
}

extension HTTPField.Name {
    static let csrf = HTTPField.Name("X-CSRF") ?? .ifMatch
}
