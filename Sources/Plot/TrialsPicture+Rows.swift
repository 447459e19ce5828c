extension TrialsPicture {
    static let barHeight = 11.0

    func label(_ row: Row, y: Double, frame: Frame) -> [Element] {
        let trial = row.trial
        let indent = row.isAugmentation ? 16.0 : 0
        let dose = trial.dose.map { fitted($0, width: frame.left * 0.5, size: Frame.small) } ?? ""
        let doseWidth = dose.isEmpty ? 0 : textWidth(dose, size: Frame.small) + 6
        let name = fitted(
            row.isAugmentation ? "+ " + trial.treatment : trial.treatment, width: frame.left - 14 - indent - doseWidth, size: Frame.text)
        var text = Element("text", ["class": "label", "x": .n(indent), "y": .n(y + 4)])
        text.children = [
            .element(Element("title", text: [trial.treatment, trial.dose].compactMap { $0 }.joined(separator: ", "))), .text(name),
        ]
        guard !dose.isEmpty else { return [text] }
        text.children.append(.element(Element("tspan", ["class": "small muted", "dx": 6], text: dose)))
        return [text]
    }

    func mark(_ trial: Trial, y: Double, axis: BrokenTimeAxis, id: String) -> Element {
        let tip = tip(trial)
        guard let (x, width) = extent(trial, axis: axis) else {
            let text = Frame.label("dates not recorded", x: axis(today) - 8, y: y + 4, class: "small muted", anchor: "end")
            return Frame.mark([text], title: tip, fact: trial.fact)
        }
        let half = Self.barHeight / 2
        var shapes: [Element] = []
        let name = trial.verdict.className
        shapes.append(Frame.rect(x, y - half, width, Self.barHeight, class: "trial \(name)", radius: 2))
        if trial.verdict.isHatched {
            shapes.append(
                Element(
                    "rect",
                    [
                        "x": .n(x), "y": .n(y - half), "width": .n(width), "height": .n(Self.barHeight), "rx": 2,
                        "fill": .s("url(#\(id)-hatch)"),
                    ]))
        }
        if trial.kind == .neurostimulation { shapes.append(bolt(x: x - 9, y: y)) }
        if trial.isRunning, trial.end == nil {
            shapes.append(
                Element(
                    "path",
                    [
                        "class": .s("trial \(name)"),
                        "d": .s("M\(decimal(x + width)) \(decimal(y - half - 2))l8 \(decimal(half + 2))l-8 \(decimal(half + 2))Z"),
                    ]))
        }
        return Frame.mark(shapes, title: tip, fact: trial.fact)
    }

    /// Left edge and width of the bar; nil for a trial without any date. A side that is not recorded has no length.
    private func extent(_ trial: Trial, axis: BrokenTimeAxis) -> (x: Double, width: Double)? {
        let start = trial.start ?? trial.end
        let end = trial.end ?? (trial.isRunning ? max(today, trial.start ?? today) : trial.start)
        guard let start, let end else { return nil }
        let x = axis(min(start, end))
        return (x, max(axis(max(start, end)) - x, 4))
    }

    /// The words beside a bar of which one side is not known, on the side with room.
    func unknownDates(_ trial: Trial, y: Double, axis: BrokenTimeAxis, frame: Frame) -> [Element] {
        guard let (x, width) = extent(trial, axis: axis), !(trial.isRunning && trial.start != nil) else { return [] }
        let text: String
        switch (trial.start, trial.end) {
        case (nil, _?): text = "start not recorded"
        case (_?, nil): text = "end not recorded"
        default: return []
        }
        if x + width + 8 + textWidth(text, size: Frame.small) < frame.right {
            return [Frame.label("? \(text)", x: x + width + 5, y: y + 4, class: "small muted")]
        }
        return [Frame.label("\(text) ?", x: x - 5, y: y + 4, class: "small muted", anchor: "end")]
    }

    func verdict(_ trial: Trial, y: Double, frame: Frame) -> [Element] {
        let x = frame.right + 20
        let name = trial.verdict.className
        let full = trial.verdictText ?? trial.verdict.text
        var text = Frame.label("", x: x + 12, y: y + 4, class: "small \(name)-label")
        text.children = [.element(Element("title", text: full)), .text(fitted(full, width: frame.width - x - 14, size: Frame.small))]
        return [trial.verdict.symbol.element(x: x, y: y, radius: 4, class: "verdict \(name)"), text]
    }

    /// A pattern of thin diagonals for trials that do not count; its id starts with the picture's.
    func hatch(id: String) -> Element {
        Element(
            "defs", [:],
            [
                Element(
                    "pattern",
                    ["id": .s("\(id)-hatch"), "width": 5, "height": 5, "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"],
                    [Frame.line(0, 0, 0, 5, class: "hatch")])
            ])
    }

    private func bolt(x: Double, y: Double) -> Element {
        Element("path", ["class": "bolt", "d": .s("M\(decimal(x + 2)) \(decimal(y - 7))l-5 8h4l-1.5 6l5.5 -8h-4l2 -6Z")])
    }

    private func tip(_ trial: Trial) -> String {
        let from = trial.start.map { "from \(CivilTime($0).date)" } ?? "start not recorded"
        let until = trial.end.map { "to \(CivilTime($0).date)" } ?? (trial.isRunning ? "running" : "end not recorded")
        let length = trial.start.flatMap { start in (trial.end ?? (trial.isRunning ? today : nil)).map { duration(max($0 - start, 0)) } }
        return [
            [trial.treatment, trial.dose].compactMap { $0 }.joined(separator: " "), trial.augments.map { "added to \($0)" },
            "\(from) \(until)" + (length.map { " (\($0))" } ?? ""), trial.verdictText ?? trial.verdict.text, trial.detail,
        ].compactMap { $0 }.joined(separator: " · ")
    }
}

extension TrialsPicture.Verdict {
    var className: String {
        switch self {
        case .adequateFailed: "failed"
        case .adequateResponded: "responded"
        case .adequateOutcomeUnknown: "outcome-unknown"
        case .inadequate, .inadequateIntolerant: "inadequate"
        case .undetermined: "undetermined"
        }
    }

    var isHatched: Bool { [.inadequate, .inadequateIntolerant].contains(self) }

    var symbol: Symbol {
        switch self {
        case .adequateFailed: .square
        case .adequateResponded: .circle
        case .adequateOutcomeUnknown: .diamond
        case .inadequate, .inadequateIntolerant: .triangleDown
        case .undetermined: .ring
        }
    }
}
