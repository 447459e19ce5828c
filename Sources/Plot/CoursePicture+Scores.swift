extension CoursePicture {
    /// One instrument's scores over a scale from 0 to its maximum. Returns the height used.
    func scorePanel(_ series: Series, height: Double, top: Double, frame: Frame, axis: TimeAxis, into output: inout [Element]) -> Double {
        let points = series.points.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
        let highest = points.map(\.value).filter(\.isFinite).max() ?? 0
        let maximum = max(series.maximum.isFinite ? series.maximum : 0, highest, 1)
        let bottom = top + height
        let scale = LinearScale(0...maximum, start: bottom, end: top + 4)

        if let remission = series.remission {
            let y = scale(remission)
            output.append(Frame.rect(frame.left, y, frame.plotWidth, bottom - y, class: "remission-zone"))
        }
        for tick in scale.ticks(height > 120 ? 4 : 3) {
            let y = scale(tick)
            output.append(Frame.line(frame.left, y, frame.right, y, class: tick == 0 ? "axis" : "grid"))
            output.append(Frame.label(decimal(tick), x: frame.left - 8, y: y + 4, class: "tick", anchor: "end"))
        }
        output += heading(series, latest: points.last, top: top, frame: frame)
        output += references(series, scale: scale, top: top, bottom: bottom, frame: frame)
        if let outlook = series.outlook { output.append(band(outlook, scale: scale, axis: axis)) }
        output += curve(series, points: points, scale: scale, top: top, frame: frame, axis: axis)
        return height
    }

    private func heading(_ series: Series, latest: Point?, top: Double, frame: Frame) -> [Element] {
        let room = frame.left - 38
        var elements = [Element("text", ["class": "panel-title", "x": 0, "y": .n(top + 12)], [])]
        let name = fitted(series.name, width: room, size: 14)
        elements[0].children = [
            .element(Element("title", text: "\(series.name), 0 to \(decimal(series.maximum)), higher is worse")), .text(name),
        ]
        guard let latest else { return elements }
        var figure = Frame.label(decimal(latest.value), x: 0, y: top + 40, class: "figure")
        figure.append(Element("tspan", ["class": "of", "dx": 5], text: "of \(decimal(series.maximum))"))
        elements.append(figure)
        var y = top + 57
        for text in [series.note, latest.label].compactMap({ $0 }) {
            elements.append(Frame.label(fitted(text, width: room, size: Frame.small), x: 0, y: y, class: "small"))
            y += 14
        }
        return elements
    }

    private func band(_ outlook: Outlook, scale: LinearScale, axis: TimeAxis) -> Element {
        func places(_ values: [Double]) -> [Place] { zip(outlook.times, values).map { Place(x: axis($0), y: scale($1)) } }
        let outline = linePath(places(outlook.high) + places(outlook.low).reversed())
        return Frame.mark(
            [
                Element("path", ["class": "band", "d": .s(outline + "Z")]),
                Element("path", ["class": "curve faint", "d": .s(linePath(places(outlook.middle)))]),
            ], title: outlook.title, fact: nil)
    }

    private func references(_ series: Series, scale: LinearScale, top: Double, bottom: Double, frame: Frame) -> [Element] {
        var lines: [(value: Double, text: String, name: String)] = []
        if let baseline = series.baseline { lines.append((baseline, "baseline \(decimal(baseline))", "baseline")) }
        if let response = series.response { lines.append((response, "response ≤ \(decimal(response))", "response")) }
        if let remission = series.remission {
            lines.append((remission, "remission ≤ \(decimal(remission))" + (series.remissionFrom == .clinic ? " †" : ""), "remission"))
        }
        let labels = spread(lines.map { scale($0.value) }, height: 13, in: (top - 3)...(bottom + 6))
        return zip(lines, labels).flatMap { line, label in
            let y = scale(line.value)
            return [
                Frame.line(frame.left, y, frame.right, y, class: "reference \(line.name)"),
                Frame.line(frame.right, y, frame.right + 6, label, class: "leader"),
                Frame.label(line.text, x: frame.right + 9, y: label + 4, class: "small \(line.name)-label"),
            ]
        }
    }

    private func curve(_ series: Series, points: [Point], scale: LinearScale, top: Double, frame: Frame, axis: TimeAxis) -> [Element] {
        let places = points.map { Place(x: axis($0.time), y: scale($0.value)) }
        var elements: [Element] = []
        if places.count > 1 { elements.append(Element("path", ["class": "score-line", "d": .s(linePath(places))])) }
        // Marks shrink where they would merge into a worm.
        let crowding = frame.plotWidth / Double(max(points.count, 1))
        let radius = min(max(crowding / 2.4, 1.4), 3.6)
        var freeFrom = -Double.infinity
        for (index, (point, place)) in zip(points, places).enumerated() {
            var tip = "\(series.name) \(decimal(point.value)) of \(decimal(series.maximum)) · \(reads(point.time, point.when))"
            if let label = point.label { tip += " · \(label)" }
            if point.isRelapse { tip += " · relapse" }
            let latest = index == points.count - 1
            let symbol: Symbol = point.isRelapse ? .triangleDown : .circle
            let size = point.isRelapse ? max(radius, 3) + 1.2 : latest ? max(radius, 3) + 1 : radius
            elements.append(
                Frame.mark(
                    [
                        symbol.element(
                            x: place.x, y: place.y, radius: size,
                            class: point.isRelapse ? "score relapse" : latest ? "score latest" : "score")
                    ],
                    title: tip, fact: point.fact))
            if point.isRelapse, place.x - 24 > freeFrom {
                let centre = min(place.x, frame.right - 20)
                elements.append(
                    Frame.label("relapse", x: centre, y: max(place.y - 10, top + 6), class: "small relapse-label", anchor: "middle"))
                freeFrom = place.x + 24
            }
        }
        return elements
    }
}
