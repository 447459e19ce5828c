import Chart

/// The answer to a clinical question on an incomplete chart (Kleene's strong three-valued logic).
public enum Answer: Sendable, Equatable {
    /// It holds, by these facts.
    case yes(because: [FactID])
    case no
    /// It cannot be said without this; `because` are facts that speak for it all the same.
    case unknown(missing: [String], because: [FactID] = [])

    /// The facts that speak for it.
    var because: [FactID] {
        switch self {
        case .yes(let because), .unknown(_, let because): because
        case .no: []
        }
    }

    /// The first no settles it: what comes after is not asked.
    static func all(_ answers: some Sequence<Answer>) -> Answer {
        var asked: [Answer] = []
        for answer in answers {
            if case .no = answer { return .no }
            asked.append(answer)
        }
        return combine(asked, unlessMissing: { .yes(because: $0) })
    }

    static func any(_ answers: some Sequence<Answer>) -> Answer {
        var (because, holds) = ([FactID](), false)
        var unknown: [Answer] = []
        for answer in answers {
            switch answer {
            case .yes(let facts): (because, holds) = (because + facts, true)
            case .no: break
            case .unknown: unknown.append(answer)
            }
        }
        return holds ? .yes(because: unique(because)) : combine(unknown, unlessMissing: { _ in .no })
    }

    static func not(_ answer: Answer) -> Answer {
        switch answer {
        case .yes: .no
        case .no: .yes(because: [])
        case .unknown: answer
        }
    }

    private static func combine(_ answers: [Answer], unlessMissing decided: ([FactID]) -> Answer) -> Answer {
        var because: [FactID] = []
        var missing: [String] = []
        var hints: [FactID] = []
        for answer in answers {
            switch answer {
            case .yes(let facts): because += facts
            case .no: break
            case .unknown(let needed, let facts):
                missing += needed
                hints += facts
            }
        }
        return missing.isEmpty ? decided(unique(because)) : .unknown(missing: unique(missing), because: unique(hints))
    }
}

/// The distinct elements in their first order.
public func unique<Element: Hashable>(_ elements: some Collection<Element>) -> [Element] {
    guard elements.count > 1 else { return Array(elements) }
    var seen: Set<Element> = []
    return elements.filter { seen.insert($0).inserted }
}
