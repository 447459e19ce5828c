/// A score's trend in the height of a table row: the line, the zone of remission, the latest point.
///
/// ```swift
/// Sparkline(name: "MADRS", values: [34, 28, 19, 12], maximum: 60, remission: 10).svg(id: "trend-p1")
/// ```
public struct Sparkline: Sendable, Equatable {
    public var name: String
    /// In time order, evenly spaced: the list shows the direction, the chart shows when.
    public var values: [Double]
    public var maximum: Double
    /// Scores up to here are remission.
    public var remission: Double?

    public init(name: String, values: [Double], maximum: Double, remission: Double? = nil) {
        self.name = name
        self.values = values
        self.maximum = maximum
        self.remission = remission
    }

    public static let width = 120.0
    public static let height = 28.0

    public func svg(id: String, style: PictureStyle = .page) -> String { element(id: id, style: style).rendered }

    public func element(id: String, style: PictureStyle = .page) -> Element {
        let values = values.filter(\.isFinite)
        guard let first = values.first, let last = values.last else {
            return picture([Frame.label("no score yet", x: 2, y: 18, class: "small muted")], id: id, "\(name): no score yet", style)
        }
        // The patient's own highest score fills the height, so that half the height is half of the symptoms.
        let scale = LinearScale(0...max(values.max() ?? 0, (remission ?? 0) * 1.5, 1), start: Self.height - 2, end: 4)
        let across = LinearScale(0...Double(max(values.count - 1, 0)), start: 4, end: Self.width - 6)
        var content: [Element] = []
        if let remission {
            let y = scale(remission)
            content.append(Frame.rect(0, y, Self.width, Self.height - y, class: "remission-zone"))
            content.append(Frame.line(0, y, Self.width, y, class: "reference remission"))
        }
        let places = values.enumerated().map { Place(x: across(Double($0.offset)), y: scale($0.element)) }
        if places.count > 1 { content.append(Element("path", ["class": "score-line", "d": .s(linePath(places))])) }
        if let place = places.last { content.append(Symbol.circle.element(x: place.x, y: place.y, radius: 3, class: "score latest")) }
        let text =
            values.count == 1 ? "\(name): \(decimal(first))" : "\(name): \(decimal(first)) to \(decimal(last)) over \(values.count) scores"
        return picture(content, id: id, text, style)
    }

    private func picture(_ content: [Element], id: String, _ text: String, _ style: PictureStyle) -> Element {
        let cut = remission.map { "Remission at \(decimal($0)) or less of \(decimal(maximum))." } ?? "Scale from 0 to \(decimal(maximum))."
        return Frame.picture(
            content, id: id, width: Self.width, height: Self.height, title: text, description: cut, style: style, class: "plot sparkline")
    }
}
