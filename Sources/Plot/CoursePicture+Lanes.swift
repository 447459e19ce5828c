extension CoursePicture {
    /// Data of one lane gathered in rows by their name, at most `limit` of them: what is left over shares a last row.
    private func rows<Datum>(_ data: [Datum], limit: Int, name: (Datum) -> String, rank: ([Datum]) -> [Double]) -> [(
        name: String, data: [Datum]
    )] {
        var order: [String] = []
        var groups: [String: [Datum]] = [:]
        for datum in data {
            if groups[name(datum)] == nil { order.append(name(datum)) }
            groups[name(datum), default: []].append(datum)
        }
        let ranked = order.enumerated().map { index, name in
            (name: name, data: groups[name] ?? [], rank: rank(groups[name] ?? []) + [Double(index)])
        }
        .sorted { $0.rank.lexicographicallyPrecedes($1.rank) }
        guard ranked.count > limit else { return ranked.map { ($0.name, $0.data) } }
        let shown = ranked.prefix(limit - 1).map { (name: $0.name, data: $0.data) }
        let rest = ranked.dropFirst(limit - 1)
        return shown + [(name: "\(rest.count) others", data: rest.flatMap(\.data))]
    }

    private func rowLabel(_ name: String, count: Int, y: Double, frame: Frame) -> Element {
        let suffix = count > 1 ? " ×\(count)" : ""
        let room = frame.left - 12 - textWidth(suffix, size: Frame.small)
        var label = Frame.label("", x: frame.left - 8, y: y + 4, class: "small", anchor: "end")
        label.children = [.element(Element("title", text: name)), .text(fitted(name, width: room, size: Frame.small) + suffix)]
        return label
    }

    private func title(_ text: String, top: Double) -> Element { Frame.label(text, x: 0, y: top + 12, class: "panel-title") }

    // MARK: - Adverse events

    func adverseEventLane(top: Double, frame: Frame, axis: TimeAxis, into output: inout [Element]) -> Double {
        guard !adverseEvents.isEmpty else { return 0 }
        let pitch = 18.0
        output.append(title("Adverse events", top: top))
        let present = AdverseEvent.Severity.allCases.filter { severity in adverseEvents.contains { $0.severity == severity } }
        var entries = present.map { severity in
            LegendEntry(
                sample: { x, y in [severity.symbol.element(x: x, y: y, radius: 4, class: "event \(severity.className)")] },
                text: severity.text)
        }
        if adverseEvents.contains(where: \.serious) {
            entries.append(
                LegendEntry(sample: { x, y in [Symbol.ring.element(x: x, y: y, radius: 6.5, class: "serious")] }, text: "serious"))
        }
        if adverseEvents.contains(where: { $0.resolved == nil }) {
            entries.append(
                LegendEntry(sample: { x, y in [Frame.line(x - 5, y, x + 6, y, class: "event-open sev-unknown")] }, text: "not resolved"))
        }
        var y = top + max(LegendEntry.draw(entries, in: frame, top: top, into: &output), 16) + 4
        let groups = rows(adverseEvents, limit: 8, name: \.term) { events in
            [
                events.contains(where: \.serious) ? 0 : 1, -Double(events.map(\.severity.rank).max() ?? 0), -Double(events.count),
                events.map(\.onset).filter(\.isFinite).min() ?? 0,
            ]
        }
        for group in groups {
            let middle = y + pitch / 2
            output.append(rowLabel(group.name, count: group.data.count, y: middle, frame: frame))
            output.append(Frame.line(frame.left, y + pitch, frame.right, y + pitch, class: "grid"))
            for event in group.data { output.append(mark(event, y: middle, axis: axis)) }
            y += pitch
        }
        return y - top + 14
    }

    private func mark(_ event: AdverseEvent, y: Double, axis: TimeAxis) -> Element {
        let x = axis(event.onset)
        let name = event.severity.className
        var shapes: [Element] = []
        if let resolved = event.resolved {
            if resolved > event.onset { shapes.append(Frame.rect(x, y - 2, axis(resolved) - x, 4, class: "event-bar \(name)", radius: 2)) }
        } else if today > event.onset {
            shapes.append(Frame.line(x, y, axis(today), y, class: "event-open \(name)"))
        }
        shapes.append(event.severity.symbol.element(x: x, y: y, radius: 4, class: "event \(name)"))
        if event.serious { shapes.append(Symbol.ring.element(x: x, y: y, radius: 7.2, class: "serious")) }
        var tip = "\(event.term), \(event.severity.text)" + (event.serious ? ", serious" : "") + " · \(reads(event.onset, event.when))"
        if let resolved = event.resolved, resolved >= event.onset { tip += " · resolved after \(duration(resolved - event.onset))" }
        if event.resolved == nil { tip += " · not resolved" }
        return Frame.mark(shapes, title: tip, fact: event.fact)
    }

    // MARK: - Therapy

    func therapyLane(top: Double, frame: Frame, axis: TimeAxis, into output: inout [Element]) -> Double {
        guard !therapies.isEmpty else { return 0 }
        let pitch = 18.0
        output.append(title("Therapy", top: top))
        var y = top + 18
        for group in rows(therapies, limit: 4, name: \.label, rank: { [-Double($0.count)] }) {
            let middle = y + pitch / 2
            let shown = group.data.filter { $0.time >= axis.domain.lowerBound }
            let earlier = group.data.count - shown.count
            output.append(rowLabel(group.name, count: group.data.count, y: middle, frame: frame))
            output.append(Frame.line(frame.left, y + pitch, frame.right, y + pitch, class: "grid"))
            for therapy in shown {
                let tip = "\(therapy.label) · \(reads(therapy.time, therapy.when))"
                output.append(
                    Frame.mark(
                        [Symbol.bar.element(x: axis(therapy.time), y: middle, radius: 5, class: "therapy")], title: tip, fact: therapy.fact)
                )
            }
            if earlier > 0 { output.append(Frame.label("‹ \(earlier) earlier", x: frame.left + 4, y: middle + 4, class: "small muted")) }
            y += pitch
        }
        return y - top + 14
    }

    // MARK: - Medication

    static let medicationRowLimit = 14

    func medicationLane(top: Double, frame: Frame, axis: TimeAxis, into output: inout [Element]) -> Double {
        guard !medications.isEmpty else { return 0 }
        let pitch = 17.0
        output.append(title("Medication", top: top))
        let past = medications.filter { $0.end.map { $0 < axis.domain.lowerBound } ?? false }
        let current = medications.filter { !($0.end.map { $0 < axis.domain.lowerBound } ?? false) }
        var y = top + 18
        for group in rows(
            current, limit: Self.medicationRowLimit, name: \.label, rank: { [$0.compactMap(\.start).min() ?? -.greatestFiniteMagnitude] })
        {
            let middle = y + pitch / 2
            output.append(rowLabel(group.name, count: 1, y: middle, frame: frame))
            output.append(Frame.line(frame.left, y + pitch, frame.right, y + pitch, class: "grid"))
            for medication in group.data { output.append(mark(medication, y: middle, axis: axis)) }
            y += pitch
        }
        if !past.isEmpty {
            output.append(
                Frame.label(
                    "\(counted(past.count, "medication")) ended before the time shown", x: frame.left + 4, y: y + 13, class: "small muted"))
            y += pitch
        }
        return y - top + 8
    }

    private func mark(_ medication: Medication, y: Double, axis: TimeAxis) -> Element {
        let begin = medication.start ?? -.greatestFiniteMagnitude
        let finish = medication.end ?? max(today, begin)
        let x = begin < axis.domain.lowerBound ? axis.start : axis(begin)
        let end = max(axis(finish), x + 2)
        var shapes = [Frame.rect(x, y - 3, end - x, 6, class: "medication", radius: 1.5)]
        // An arrow at the left: began before the picture does. One at the right: goes on.
        if begin < axis.domain.lowerBound { shapes.append(arrow(x: x, y: y, toward: -1)) }
        if medication.end == nil { shapes.append(arrow(x: end, y: y, toward: 1)) }
        let from = medication.start.map { "from \(CivilTime($0).date)" } ?? "start not recorded"
        let until = medication.end.map { "to \(CivilTime($0).date)" } ?? "ongoing"
        return Frame.mark(shapes, title: "\(medication.label) · " + (medication.when ?? "\(from) · \(until)"), fact: medication.fact)
    }

    private func arrow(x: Double, y: Double, toward direction: Double) -> Element {
        let tip = x + direction * 6
        return Element(
            "path",
            [
                "class": "medication",
                "d": .s("M\(decimal(x)) \(decimal(y - 5.5))L\(decimal(tip)) \(decimal(y))L\(decimal(x)) \(decimal(y + 5.5))Z"),
            ])
    }
}

extension CoursePicture.AdverseEvent.Severity {
    var text: String {
        switch self {
        case .lifeThreatening: "life-threatening"
        case .unknown: "severity not recorded"
        default: rawValue
        }
    }

    var className: String { "sev-" + (self == .lifeThreatening ? "life" : rawValue) }

    var symbol: Symbol {
        switch self {
        case .mild: .circle
        case .moderate: .square
        case .severe: .diamond
        case .lifeThreatening: .triangle
        case .fatal: .cross
        case .unknown: .ring
        }
    }

    var rank: Int {
        switch self {
        case .unknown: 0
        case .mild: 1
        case .moderate: 2
        case .severe: 3
        case .lifeThreatening: 4
        case .fatal: 5
        }
    }
}
