import HTTPTypes
import Hummingbird

/// Headers every answer carries: nothing is fetched from elsewhere, framed, guessed or kept by a cache.
struct SecurityHeaders<Context: RequestContext>: RouterMiddleware {
    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[HTTPField.Name("Referrer-Policy") ?? .referer] = "no-referrer"
        response.headers[HTTPField.Name("Cross-Origin-Resource-Policy") ?? .from] = "same-origin"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }
}

/// Answers only requests addressed to this machine. Until there is sign-in, a page elsewhere must not reach the clinic through a name
/// that was made to point at 127.0.0.1.
struct LoopbackOnly<Context: RequestContext>: RouterMiddleware {
    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        guard isLoopback(request.head.authority ?? "") else { throw HTTPError(.misdirectedRequest, message: "This clinic answers on 127.0.0.1 only.") }
        return try await next(request, context)
    }
}

/// Whether a request's authority (`Host`, with or without a port) is this machine.
func isLoopback(_ authority: String) -> Bool {
    let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.firstIndex(of: ":")
    let name = authority[..<(end ?? authority.endIndex)]
    return ["127.0.0.1", "localhost", "[::1]"].contains(name.lowercased())
}

/// Turns what goes wrong into a page in plain words, without details of the store or a patient.
struct ProblemPages<Context: RequestContext>: RouterMiddleware {
    let pages: Pages

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            return try pages.problem(error.status, error.body)
        } catch {
            context.logger.error("a page failed", metadata: ["kind": "\(type(of: error))"])
            return try pages.problem(.internalServerError, nil)
        }
    }
}
