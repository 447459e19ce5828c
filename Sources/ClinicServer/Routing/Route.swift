import Access
import HTTPTypes
import Hummingbird

/// One address of the clinic, with everything the gate must know before its handler runs. What is not declared here does not exist.
struct Route: Sendable {
    /// Who may ask.
    enum Need: Sendable, Equatable {
        /// Whoever reaches the machine.
        case anyone
        /// Whoever holds a signed link; the handler checks which.
        case link
        case permission(Permission)
    }

    var method: HTTPRequest.Method
    /// A pattern: `/patients/:patient`. A `:patient` in it is a chart, and the gate asks whether the person reaches it.
    var path: String
    var need: Need
    /// What the audit says of an answer; nil where nothing was disclosed or the handler says it with what it writes.
    var audit: AuditEntry.What?
    /// One line, for the description of the interface.
    var summary: String
    /// What the address may ask for behind its question mark.
    var query: [String] = []
    /// What a POST carries.
    var form: [FormField] = []
    /// What the person signs by doing this; they prove who they are in the same form.
    var signature: String?
    /// A route that answers before the glass is broken.
    var reachesClosedCharts = false
    /// The answer goes on for as long as somebody listens.
    var isStream = false
    /// The same for everybody with the same rights: kept for a moment (`KeptPages`).
    var isKept = false
    var handle: @Sendable (ClinicRequest) async throws -> Response

    /// Names of the parameters in the path, in their order.
    var parameters: [String] { path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) } }
    var concernsPatient: Bool { parameters.contains("patient") }
}

extension Route {
    static func get(
        _ path: String, _ need: Need, _ summary: String, audit: AuditEntry.What? = nil, reachesClosedCharts: Bool = false,
        _ handle: @escaping @Sendable (ClinicRequest) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, need: need, audit: audit, summary: summary, reachesClosedCharts: reachesClosedCharts, handle: handle)
    }

    /// This page, kept for a moment: it says nothing of the person who asks but their rights, name and account.
    var kept: Route {
        var route = self
        route.isKept = true
        return route
    }

    /// This page, asked for more closely by these parameters of its address.
    func asking(_ names: [String]) -> Route {
        var route = self
        route.query += names
        return route
    }

    /// Server-sent events.
    static func stream(
        _ path: String, _ need: Need, _ summary: String, _ handle: @escaping @Sendable (ClinicRequest) async throws -> Response
    ) -> Route {
        Route(method: .get, path: path, need: need, summary: summary, isStream: true, handle: handle)
    }

    static func post(
        _ path: String, _ need: Need, _ summary: String, _ form: [FormField], signature: String? = nil, reachesClosedCharts: Bool = false,
        _ handle: @escaping @Sendable (ClinicRequest) async throws -> Response
    ) -> Route {
        Route(
            method: .post, path: path, need: need, summary: summary, form: form, signature: signature, reachesClosedCharts: reachesClosedCharts,
            handle: handle)
    }
}
