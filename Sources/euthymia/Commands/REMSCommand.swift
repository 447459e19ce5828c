import ArgumentParser
import Chart
import Guidance
import Knowledge
import Notation

struct REMSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rems", abstract: "The REMS Patient Monitoring Form of a session, filled as far as the chart goes; a person completes and sends it.",
        discussion: "Exit 1 when a required field is missing.\n\nExample: euthymia rems p1 --session s1")

    @OptionGroup var argument: ChartArgument

    @Option(help: "The session.")
    var session: String

    @OptionGroup var options: ViewOptions
    @OptionGroup var output: FormatOption

    func run() throws {
        let knowledge = try KnowledgeBase.shipped()
        let instant = try options.instant()
        let reviews = try argument.charts(knowledge: knowledge)
            .map { Review(of: $0, asOf: instant, jurisdiction: options.jurisdiction, knowledge: knowledge) }
        guard let review = reviews.first(where: { $0.sessions.contains { $0.record.id == session } }) ?? reviews.first else {
            throw Problem("\(argument.chart): holds no chart; expected one")
        }
        let form = try review.monitoringForm(of: session, knowledge: knowledge)
        print(output.format == .json ? form.json.pretty : text(form))
        if !form.missing.isEmpty { throw ExitCode(1) }
    }

    private func text(_ filled: FilledForm) -> String {
        let state = filled.submitted.map { "sent \($0)" } ?? "\(filled.isOverdue ? "overdue since" : "due by") \(filled.due)"
        let heading = Terminal.styled(filled.form.title, .bold) + "  \(state), \(filled.missing.count) required fields missing"
        let sections = unique(filled.entries.map(\.field.section)).flatMap { section in
            ["", section]
                + filled.entries.filter { $0.field.section == section }.map { entry in
                    let value = entry.value ?? (entry.isMissing ? Terminal.styled("missing", .red) : "")
                    let mark = entry.field.confidence >= .recalled ? " [recalled, not verified]" : ""
                    return "  " + Terminal.left(entry.field.title, 66) + value + mark
                }
        }
        return ([heading] + sections + ["", "To be sent \(filled.form.submission). This program never sends it."]).joined(separator: "\n")
    }
}

extension FilledForm {
    var json: JSONValue {
        [
            "form": .string(form.id), "title": .string(form.title), "session": .string(session.record.id), "due": .string(due.description),
            "overdue": .init(isOverdue), "submitted": .orNull(submitted?.description), "missing": .init(missing.map(\.field.id)),
            "fields": .array(
                entries.map { entry in
                    [
                        "id": .string(entry.field.id), "section": .string(entry.field.section), "title": .string(entry.field.title),
                        "required": .string(entry.field.required.rawValue), "value": .orNull(entry.value), "because": .init(entry.because),
                        "confidence": .string(entry.field.confidence.rawValue), "source": .init(entry.field.sources),
                    ]
                }),
        ]
    }
}
