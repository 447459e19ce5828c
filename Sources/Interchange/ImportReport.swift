import Chart
import Notation

/// What an import did: every record of the file is in here, as facts or by name among what was left out.
public struct ImportReport: Sendable {
    public var plan: ImportPlan
    /// Facts written.
    public var added: Int
    /// Facts the store held already, word for word.
    public var unchanged: Int

    public init(plan: ImportPlan, added: Int, unchanged: Int) {
        self.plan = plan
        self.added = added
        self.unchanged = unchanged
    }

    private var factsByKind: [(kind: String, count: Int)] {
        Dictionary(grouping: plan.entries, by: \.kind.rawValue).map { ($0.key, $0.value.count) }.sorted { $0.0 < $1.0 }
    }

    public var json: JSONValue {
        [
            "file": .string(plan.file),
            "patients": .init(plan.patients),
            "facts": .init(plan.entries.count),
            "added": .init(added),
            "unchanged": .init(unchanged),
            "stated_twice": .init(plan.repeated),
            "kept_separate": .init(plan.repeatedEvents),
            "by_type": .object(JSONObject(factsByKind.map { ($0.kind, JSONValue($0.count)) })),
            "records": .object(JSONObject(plan.account.records.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) })),
            "not_understood": .array(
                plan.account.omissions.sorted { $0.key < $1.key }.map { omission, count in
                    ["kind": .string(omission.kind), "about": .string(omission.about), "reason": .string(omission.reason), "count": .init(count)]
                }),
            "unknown_keys": .object(JSONObject(plan.unknownKeys.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) })),
            "warnings": .array(
                plan.warnings.map { ["code": .string($0.code), "text": .string($0.text), "count": .init($0.count), "first": .string($0.first.description)] }),
        ]
    }

    /// For reading: totals first, then what was left out and why, largest first.
    public var text: String {
        var lines = [
            "\(plan.file): \(count(plan.entries.count, "fact")) of \(count(plan.patients.count, "patient")): \(added) added, \(unchanged) already there"
                + (plan.repeated > 0 ? ", \(plan.repeated) stated twice" : ""),
            "  facts      " + factsByKind.map { "\($0.count) \($0.kind)" }.joined(separator: ", "),
            "  read       " + plan.account.records.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "),
        ]
        let omitted = plan.account.omissions.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if !omitted.isEmpty {
            lines.append("  not used   \(count(omitted.map(\.value).reduce(0, +), "record or part", plural: "records or parts"))")
            for (omission, count) in omitted {
                lines.append("    \(left(count))  " + [omission.kind, omission.about].filter { !$0.isEmpty }.joined(separator: " ") + ": " + omission.reason)
            }
        }
        lines += plan.notes.map { "  " + $0 }
        return lines.joined(separator: "\n")
    }

    private func left(_ number: Int) -> String { String(repeating: " ", count: max(0, 6 - String(number).count)) + String(number) }

    private func count(_ number: Int, _ noun: String, plural: String? = nil) -> String {
        "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
    }
}
