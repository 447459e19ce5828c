import Chart
import Evidence
import Pharmacology

/// What is given, as labels and rules tell products apart.
public enum Product: String, Codable, Sendable, CaseIterable {
    case esketamineNasal = "esketamine nasal"
    case racemicKetamine = "racemic ketamine"
    /// Esketamine by another route, arketamine: no label of this use.
    case other

    public init(drug: Drug, route: Route) {
        self =
            switch (drug, route) {
            case (.esketamine, .intranasal): .esketamineNasal
            case (.ketamine, _): .racemicKetamine
            default: .other
            }
    }
}

/// With what force a rule meets a product.
public enum RuleForce: String, Sendable {
    /// Its label or law binds this product.
    case binding
    /// The clinic follows it as practice.
    case adoptedPractice = "adopted_practice"
}

extension RuleStatement {
    /// The rule's force for `product`; nil when it has nothing to say of it. Of a product not known every rule speaks.
    public func force(for product: Product?) -> RuleForce? {
        guard let product else { return binds.isEmpty ? .adoptedPractice : .binding }
        if binds.contains(product.rawValue) { return .binding }
        return binds.isEmpty || !adoptedFor.isEmpty ? .adoptedPractice : nil
    }

    /// Whether a named clinician may go on against it with a reason. What a label or a law forbids outright of a product it binds, nobody may.
    public func mayBeOverridden(with force: RuleForce) -> Bool {
        !(force == .binding && action == .block && (kind == .label || kind == .regulation))
    }
}
