import Hummingbird
import Logging
import NIOCore

/// Why the server could not start.
public struct ServerError: Error, CustomStringConvertible {
    public var description: String
}

/// Serves the clinic on 127.0.0.1 until the process is told to stop (SIGINT or SIGTERM).
/// - Parameters:
///   - port: 0 lets the system choose.
///   - onStart: called with the address once it answers.
/// - Throws: `ServerError` when the port cannot be had.
public func runServer(_ clinic: Clinic, port: Int, onStart: @escaping @Sendable (String) -> Void) async throws {
    var logger = Logger(label: "euthymia")
    logger.logLevel = .warning
    let application = Application(
        router: try buildRouter(clinic),
        configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port), serverName: "Euthymia"),
        onServerRunning: { channel in onStart("http://127.0.0.1:\(channel.localAddress?.port ?? port)") },
        logger: logger)
    do {
        try await application.runService()
    } catch let error as IOError {
        throw ServerError(description: "cannot be used (error \(error.errnoCode))")
    }
}

/// Every route of the clinic. The same value is tested without a socket.
public func buildRouter(_ clinic: Clinic) throws -> Router<BasicRequestContext> {
    let pages = try Pages(clinic)
    let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddleware {
        SecurityHeaders()
        ProblemPages(pages: pages)
        LoopbackOnly()
    }
    router.get("/") { request, _ in try pages.patients(PatientListQuery(request.uri)) }
    router.get("/patients/:patient") { request, context in
        try pages.patient(try context.parameters.require("patient"), PatientQuery(request.uri, clinic: clinic))
    }
    router.get("/patients/:patient/sessions/:session") { request, context in
        try pages.session(
            try context.parameters.require("session"), of: try context.parameters.require("patient"), PatientQuery(request.uri, clinic: clinic))
    }
    router.get("/patients/:patient/sessions/:session/rems") { request, context in
        try pages.rems(try context.parameters.require("session"), of: try context.parameters.require("patient"), PatientQuery(request.uri, clinic: clinic))
    }
    router.get("/style.css") { _, _ in pages.stylesheet }
    return router
}
