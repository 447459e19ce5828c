import Notation

/// One treatment session over minutes from the first dose: what was measured beside what was expected, panel by panel.
///
/// ```swift
/// SessionPicture(title: "Session s1", doses: [0, 5], now: 48, panels: [pressure, saturation]).svg(id: "session")
/// ```
public struct SessionPicture: Sendable, Equatable {
    /// A measured value. Low and high differ where two values make one reading, as in a blood pressure.
    public struct Reading: Sendable, Equatable {
        /// Minutes from the first dose; negative before it.
        public var minute: Double
        public var low: Double
        public var high: Double
        /// Read out when it is pointed at.
        public var title: String
        /// A rule raises an alarm about it.
        public var isAlarming: Bool

        public init(minute: Double, low: Double, high: Double, title: String, isAlarming: Bool = false) {
            (self.minute, self.low, self.high, self.title, self.isAlarming) = (minute, low, high, title, isAlarming)
        }
    }

    /// What a model expects: the median and the middle nine tenths, of people or of what is likely for this person.
    public struct Expectation: Sendable, Equatable {
        public var minutes: [Double]
        public var middle: [Double]
        public var low: [Double]
        public var high: [Double]
        /// This person's own, after what was measured.
        public var isOwn: Bool

        public init(minutes: [Double], middle: [Double], low: [Double], high: [Double], isOwn: Bool = false) {
            (self.minutes, self.middle, self.low, self.high, self.isOwn) = (minutes, middle, low, high, isOwn)
        }
    }

    public struct Panel: Sendable, Equatable {
        public var name: String
        public var unit: String
        /// The axis covers at least this.
        public var range: ClosedRange<Double>
        public var readings: [Reading]
        public var expectations: [Expectation]
        public var height: Double

        public init(name: String, unit: String, range: ClosedRange<Double>, readings: [Reading], expectations: [Expectation] = [], height: Double = 120) {
            (self.name, self.unit, self.range) = (name, unit, range)
            (self.readings, self.expectations, self.height) = (readings, expectations, height)
        }
    }

    public var title: String
    /// Minutes at which a dose began.
    public var doses: [Double]
    /// Minutes at which the schedule asks for checks.
    public var checks: [Double]
    /// Minutes from the first dose to now; nil for a session that is over.
    public var now: Double?
    public var panels: [Panel]
    public var notes: [String]

    public init(title: String, doses: [Double] = [], checks: [Double] = [], now: Double? = nil, panels: [Panel], notes: [String] = []) {
        (self.title, self.doses, self.checks, self.now, self.panels, self.notes) = (title, doses, checks, now, panels, notes)
    }

    /// The minutes shown: the usual two hours and a half, and whatever lies outside them.
    private var minutes: ClosedRange<Double> {
        let all = panels.flatMap { $0.readings.map(\.minute) } + doses + [now].compactMap { $0 }
        return min(-30, all.min() ?? 0).rounded(.down)...max(150, (all.max() ?? 0) + 10).rounded(.up)
    }

    public func svg(id: String, width: Double = 720, style: PictureStyle = .page) -> String {
        let frame = Frame(left: 46, right: width - 10, width: width)
        let across = LinearScale(minutes, start: frame.left, end: frame.right)
        var content: [Element] = []
        var y = 4.0
        for panel in panels {
            draw(panel, top: y, across: across, frame: frame, into: &content)
            y += panel.height + 36
        }
        for tick in across.ticks(max(Int(frame.plotWidth / 60), 2)) {
            content.append(Frame.label(decimal(tick), x: across(tick), y: y, class: "tick", anchor: "middle"))
        }
        content.append(Frame.label("minutes from the first dose", x: frame.right, y: y + 16, class: "tick", anchor: "end"))
        y += 32
        for line in notes.flatMap({ wrapped($0, width: width - 8, size: Frame.small) }) {
            content.append(Frame.label(line, x: 0, y: y, class: "small muted"))
            y += 15
        }
        let said = panels.compactMap { panel in panel.readings.last.map { "\(panel.name): \($0.title)" } }.joined(separator: "; ")
        return Frame.picture(
            content, id: id, width: width, height: y, title: title, description: said.isEmpty ? "Nothing measured yet." : "Last values. \(said).",
            style: style
        ).rendered
    }

    private func draw(_ panel: Panel, top: Double, across: LinearScale, frame: Frame, into content: inout [Element]) {
        let (start, bottom) = (top + 20, top + 20 + panel.height)
        let values = panel.readings.flatMap { [$0.low, $0.high] } + panel.expectations.flatMap { $0.low + $0.high }
        let low = min(panel.range.lowerBound, values.filter(\.isFinite).min() ?? .infinity)
        let high = max(panel.range.upperBound, values.filter(\.isFinite).max() ?? -.infinity)
        let up = LinearScale(low...high, start: bottom, end: start)
        content.append(Frame.label(panel.unit.isEmpty ? panel.name : "\(panel.name), \(panel.unit)", x: 0, y: top + 9, class: "label"))
        for tick in up.ticks(max(Int(panel.height / 30), 2)) {
            content.append(Frame.line(frame.left, up(tick), frame.right, up(tick), class: "grid"))
            content.append(Frame.label(decimal(tick), x: frame.left - 6, y: up(tick) + 4, class: "tick", anchor: "end"))
        }
        for minute in checks { content.append(Frame.line(across(minute), bottom, across(minute), bottom + 5, class: "axis")) }
        content.append(Frame.line(frame.left, bottom, frame.right, bottom, class: "axis"))
        for expectation in panel.expectations { draw(expectation, across: across, up: up, into: &content) }
        for dose in doses { content.append(Frame.line(across(dose), start, across(dose), bottom, class: "dose-line")) }
        if let now { content.append(Frame.line(across(now), start, across(now), bottom, class: "today")) }
        for reading in panel.readings { content.append(mark(reading, across: across, up: up)) }
    }

    private func draw(_ expectation: Expectation, across: LinearScale, up: LinearScale, into content: inout [Element]) {
        func places(_ values: [Double]) -> [Place] { zip(expectation.minutes, values).map { Place(x: across($0), y: up($1)) } }
        let outline = linePath(places(expectation.high) + places(expectation.low).reversed())
        content.append(Element("path", ["class": expectation.isOwn ? "band own" : "band", "d": .s(outline + "Z")]))
        content.append(Element("path", ["class": expectation.isOwn ? "curve own" : "curve faint", "d": .s(linePath(places(expectation.middle)))]))
    }

    /// A bar between two values, a point for one; an alarm has a shape of its own.
    private func mark(_ reading: Reading, across: LinearScale, up: LinearScale) -> Element {
        let (x, top, bottom) = (across(reading.minute), up(reading.high), up(reading.low))
        let name = reading.isAlarming ? "measured alarming" : "measured"
        var shapes: [Element] = []
        if reading.low != reading.high {
            shapes.append(Frame.line(x, top, x, bottom, class: "\(name) bar"))
            shapes += [top, bottom].map { Frame.line(x - 5, $0, x + 5, $0, class: "\(name) bar") }
        }
        if reading.isAlarming {
            shapes.append(
                Element("path", ["class": .s(name), "d": .s("M\(decimal(rounded(x, places: 1))) \(decimal(rounded(top - 12, places: 1)))l6 10h-12z")]))
        }
        if reading.low == reading.high {
            shapes.append(Element("circle", ["class": .s(name), "cx": .n(x), "cy": .n(top), "r": 4]))
        }
        return Frame.mark(shapes, title: reading.title, fact: nil)
    }
}
