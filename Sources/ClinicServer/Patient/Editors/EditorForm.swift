import Guidance
import Notation
import Psychometrics

/// Fields as the template `fields` draws them.
struct EditorForm {
    let declared: [EditorField]
    /// Before the names of the fields in their ids on the page.
    let prefix: String
    /// What is shown, by the names of the fields: of the fact corrected, or nothing.
    var values: [String: String] = [:]
    /// The instrument whose items are asked.
    var instrument: Instrument?

    init(editor: FactEditor, values: [String: String] = [:], instrument: Instrument? = nil) {
        (declared, prefix, self.values, self.instrument) = (editor.fields, editor.path, values, instrument)
    }

    init(_ declared: [EditorField], prefix: String, values: [String: String] = [:]) {
        (self.declared, self.prefix, self.values) = (declared, prefix, values)
    }

    var fields: [[String: Any]] { declared.flatMap(model) }

    private func model(_ field: EditorField) -> [[String: Any]] {
        if case .answers = field.input { return (instrument?.items ?? []).enumerated().map { item($1, field.answerName($0 + 1)) } }
        if field.name == "total", let instrument, instrument.scoring.method == .triage || instrument.scoring.method == .profile { return [] }
        var model: [String: Any] = [
            "fieldName": field.name, "fieldID": "\(prefix)-\(field.name)", "fieldTitle": field.title, "fieldValue": values[field.name] ?? "",
            "fieldRequired": field.isRequired, "fieldHint": field.hint ?? "", "fieldUnit": field.unit ?? "", "suggestions": [String](),
        ]
        switch field.input {
        case .line(let length, let suggestions):
            (model["isLine"], model["fieldLength"], model["suggestions"]) = (true, "\(length)", suggestions)
        case .words(let length): (model["isWords"], model["fieldLength"]) = (true, "\(length)")
        case .number: (model["isLine"], model["fieldLength"], model["isNumber"]) = (true, "30", true)
        case .numberOrWord(let words): (model["isLine"], model["fieldLength"], model["suggestions"]) = (true, "200", words)
        case .choice(let choices), .code(_, let choices): (model["isChoice"], model["choices"]) = (true, self.choices(choices, values[field.name]))
        case .yesOrNo: (model["isChoice"], model["choices"]) = (true, choices([.init("true", "yes"), .init("false", "no")], values[field.name]))
        case .day: model["isDay"] = true
        case .moment:
            model["isMoment"] = true
            (model["clockName"], model["clockValue"]) = (field.clockName, values[field.clockName] ?? "")
            (model["offsetName"], model["isOffsetKept"]) = (field.offsetName, values[field.offsetName] != nil)
            model["choices"] = choices(Self.offsets(values[field.offsetName]), values[field.offsetName] ?? "+00:00")
        case .settled:
            model["isSettled"] = true
            model["settledText"] = instrument.map { $0.id == $0.name ? $0.id : "\($0.id): \($0.name)" } ?? values[field.name] ?? ""
        case .answers: break
        }
        return [model]
    }

    private func choices(_ choices: [EditorField.Choice], _ value: String?) -> [[String: Any]] {
        choices.map { ["choiceValue": $0.value, "choiceTitle": $0.title, "companion": $0.companion ?? "", "isChosen": $0.value == value] }
    }

    /// Whole hours, and the one a fact was written in.
    private static func offsets(_ kept: String?) -> [EditorField.Choice] {
        unique(EditorField.offsets + (kept.map { [$0] } ?? [])).map { .init($0, $0 == "+00:00" ? "UTC" : "UTC \($0)") }
    }

    /// An item by its title, and in its own words where the licence lets them be shown.
    private func item(_ item: Instrument.Item, _ name: String) -> [String: Any] {
        let number = item.number ?? (instrument?.items.firstIndex { $0.id == item.id }).map { $0 + 1 } ?? 0
        let wording = instrument?.shipsWording == true ? item.wording : nil
        var model: [String: Any] = [
            "fieldName": name, "fieldID": "\(prefix)-\(name)", "fieldTitle": "\(number). \(item.title.capitalizedFirst)", "fieldHint": wording ?? "",
            "isItem": true, "fieldValue": values[name] ?? "", "fieldRequired": false, "fieldUnit": "", "suggestions": [String](),
        ]
        guard item.high - item.low <= 10 else {
            (model["isLine"], model["isNumber"], model["fieldLength"]) = (true, true, "5")
            return model
        }
        let isAsked = instrument?.scoring.method == .triage && item.low == 0 && item.high == 1
        (model["isChoice"], model["choices"]) = (
            true,
            choices(
                (item.low...max(item.low, item.high)).map { value in
                    let text = instrument?.shipsWording == true ? item.answers?.first { $0.value == value }?.text : nil
                    return .init("\(value)", isAsked ? (value == 1 ? "yes" : "no") : [String(value), text].compactMap { $0 }.joined(separator: " · "))
                }, values[name])
        )
        return model
    }
}
