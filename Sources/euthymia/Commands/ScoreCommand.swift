import ArgumentParser
import Guidance
import Knowledge
import Notation
import Psychometrics

struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Score a completed rating scale.",
        discussion: """
            Missing answers are NA; the instrument's own rule decides what they mean.

            Examples:
              euthymia score PHQ-9 --answers 3,3,2,3,2,3,2,1,1
              euthymia score C-SSRS-screener --answers q1=yes,q2=no,q6=no
              euthymia score MADRS --total 34 --format json
            """)

    @Argument(help: "The instrument; `euthymia knowledge list` names them.")
    var instrument: String

    @Option(help: "Item answers, in order and separated by commas, or as item=answer.")
    var answers: String?

    @Option(help: "The total, for scales entered as a score.")
    var total: Double?

    @Option(help: "The patient's sex where a cut depends on it: female, male.")
    var sex: String?

    @Option(help: "Years of education, for the MoCA.")
    var educationYears: Double?

    @OptionGroup var output: FormatOption

    func run() throws {
        let knowledge = try KnowledgeBase.shipped()
        guard let found = knowledge.instruments.named(instrument) else {
            throw Problem("instrument \(quoted(instrument)) is not known; expected one of \(knowledge.instruments.map(\.id).sorted().joined(separator: ", "))")
        }
        let score: Score
        switch (answers, total) {
        case (let answers?, nil): score = try found.score(try Answers(parsing: answers), context: try context())
        case (nil, let total?): score = try found.score(total: total, context: try context())
        default: throw Problem("\(found.id): give either --answers or --total; expected one of them")
        }
        print(output.format == .json ? score.json.text : text(of: score, found))
    }

    private func context() throws -> ScoreContext {
        if let sex, sex != "female", sex != "male" { throw Problem("--sex: is \(quoted(sex)); expected female or male") }
        return ScoreContext(sex: sex, educationYears: educationYears)
    }

    private func text(of score: Score, _ instrument: Instrument) -> String {
        var lines = [Terminal.styled(instrument.id, .bold) + "  " + instrument.name]
        let result = [score.total.map { "total \(decimal($0))" }, score.profile.map { "profile \($0)" }, score.band].compactMap { $0 }.joined(separator: ", ")
        lines.append(
            "  " + Terminal.styled(result, .bold) + (score.confidence >= .recalled ? "  [uses \(score.confidence.rawValue) numbers, not verified]" : ""))
        if !score.domains.isEmpty { lines.append("  domains  " + score.domains.map { "\($0.id) \(decimal($0.value))" }.joined(separator: ", ")) }
        for flag in instrument.flags ?? [] where score.flags.contains(flag.id) {
            lines.append("  " + Terminal.styled("! \(flag.id)", .yellow) + "  \(flag.meaning)")
        }
        for note in score.notes { lines.append("  note     \(note)") }
        if !instrument.shipsWording {
            lines.append(Terminal.styled("  score entry only: the questions are not shipped (\(instrument.licence.text ?? "licence not cleared"))", .dim))
        }
        return lines.joined(separator: "\n")
    }
}
