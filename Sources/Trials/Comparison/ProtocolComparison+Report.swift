import Evidence
import Notation
import Plot

extension ProtocolComparison {
    /// Numbers to six decimals.
    public var json: JSONValue {
        [
            "model": .string(modelName), "replicates": JSONValue(replicates), "intervals": .string(intervalsAreOfReplicates ? "replicates" : "people"),
            "benefit": "days_in_remission", "currency": .orNull(currency),
            "options": .array(
                options.map { option in
                    [
                        "trial": .string(option.specification), "id": .string(option.id), "title": .string(option.title), "days": JSONValue(option.days),
                        "benefit": option.benefit.json,
                        "burdens": .object(JSONObject(option.burdens.map { ($0.burden.rawValue, $0.value.json) })),
                        "efficient": JSONValue(option.isEfficient), "efficient_on": .init(option.efficientOn.map(\.rawValue)),
                        "p_efficient": figure(option.chanceEfficient),
                    ]
                }), "warnings": .init(warnings), "confidence": .string(Confidence.project.rawValue),
        ]
    }

    /// What stands for each protocol in the picture.
    public var letters: [String] { options.indices.map { String(UnicodeScalar(UInt8(65 + $0 % 26))) + ($0 < 26 ? "" : "\($0 / 26)") } }

    /// One panel for each burden that all options have; letters stand for protocols.
    public var picture: PlanePicture {
        let letters = letters
        let panels = Burden.allCases.filter { burden in options.allSatisfy { $0.value(burden) != nil } }.map { burden in
            PlanePicture.Panel(
                across: burden == .cost ? "cost" + (currency.map { ", \($0)" } ?? "") : burden.title,
                points: zip(letters, options).compactMap { letter, option in
                    option.value(burden).map { value in
                        .init(
                            mark: letter, x: value.mean, y: option.benefit.mean, across: value.low...max(value.high, value.low),
                            up: option.benefit.low...max(option.benefit.high, option.benefit.low), isEfficient: option.efficientOn.contains(burden))
                    }
                })
        }
        return PlanePicture(
            title: "Benefit and burden", up: "days in remission", panels: panels,
            legend: zip(letters, options).map { "\($0): \($1.title)" + ($1.isEfficient ? "" : " (another is at least as good in everything)") },
            notes: [
                "Filled: nothing gives more benefit for the same or less of this burden. Whiskers: \(intervalsAreOfReplicates ? "95 % of replicates" : "95 % confidence intervals over people"). Model: \(modelName)."
            ]
        )
    }
}

extension ProtocolComparison.Interval {
    var json: JSONValue { ["mean": figure(mean), "low": figure(low), "high": figure(high)] }
}
