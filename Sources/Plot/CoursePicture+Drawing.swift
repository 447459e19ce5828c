extension CoursePicture {
    /// The picture as SVG text. `id` starts the ids inside it and must be unique on the page; `width` is in pixels, at least 480.
    public func svg(id: String, width: Double = 960, style: PictureStyle = .page) -> String {
        element(id: id, width: width, style: style).rendered
    }

    public func element(id: String, width: Double = 960, style: PictureStyle = .page) -> Element {
        let width = max(width.isFinite ? width : 960, 480)
        guard !isEmpty else {
            return Frame.nothing(
                "Nothing recorded yet: no score, dose, event, therapy or medication.", id: id, width: width, title: title, style: style)
        }
        let frame = Frame(left: 150, right: width - 124, width: width)
        let axis = TimeAxis(domain, start: frame.left, end: frame.right, offset: offset)
        var panels: [Element] = []
        var y = 22.0
        for (index, series) in shownSeries.enumerated() {
            y += scorePanel(series, height: index == 0 ? 150 : 96, top: y, frame: frame, axis: axis, into: &panels) + 14
        }
        y += doseLane(top: y, frame: frame, axis: axis, into: &panels)
        y += adverseEventLane(top: y, frame: frame, axis: axis, into: &panels)
        y += therapyLane(top: y, frame: frame, axis: axis, into: &panels)
        y += medicationLane(top: y, frame: frame, axis: axis, into: &panels)

        var content = timeGrid(frame: frame, axis: axis, top: 18, bottom: y)
        content += panels
        content += todayLine(frame: frame, axis: axis, bottom: y)
        y += 36
        for note in notes {
            y += 15
            content.append(Frame.label(fitted(note, width: width - 8, size: Frame.small), x: frame.left, y: y, class: "small muted"))
        }
        return Frame.picture(content, id: id, width: width, height: y + 8, title: title, description: summary, style: style)
    }

    static let shownSeriesLimit = 3

    var shownSeries: ArraySlice<Series> { series.filter { !$0.points.isEmpty }.prefix(Self.shownSeriesLimit) }

    var isEmpty: Bool {
        shownSeries.isEmpty && doses.isEmpty && adverseEvents.isEmpty && therapies.isEmpty && medications.isEmpty
    }

    /// The time shown: from the first to the last score, dose or adverse event and today, or to the end of a forecast, with a margin.
    ///
    /// Therapy and medication stretch it only when there is nothing else: a drug taken for ten years must not squeeze six weeks of
    /// treatment into a hair.
    var domain: ClosedRange<Double> {
        var times =
            shownSeries.flatMap { $0.points.map(\.time) } + doses.map(\.time)
            + adverseEvents.flatMap { [$0.onset, $0.resolved ?? $0.onset] } + shownSeries.compactMap { $0.outlook?.times.last }
        if times.isEmpty { times = therapies.map(\.time) }
        if times.isEmpty { times = medications.flatMap { [$0.start, $0.end].compactMap { $0 } } }
        times = (times + [today]).filter(\.isFinite).map { min(max($0, CivilTime.drawable.lowerBound), CivilTime.drawable.upperBound) }
        let low = times.min() ?? 0
        let high = times.max() ?? 0
        let margin = high > low ? (high - low) * 0.025 : 3 * CivilTime.dayLength
        return (low - margin)...(high + margin)
    }

    /// How a time reads in a tooltip.
    func reads(_ time: Double, _ when: String?) -> String {
        when ?? CivilTime(time + Double(offset) * CivilTime.minute).text
    }

    // MARK: - Time

    private func timeGrid(frame: Frame, axis: TimeAxis, top: Double, bottom: Double) -> [Element] {
        var elements: [Element] = []
        for tick in axis.ticks() {
            let x = axis(tick.time)
            elements.append(Frame.line(x, top, x, bottom + 4, class: tick.context == nil ? "grid" : "grid strong"))
            elements.append(Frame.label(tick.label, x: x, y: bottom + 18, class: "tick", anchor: "middle"))
            if let context = tick.context {
                elements.append(Frame.label(context, x: x, y: bottom + 32, class: "tick strong", anchor: "middle"))
            }
        }
        elements.append(Frame.line(frame.left, bottom, frame.right, bottom, class: "axis"))
        return elements
    }

    private func todayLine(frame: Frame, axis: TimeAxis, bottom: Double) -> [Element] {
        let x = axis(today)
        let text = "as of \(CivilTime(today + Double(offset) * CivilTime.minute).date)"
        let half = textWidth(text, size: Frame.small) / 2
        let centre = min(max(x, half), frame.width - half - 2)
        return [
            Frame.line(x, 16, x, bottom, class: "today"), Frame.label(text, x: centre, y: 11, class: "small today-label", anchor: "middle"),
        ]
    }

    // MARK: - Words

    private var notes: [String] {
        var notes: [String] = []
        if shownSeries.contains(where: { $0.remission != nil && $0.remissionFrom == .clinic }) {
            notes.append("† Remission cut chosen by this clinic, not given by the instrument.")
        }
        let hidden = series.filter { !$0.points.isEmpty }.dropFirst(Self.shownSeriesLimit)
        if !hidden.isEmpty { notes.append("Not drawn: " + hidden.map(\.name).joined(separator: ", ") + ". See the timeline.") }
        return notes
    }

    private func stated(_ point: Point) -> String { "\(decimal(point.value)) on \(reads(point.time, point.when))" }

    /// What the picture shows, for those who do not see it.
    private var summary: String {
        var parts: [String] = shownSeries.map { series in
            let points = series.points.sorted { $0.time < $1.time }
            guard let first = points.first, let last = points.last else { return "" }
            let begin = stated(first)
            return points.count == 1
                ? "\(series.name): \(begin)" : "\(series.name): \(points.count) scores, from \(begin) to \(stated(last))"
        }
        if !doses.isEmpty { parts.append(counted(doses.count, "dose")) }
        if !adverseEvents.isEmpty {
            let serious = adverseEvents.count { $0.serious }
            parts.append(counted(adverseEvents.count, "adverse event") + (serious == 0 ? "" : ", \(serious) serious"))
        }
        if !therapies.isEmpty { parts.append(counted(therapies.count, "therapy session")) }
        if !medications.isEmpty { parts.append(counted(medications.count, "medication interval")) }
        return parts.joined(separator: "; ") + ". Every mark is also a row of the timeline."
    }
}

func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
