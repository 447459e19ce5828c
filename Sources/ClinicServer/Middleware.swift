import HTTPTypes
import Hummingbird

/// Headers every answer carries: nothing is fetched from elsewhere, framed, guessed or kept by a cache.
struct SecurityHeaders: RouterMiddleware {
    private let fields: HTTPFields

    init(site: Site) {
        var fields: HTTPFields = [
            .contentSecurityPolicy:
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin", .crossOriginResourcePolicy: "same-origin",
            .crossOriginOpenerPolicy: "same-origin", .permissionsPolicy: "camera=(), microphone=(), geolocation=(), payment=()",
        ]
        if site.isSecure { fields[.strictTransportSecurity] = "max-age=31536000" }
        self.fields = fields
    }

    func handle(_ request: Request, context: ClinicContext, next: (Request, ClinicContext) async throws -> Response) async throws -> Response {
        var response = try await next(request, context)
        response.headers.append(contentsOf: fields)
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }
}

/// Answers only requests addressed to one of our own names.
struct OwnHostOnly: RouterMiddleware {
    let site: Site

    func handle(_ request: Request, context: ClinicContext, next: (Request, ClinicContext) async throws -> Response) async throws -> Response {
        guard site.isOurs(request.head.authority ?? "") else { throw HTTPError(.misdirectedRequest, message: "This clinic has another address.") }
        return try await next(request, context)
    }
}

/// Turns whatever no route answered into a page in plain words.
struct ProblemPages: RouterMiddleware {
    let pages: Pages

    func handle(_ request: Request, context: ClinicContext, next: (Request, ClinicContext) async throws -> Response) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let page = try pages.problem(Problem(error), for: nil, isForScript: request.headers[.accept]?.contains("application/json") ?? false)
            // A body after a HEAD would be taken for the next answer of the connection, perhaps another person's behind a proxy.
            return request.method == .head ? page.createHeadResponse() : page
        }
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .referer
    fileprivate static let crossOriginResourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy") ?? .from
    fileprivate static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy") ?? .from
    fileprivate static let permissionsPolicy = HTTPField.Name("Permissions-Policy") ?? .from
}
