import Notation

/// Simulated courses over hours: one panel for each output, the median as a line, half and nine tenths of the people as bands.
///
/// ```swift
/// CurvesPicture(title: "56 mg intranasal", panels: [.init(name: "Esketamine", unit: "ng/mL", times: t, middle: c)]).svg(id: "course")
/// ```
public struct CurvesPicture: Sendable, Equatable {
    public struct Band: Sendable, Equatable {
        public var low: [Double]
        public var high: [Double]

        public init(low: [Double], high: [Double]) {
            self.low = low
            self.high = high
        }
    }

    public struct Panel: Sendable, Equatable {
        public var name: String
        public var unit: String
        /// Hours, ascending.
        public var times: [Double]
        /// The median, or the one person's course.
        public var middle: [Double]
        /// Widest first.
        public var bands: [Band]

        public init(name: String, unit: String, times: [Double], middle: [Double], bands: [Band] = []) {
            self.name = name
            self.unit = unit
            self.times = times
            self.middle = middle
            self.bands = bands
        }
    }

    public var title: String
    /// Hours at which a dose is given, marked in every panel.
    public var doses: [Double]
    public var panels: [Panel]
    /// What the bands are and what a reader has to know, below the panels.
    public var notes: [String]

    public init(title: String, doses: [Double] = [], panels: [Panel], notes: [String] = []) {
        self.title = title
        self.doses = doses
        self.panels = panels
        self.notes = notes
    }

    private static let panelHeight = 150.0

    public func svg(id: String, width: Double = 960, style: PictureStyle = .page) -> String {
        let width = max(width.isFinite ? width : 960, 320)
        let frame = Frame(left: 64, right: width - 16, width: width)
        var content = [Frame.label(fitted(title, width: width, size: 13), x: 0, y: 12, class: "panel-title")]
        var y = 34.0
        for panel in panels where !panel.times.isEmpty {
            draw(panel, top: y, frame: frame, into: &content)
            y += Self.panelHeight + 58
        }
        for note in notes {
            for line in wrapped(note, width: width - 8, size: Frame.small) {
                content.append(Frame.label(line, x: 0, y: y, class: "small muted"))
                y += 15
            }
            y += 4
        }
        let peaks = panels.map { panel in "\(panel.name) up to \(figure(panel.middle.filter(\.isFinite).max() ?? 0)) \(Self.written(panel.unit))" }.joined(
            separator: ", ")
        return Frame.picture(content, id: id, width: width, height: y + 4, title: title, description: "Over hours: \(peaks).", style: style).rendered
    }

    private func draw(_ panel: Panel, top: Double, frame: Frame, into content: inout [Element]) {
        let highest = ([panel.middle] + panel.bands.map(\.high)).flatMap { $0 }.filter(\.isFinite).max() ?? 0
        let bottom = top + 18 + Self.panelHeight
        let across = LinearScale((panel.times.first ?? 0)...max(panel.times.last ?? 0, (panel.times.first ?? 0) + 1e-9), start: frame.left, end: frame.right)
        let up = LinearScale(0...max(highest, 1e-12), start: bottom, end: top + 18)
        let unit = Self.written(panel.unit)
        content.append(Frame.label(unit.isEmpty ? panel.name : "\(panel.name), \(unit)", x: 0, y: top + 8, class: "label"))
        for dose in doses where (panel.times.first ?? 0)...(panel.times.last ?? 0) ~= dose {
            content.append(Frame.line(across(dose), top + 18, across(dose), bottom, class: "dose-line"))
        }
        content += frame.axes(across, up, bottom: bottom, name: "hours", spacing: 90, rows: 4, figure: figure)
        func places(_ values: [Double]) -> [Place] {
            zip(panel.times, values).filter(\.1.isFinite).map { Place(x: across($0), y: up($1)) }
        }
        for band in panel.bands {
            let outline = linePath(places(band.high) + places(band.low).reversed())
            content.append(Element("path", ["class": "band", "d": .s(outline + "Z")]))
        }
        content.append(Element("path", ["class": "curve", "d": .s(linePath(places(panel.middle)))]))
    }

    /// A UCUM unit as a reader writes it.
    private static func written(_ unit: String) -> String {
        let known = ["mm[Hg]": "mmHg", "/min": "per minute", "1": ""]
        return known[unit] ?? (unit.hasPrefix("{") ? "" : unit)
    }

    /// At most three digits after the point, none that say nothing.
    private func figure(_ value: Double) -> String { decimal(rounded(value, places: value < 10 ? 3 : 1)) }
}
