import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL

#if canImport(Glibc)
    import CMalloc
#endif

/// Why the server could not start.
public struct ServerError: Error, CustomStringConvertible {
    public var description: String
}

/// Where and how the clinic listens.
public struct ServerOptions: Sendable {
    public var address: String
    /// 0 lets the system choose.
    public var port: Int
    public var site: Site
    /// Certificate chain and key in PEM files: the server speaks TLS itself.
    public var tls: (certificate: String, key: String)?
    /// How long a client may take.
    public var patience = Patience()
    /// How much one person or address may ask for in a while; false only where the interface itself is tested.
    public var limitsTraffic = true

    public init(address: String = "127.0.0.1", port: Int, site: Site = .loopback, tls: (certificate: String, key: String)? = nil) {
        self.address = address
        self.port = port
        self.site = site
        self.tls = tls
    }
}

/// Serves the clinic until the process is told to stop (SIGINT or SIGTERM).
/// - Parameter onStart: called with the address once it answers, and with the code of the first start when there is no administrator yet.
/// - Throws: `ServerError` when the port or the certificate cannot be used.
public func runServer(_ clinic: Clinic, _ options: ServerOptions, onStart: @escaping @Sendable (String, String?) -> Void) async throws {
    keepMemory()
    do {
        try await buildApplication(clinic, options, onStart: onStart).runService()
    } catch let error as IOError {
        throw ServerError(description: "cannot be used (error \(error.errnoCode))")
    }
}

/// The clinic as an application: run by `runServer`, tested with and without a socket.
public func buildApplication(
    _ clinic: Clinic, _ options: ServerOptions, onStart: @escaping @Sendable (String, String?) -> Void = { _, _ in }
) throws -> some ApplicationProtocol {
    var logger = Logger(label: "euthymia")
    logger.logLevel = .warning
    let firstStart = FirstStart(clinic)
    let pages = try Pages(clinic, desk: SignInDesk(clinic, site: options.site))
    // An alert that was open before a restart is on the first page after it.
    _ = try clinic.risk.alerts(at: clinic.now())
    let scheme = options.tls == nil ? "http" : "https"
    var application = Application(
        router: buildRouter(pages, firstStart: firstStart, traffic: TrafficLimits(isOn: options.limitsTraffic)), server: try server(options),
        configuration: ApplicationConfiguration(address: .hostname(options.address, port: options.port), serverName: "Euthymia"),
        services: [pages.openSessions, pages.standings, pages.outcomes, ClockWatch(live: clinic.live, now: clinic.now)],
        onServerRunning: { channel in onStart("\(scheme)://\(options.address):\(channel.localAddress?.port ?? options.port)", firstStart.code) },
        logger: logger)
    if let keeper = clinic.checkpoints { application.addServices(CheckpointService(keeper: keeper, now: clinic.now)) }
    return application
}

/// Pages of a hundred kilobytes come and go thousands of times a second. By itself the C library gives their memory back to the system each
/// time and gets it anew, which takes longer than writing the page (mallopt(3)).
private func keepMemory() {
    #if canImport(Glibc)
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 256 << 20)
    #endif
}

/// A connection that says nothing for a minute, or takes half a minute over one form, is closed: slow clients do not pile up.
private func server(_ options: ServerOptions) throws -> HTTPServerBuilder {
    let http = HTTPServerBuilder.http1(
        configuration: .init(
            additionalChannelHandlers: [RequestDeadline(options.patience.request)], idleTimeout: options.patience.silence,
            httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 * 1024)))
    guard let tls = options.tls else { return http }
    do {
        let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: tls.key, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        return try .tls(http, tlsConfiguration: configuration)
    } catch {
        throw ServerError(description: "certificate or key cannot be used")
    }
}

/// Every route of the clinic behind its gate. The same value is tested without a socket.
func buildRouter(_ pages: Pages, firstStart: FirstStart, traffic: TrafficLimits = TrafficLimits()) -> Router<ClinicContext> {
    let gate = Gate(pages, traffic: traffic)
    let site = pages.desk.site
    let router = Router(context: ClinicContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddleware {
        SecurityHeaders(site: site)
        ProblemPages(pages: pages)
        OwnHostOnly(site: site)
    }
    for route in RouteTable(pages, firstStart: firstStart).routes {
        router.on(RouterPath(route.path), method: route.method) { request, context in try await gate.answer(route, request, context) }
    }
    return router
}
