import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Notation
import Outcomes

/// What the programme's charts show together: for researchers and those who prescribe. It names nobody.
struct OutcomeRoutes {
    let clinic: Clinic
    let pages: Pages

    var routes: [Route] {
        [
            .get("/outcomes", .permission(.readOutcomes), "Outcomes over all charts.", audit: .looked) { try page($0) },
            .get("/outcomes/report.html", .permission(.readOutcomes), "The outcomes as one file, to print and send.", audit: .printed) { try file($0) },
            .get("/outcomes/report.json", .permission(.readOutcomes), "The outcomes for scripts.", audit: .looked) {
                .json(try pages.outcomes.report(at: $0.now).json)
            },
        ]
    }

    private func page(_ request: ClinicRequest) throws -> Response {
        let report = try pages.outcomes.report(at: request.now)
        return try pages.render(
            "outcomes", for: request, title: "Outcomes",
            [
                "asOf": Moment(report.asOf).reading, "asOfISO": report.asOf.description, "warning": ProgrammeReport.warning,
                "contents": report.sections.map { ["sectionHref": "#" + $0.id, "sectionTitle": $0.title] }, "reportHTML": report.html(pictureWidth: 860),
            ])
    }

    private func file(_ request: ClinicRequest) throws -> Response {
        let report = try pages.outcomes.report(at: request.now)
        let name = "outcomes-\(report.asOf.day).html"
        return Response(
            status: .ok, headers: [.contentType: "text/html; charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\""],
            body: ResponseBody(byteBuffer: ByteBuffer(string: report.file(title: "Outcomes of \(clinic.name)"))))
    }
}
