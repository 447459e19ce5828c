import Access
import Hummingbird

/// Every route of the clinic. Rights, forms and audit stand beside the address; the matrix test walks this list.
struct RouteTable: Sendable {
    let routes: [Route]

    init(_ pages: Pages, firstStart: FirstStart) {
        let (clinic, desk) = (pages.clinic, pages.desk)
        let others =
            pages.staticRoutes + SignInRoutes(clinic: clinic, pages: pages, desk: desk, firstStart: firstStart).routes
            + PeopleRoutes(clinic: clinic, pages: pages, desk: desk).routes
            + BoardRoutes(clinic: clinic, pages: pages).routes + WallRoutes(clinic: clinic, pages: pages).routes
            + RoomRoutes(clinic: clinic, pages: pages).routes
            + GlassRoutes(clinic: clinic, pages: pages).routes + Self.charts(pages) + RegistrationRoutes(clinic: clinic, pages: pages).routes
            + EditorRoutes(clinic: clinic, pages: pages).routes + EligibilityRoutes(clinic: clinic, pages: pages).routes
            + PlanRoutes(clinic: clinic, pages: pages).routes + BookingRoutes(clinic: clinic, pages: pages).routes
            + ConsentRoutes(clinic: clinic, pages: pages).routes
            + LinkRoutes(clinic: clinic, pages: pages, desk: desk).routes + RatingRoutes(clinic: clinic, pages: pages, desk: desk).routes
            + StockRoutes(clinic: clinic, pages: pages, desk: desk).routes + REMSRoutes(clinic: clinic, pages: pages).routes
            + RiskRoutes(clinic: clinic, pages: pages, desk: desk).routes + OutcomeRoutes(clinic: clinic, pages: pages).routes
            + (clinic.lab.map { LabRoutes(clinic: clinic, pages: pages, desk: $0).routes } ?? [])
            + [
                .get("/", .permission(.ownAccount), "To where a person starts.") { request in
                    .seeOther(request.person.map(pages.startPath) ?? "/sign-in")
                }
            ]
        let titles = Dictionary(others.map { ($0.path, $0.summary.trimmingDot) }, uniquingKeysWith: { first, _ in first })
        let pagesAndForms = others + AuditRoutes(clinic: clinic, pages: pages, titles: titles).routes
        routes =
            pagesAndForms + [
                .get("/openapi.json", .anyone, "What this description says.") { _ in .json(OpenAPI.description(of: pagesAndForms, version: clinic.version)) }
            ]
    }

    private static func charts(_ pages: Pages) -> [Route] {
        [
            .get("/patients", .permission(.listPatients), "The list of patients.", audit: .looked) { try pages.patients($0) }
                .asking(PatientListQuery.names).kept,
            .get("/patients/:patient", .permission(.readChart), "One patient's chart, judged.", audit: .readChart) { try pages.patient($0) }
                .asking(PatientQuery.names).kept,
            .get("/patients/:patient/sessions/:session", .permission(.readChart), "One session, judged.", audit: .readChart) { try pages.session($0) }
                .asking(PatientQuery.names).kept,
            .get("/patients/:patient/sessions/:session/rems", .permission(.readREMS), "The REMS form of a session.", audit: .printed) { try pages.rems($0) }
                .asking(PatientQuery.names),
        ]
    }
}

extension String {
    /// A sentence as a title.
    fileprivate var trimmingDot: String { hasSuffix(".") ? String(dropLast()) : self }
}
