import Evidence
import Forecast
import Notation

/// The card of the symptom model, written from its knowledge file.
public struct SymptomModelCard {
    private let library: KnowledgeLibrary

    public init(_ library: KnowledgeLibrary) { self.library = library }

    /// Markdown.
    public var text: String {
        let model = library.symptomModel
        let header = library.base.headers.first { $0.id == "symptoms/course" }
        func number(_ value: Double?) -> String { value.map { decimal(rounded($0, places: 4)) } ?? "" }
        var lines = [
            "# \(model.title)", "",
            "Written by `EUTHYMIA_WRITE=1 swift test --filter ModelPage` from the knowledge file `symptoms/course`; version \(header?.version ?? "") of \(header?.date ?? "").",
            "",
            "**Purpose.** To forecast one patient's depression scores, response and relapse, and to weigh permitted visits; decision support only.",
            "**Population and data.** \(model.population).", "**Validation.** [Every trial row](../validation/trials.md); [method and proofs](../forecast.md).",
            "",
            "## Known failures and cautions", "",
        ]
        lines += model.traps.map { "- " + $0 }
        lines += [
            "", "**It must not be used** to judge suicide risk, to choose a drug, under 18 years, in bipolar depression or psychosis.", "", "## Parameters", "",
            "| parameter | value | unit | between people | between trials | standard error | held | confidence | note |",
            "|---|--:|---|--:|--:|--:|---|---|---|",
        ]
        lines += model.parameters.map { parameter in
            let cells = [
                "`\(parameter.id)`", number(parameter.value), parameter.unit, number(parameter.between), number(parameter.betweenTrials),
                number(parameter.standardError), parameter.fixed == true ? "yes" : "", parameter.confidence.rawValue, parameter.note ?? "",
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        lines += ["", "## Scales", "", "| scale | remission | severe | rater noise | crosswalk | confidence |", "|---|--:|--:|--:|--:|---|"]
        lines += model.scales.map { scale in
            let cells = [
                scale.instrument, number(scale.remission), number(scale.severe), number(scale.noise), number(scale.crosswalk), scale.confidence.rawValue,
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
