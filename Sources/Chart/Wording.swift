/// How a text can name a concept without stating it of this patient: it denies it, suspects it, or speaks of somebody else.
///
/// After NegEx (Chapman et al. 2001, J Biomed Inform 34:301, doi:10.1006/jbin.2001.1029), but stricter: between a denial and the name only
/// known words may stand, so that `no improvement of psychosis` and `no recurrence of stroke` still state the disease. What is in doubt
/// counts as stated; to miss a disease is worse than to ask about one.
public struct Wording: Codable, Sendable, Equatable {
    /// Before the name, in its clause: `no`, `denies`.
    public var deniedBefore: Phrases
    /// After the name, in its clause: `ruled out`.
    public var deniedAfter: Phrases
    /// After the name, as the last words of the clause: `psychosis: no`.
    public var deniedAtEnd: Phrases
    public var suspectedBefore: Phrases
    public var suspectedAfter: Phrases
    /// What may stand between such words and the name.
    public var between: Phrases
    /// Words that carry a denial on to the next name: `no stroke or aneurysm`.
    public var alternatives: Phrases
    /// Anywhere before the name in its sentence: `family history`.
    public var othersBefore: Phrases
    /// At the beginning of the clause: `mother`.
    public var othersAtStart: Phrases
    public var othersAfter: Phrases
    /// What takes the force from a qualifier such as `controlled`: `not`, `poorly`.
    public var weakening: Phrases

    enum CodingKeys: String, CodingKey {
        case deniedBefore = "denied_before"
        case deniedAfter = "denied_after"
        case deniedAtEnd = "denied_at_end"
        case suspectedBefore = "suspected_before"
        case suspectedAfter = "suspected_after"
        case between, alternatives
        case othersBefore = "others_before"
        case othersAtStart = "others_at_start"
        case othersAfter = "others_after"
        case weakening
    }
}

/// What a text says of a concept, the more certain the greater.
public enum Mention: Int, Sendable, Comparable {
    case none, suspected, stated
    public static func < (a: Mention, b: Mention) -> Bool { a.rawValue < b.rawValue }
}

extension Wording {
    /// What `text` says by naming a concept at `name`.
    func mention(at name: Range<Int>, in text: ClinicalText) -> Mention {
        let words = text.words
        let sentence = text.span(of: name.lowerBound, by: text.sentences)
        let clause = text.span(of: name.lowerBound, by: text.clauses)
        let isOthers =
            (sentence.lowerBound..<name.lowerBound).contains { othersBefore.range(at: $0, in: words) != nil }
            || (clause.lowerBound..<min(clause.lowerBound + 2, name.lowerBound)).contains { othersAtStart.range(at: $0, in: words) != nil }
            || name.upperBound < sentence.upperBound && othersAfter.range(at: name.upperBound, in: words) != nil
        if isOthers || isPreceded(by: deniedBefore, name, in: clause, words) || isFollowed(by: deniedAfter, name, in: clause, words) { return .none }
        if name.upperBound < clause.upperBound, deniedAtEnd.range(at: name.upperBound, in: words)?.upperBound == clause.upperBound { return .none }
        let isSuspected = isPreceded(by: suspectedBefore, name, in: clause, words) || isFollowed(by: suspectedAfter, name, in: clause, words)
        return isSuspected ? .suspected : .stated
    }

    private func isPreceded(by cues: Phrases, _ name: Range<Int>, in clause: Range<Int>, _ words: [String]) -> Bool {
        var index = name.lowerBound
        while index > clause.lowerBound {
            if cues.end(before: index, from: clause.lowerBound, in: words) { return true }
            if alternatives.range(at: index - 1, in: words) != nil {
                return (clause.lowerBound..<(index - 1)).contains { cues.range(at: $0, in: words) != nil }
            }
            guard let step = (clause.lowerBound..<index).last(where: { between.range(at: $0, in: words)?.upperBound == index }) else { return false }
            index = step
        }
        return false
    }

    private func isFollowed(by cues: Phrases, _ name: Range<Int>, in clause: Range<Int>, _ words: [String]) -> Bool {
        var index = name.upperBound
        while index < clause.upperBound {
            if cues.range(at: index, in: words) != nil { return true }
            guard let filler = between.range(at: index, in: words) else { return false }
            index = filler.upperBound
        }
        return false
    }

    /// Whether a qualifier at `range` holds: `controlled` does, `not well controlled` does not.
    func holds(_ range: Range<Int>, in text: ClinicalText) -> Bool {
        let start = max(text.span(of: range.lowerBound, by: text.sentences).lowerBound, range.lowerBound - 2)
        return !(start..<range.lowerBound).contains { weakening.range(at: $0, in: text.words) != nil }
    }
}

extension ClinicalText {
    /// The words that share the number in `parts` with the word at `index`.
    fileprivate func span(of index: Int, by parts: [Int]) -> Range<Int> {
        let begin = parts[..<index].lastIndex { $0 != parts[index] }.map { $0 + 1 } ?? 0
        return begin..<(parts[index...].firstIndex { $0 != parts[index] } ?? parts.count)
    }
}
