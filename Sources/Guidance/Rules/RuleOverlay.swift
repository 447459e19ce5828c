import Evidence
import Notation

/// What a clinic changes in one rule. Label and regulation rules can only be tightened; the clinic's own defaults, and what guidelines and
/// trials have, can be changed or switched off.
public struct RuleOverlay: Codable, Sendable, Equatable {
    public var rule: String
    /// New thresholds by name, for example `{sbp: 150, dbp: 95}`; in the metric's unit.
    public var thresholds: [String: Double]?
    public var action: RuleStatement.Action?
    /// False switches the rule off.
    public var enabled: Bool?
    public var reason: String
    /// Who owns the change.
    public var by: String
    /// `YYYY-MM-DD`.
    public var date: String
}

extension Rule {
    /// The rule with `overlay` laid over it; nil when the overlay switches it off.
    /// - Throws: `overlay.<what>` for a change that would loosen a label or a regulation, or that names nothing of the rule.
    func overlaid(with overlay: RuleOverlay, at place: Place) throws(Diagnostic) -> Rule? {
        let isBinding = statement.kind == .label || statement.kind == .regulation
        func refuse(_ what: String, _ problem: String, expected: String) -> Diagnostic {
            Diagnostic("overlay.\(what)", at: place.at("\(id).\(what)"), problem, expected: expected)
        }
        guard Day(overlay.date) != nil else { throw refuse("date", "is not a date", expected: "YYYY-MM-DD") }
        if overlay.enabled == false {
            guard !isBinding else { throw refuse("enabled", "switches off a \(statement.kind.title.lowercased()) rule", expected: "a rule of the clinic") }
            return nil
        }
        var (statement, when) = (statement, when)
        for (name, value) in (overlay.thresholds ?? [:]).sorted(by: { $0.key < $1.key }) {
            let present = when.thresholds.filter { $0.name == name }
            guard let first = present.first else {
                let known = unique(when.thresholds.map(\.name)).joined(separator: ", ")
                throw refuse("thresholds.\(name)", "is no threshold of the rule", expected: known.isEmpty ? "no thresholds" : known)
            }
            if isBinding, !present.allSatisfy({ $0.isTightened(to: value) }) {
                throw refuse(
                    "thresholds.\(name)", "loosens a \(statement.kind.title.lowercased()) rule",
                    expected: "\(decimal(first.value)) or \(first.appliesAbove ? "less" : "more")")
            }
            when = when.setting(name, to: value)
        }
        if let action = overlay.action {
            if isBinding, action < statement.action {
                throw refuse("action", "loosens a \(statement.kind.title.lowercased()) rule", expected: "\(statement.action.rawValue) or graver")
            }
            statement = statement.with(action)
        }
        if let thresholds = overlay.thresholds, !thresholds.isEmpty {
            let changed = thresholds.sorted { $0.key < $1.key }.map { "\($0.key) \(decimal($0.value))" }.joined(separator: ", ")
            statement = statement.saying("\(statement.text) (changed by the clinic to \(changed))")
        }
        return Rule(statement, decision, when: when, ifUnknown: ifUnknown, overlaid: overlay)
    }
}

extension [Rule] {
    /// The rules with a clinic's overlays.
    /// - Throws: the first overlay that may not be.
    public func overlaid(with overlays: [RuleOverlay], at place: Place) throws(Diagnostic) -> [Rule] {
        var rules = self
        for overlay in overlays {
            guard let index = rules.firstIndex(where: { $0.id == overlay.rule }) else {
                throw Diagnostic("overlay.rule", at: place, "the rule \(quoted(overlay.rule)) is not known", expected: "a rule of `euthymia knowledge list`")
            }
            if let rule = try rules[index].overlaid(with: overlay, at: place) { rules[index] = rule } else { rules.remove(at: index) }
        }
        return rules
    }
}
