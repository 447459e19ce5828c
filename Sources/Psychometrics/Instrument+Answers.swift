import Notation

extension Instrument {
    /// The position of the item that `name` means: its id, `item9`, `q9`, or its number on the form. An id goes before a number.
    public func itemIndex(named name: String) -> Int? {
        let name = name.lowercased()
        if let index = items.firstIndex(where: { $0.id.lowercased() == name }) { return index }
        let digits = name.hasPrefix("item") ? name.dropFirst(4) : name.hasPrefix("q") ? name.dropFirst() : name[...]
        guard let number = Int(digits) else { return nil }
        return items.indices.first { self.number(of: $0) == number }
    }

    public func hasItem(named name: String) -> Bool { itemIndex(named: name) != nil }

    /// The number of an item on the form.
    func number(of index: Int) -> Int { items[index].number ?? index + 1 }

    /// One answer for each item, checked against its range.
    func align(_ answers: Answers) throws(Diagnostic) -> [Double?] {
        let places = try answers.isNamed ? places(of: answers.entries) : places(ofOrdered: answers.entries.count)
        var values: [Double?] = Array(repeating: nil, count: items.count)
        for (place, entry) in zip(places, answers.entries) { values[place] = try value(of: entry.answer, item: place) }
        return values
    }

    private func places(of entries: [Answers.Entry]) throws(Diagnostic) -> [Int] {
        var places: [Int] = []
        for entry in entries {
            guard let index = itemIndex(named: entry.item ?? "") else {
                throw Diagnostic(
                    "score.item", at: Place(path: id), "has no item \(quoted(entry.item ?? ""))", expected: items.map(\.id).joined(separator: ", "))
            }
            guard !places.contains(index) else {
                throw Diagnostic("score.item", at: Place(path: id), "item \(items[index].id) is answered twice", expected: "each item once")
            }
            places.append(index)
        }
        return places
    }

    private func places(ofOrdered count: Int) throws(Diagnostic) -> [Int] {
        // Items at the end that are not scored, or that the form skips, may be left away.
        let skippable = Set((scoring.missing?.skips ?? []).flatMap(\.items))
        let required = items.lastIndex { $0.isScored && !skippable.contains($0.id) }.map { $0 + 1 } ?? 0
        guard (required...items.count).contains(count) else {
            let number = required == items.count ? "\(required)" : "\(required) to \(items.count)"
            throw Diagnostic("score.count", at: Place(path: id), "\(count) answers", expected: "\(number): \(items.map(\.id).joined(separator: ", "))")
        }
        return Array(0..<count)
    }

    private func value(of answer: Answers.Answer, item index: Int) throws(Diagnostic) -> Double? {
        let item = items[index]
        let (low, high) = (Double(item.low), Double(item.high))
        switch answer {
        case .missing: return nil
        case .yes where low == 0 && high == 1: return 1
        case .no where low == 0 && high == 1: return 0
        case .number(let value) where value == value.rounded() && (low...high).contains(value): return value
        case .yes, .no, .number:
            throw Diagnostic(
                "score.range", at: Place(path: id), "the answer to item \(number(of: index)) (\(item.title)) is out of range",
                expected: low == 0 && high == 1 ? "yes (1) or no (0)" : "a whole number, \(item.low) to \(item.high)")
        }
    }

    /// `count` answers without a rule for leaving them out, the first of them that of item `first`.
    func missingAnswers(_ first: Int, _ count: Int) -> Diagnostic {
        let what = count == 1 ? "1 answer is missing, that to item" : "\(count) answers are missing, the first is item"
        let rule = scoring.missing?.prorateUpTo.map { "at most \($0) missing" } ?? "every item answered: there is no rule for missing ones"
        return Diagnostic("score.missing", at: Place(path: id), "\(what) \(number(of: first)) (\(items[first].title))", expected: rule)
    }
}

extension Instrument {
    /// The answer given to one item; nil when it is missing or the answers do not fit the scale.
    public func answer(to item: String, in answers: JSONValue) -> Double? {
        guard let index = itemIndex(named: item), let given = try? Answers(json: answers), let values = try? align(given) else { return nil }
        return values[index]
    }
}
