extension TrialsPicture {
    /// The picture as SVG text. `id` starts the ids inside it and must be unique on the page; `width` is in pixels, at least 480.
    public func svg(id: String, width: Double = 960, style: PictureStyle = .page) -> String {
        element(id: id, width: width, style: style).rendered
    }

    public func element(id: String, width: Double = 960, style: PictureStyle = .page) -> Element {
        let width = max(width.isFinite ? width : 960, 480)
        guard !trials.isEmpty else {
            return Frame.nothing("No treatment trial recorded yet.", id: id, width: width, title: title, style: style)
        }
        let frame = Frame(left: min(230, width * 0.3), right: width - 222, width: width)
        let axis = BrokenTimeAxis(events: events, start: frame.left, end: frame.right)
        let pitch = 22.0
        let top = 24.0
        let bottom = top + Double(trials.count) * pitch + 4
        var content: [Element] = [hatch(id: id)]
        content += shade(axis: axis, frame: frame, top: top, bottom: bottom)
        content += grid(axis: axis, frame: frame, top: top, bottom: bottom)
        for (index, row) in rows.enumerated() {
            let y = top + 4 + (Double(index) + 0.5) * pitch
            content += label(row, y: y, frame: frame)
            content.append(mark(row.trial, y: y, axis: axis, id: id))
            content += verdict(row.trial, y: y, frame: frame)
        }
        content += cuts(axis: axis, top: top, bottom: bottom)
        for (index, row) in rows.enumerated() {
            content += unknownDates(row.trial, y: top + 4 + (Double(index) + 0.5) * pitch, axis: axis, frame: frame)
        }
        let x = axis(today)
        content.append(Frame.line(x, top - 4, x, bottom, class: "today"))
        var height = bottom + 40
        if !axis.cuts.isEmpty {
            height += 14
            content.append(
                Frame.label("Zigzag: years without a beginning or an end are cut out.", x: frame.left, y: height - 6, class: "small muted"))
        }
        return Frame.picture(content, id: id, width: width, height: height, title: title, description: summary, style: style)
    }

    private var events: [Double] {
        trials.flatMap { [$0.start, $0.end].compactMap { $0 } } + [episode?.start, episode?.end, today].compactMap { $0 }
    }

    struct Row: Sendable, Equatable {
        var trial: Trial
        var isAugmentation: Bool
    }

    /// By beginning; augmentations directly under the latest trial of their base that had begun by then. Undated trials last.
    var rows: [Row] {
        let order = trials.indices.sorted {
            (trials[$0].start ?? trials[$0].end ?? .infinity, $0) < (trials[$1].start ?? trials[$1].end ?? .infinity, $1)
        }
        var children: [Int: [Int]] = [:]
        var roots: [Int] = []
        for index in order {
            if let base = base(of: index, order: order) {
                children[base, default: []].append(index)
            } else {
                roots.append(index)
            }
        }
        return roots.flatMap { root in
            [Row(trial: trials[root], isAugmentation: trials[root].augments != nil)]
                + (children[root] ?? []).map { Row(trial: trials[$0], isAugmentation: true) }
        }
    }

    private func base(of index: Int, order: [Int]) -> Int? {
        guard let name = trials[index].augments else { return nil }
        let candidates = order.filter { $0 != index && trials[$0].augments == nil && trials[$0].treatment == name }
        guard let start = trials[index].start else { return candidates.last }
        return candidates.last { (trials[$0].start ?? -.infinity) <= start } ?? candidates.first
    }

    // MARK: - Ground

    private func shade(axis: BrokenTimeAxis, frame: Frame, top: Double, bottom: Double) -> [Element] {
        guard let episode else { return [] }
        let x = axis(episode.start)
        let end = max(axis(episode.end ?? max(today, episode.start)), x + 2)
        let text = fitted(episode.label, width: frame.width - 16, size: Frame.small)
        let half = textWidth(text, size: Frame.small) / 2
        let centre = min(max((x + end) / 2, half), frame.width - half - 2)
        return [
            Frame.rect(x, top - 6, end - x, bottom - top + 6, class: "episode"),
            Frame.label(text, x: centre, y: top - 12, class: "small episode-label", anchor: "middle"),
        ]
    }

    private func grid(axis: BrokenTimeAxis, frame: Frame, top: Double, bottom: Double) -> [Element] {
        var elements: [Element] = []
        for tick in axis.ticks {
            let x = axis(tick.time)
            elements.append(Frame.line(x, top, x, bottom + 4, class: tick.context == nil ? "grid" : "grid strong"))
            elements.append(Frame.label(tick.label, x: x, y: bottom + 18, class: "tick", anchor: "middle"))
            if let context = tick.context {
                elements.append(Frame.label(context, x: x, y: bottom + 32, class: "tick strong", anchor: "middle"))
            }
        }
        for segment in axis.segments { elements.append(Frame.line(segment.start, bottom, segment.end, bottom, class: "axis")) }
        return elements
    }

    private func cuts(axis: BrokenTimeAxis, top: Double, bottom: Double) -> [Element] {
        axis.cuts.flatMap { cut -> [Element] in
            let middle = (cut.start + cut.end) / 2
            // Two parallel torn edges from top to bottom, the ground showing between them.
            let edge = { (x: Double) in
                stride(from: top - 2, through: bottom, by: 8).enumerated().map { Place(x: x + ($0 % 2 == 0 ? -3 : 3), y: $1) }
            }
            let left = edge(middle - 5)
            let right = edge(middle + 5)
            let years = cut.milliseconds / CivilTime.meanYear
            return [
                Element("path", ["class": "cut-ground", "d": .s(linePath(left + right.reversed()) + "Z")]),
                Element("path", ["class": "cut", "d": .s(linePath(left) + linePath(right))]),
                Frame.label("\(Int(years.rounded())) y", x: middle, y: bottom + 32, class: "tick cut-label", anchor: "middle"),
            ]
        }
    }

    private var summary: String {
        let failed = trials.count { $0.verdict == .adequateFailed }
        let adequate = trials.count { [.adequateFailed, .adequateResponded, .adequateOutcomeUnknown].contains($0.verdict) }
        return "\(counted(trials.count, "treatment trial")), \(adequate) adequate, \(failed) of them failed: "
            + rows.map { "\($0.trial.treatment), \($0.trial.verdictText ?? $0.trial.verdict.text)" }.joined(separator: "; ") + "."
    }
}
