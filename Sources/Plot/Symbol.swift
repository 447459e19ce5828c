/// The shapes of data marks. Each is drawn to the same visual weight for a radius in pixels.
enum Symbol: Sendable {
    case circle, ring, square, diamond, triangle, triangleDown, pentagon, cross, bar

    func element(x: Double, y: Double, radius r: Double, class name: String) -> Element {
        switch self {
        case .circle: return Element("circle", ["class": .s(name), "cx": .n(x), "cy": .n(y), "r": .n(r)])
        case .ring: return Element("circle", ["class": .s(name + " hollow"), "cx": .n(x), "cy": .n(y), "r": .n(r)])
        case .square:
            let a = r * 0.89
            return Element("rect", ["class": .s(name), "x": .n(x - a), "y": .n(y - a), "width": .n(2 * a), "height": .n(2 * a)])
        case .diamond: return polygon([(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)], x, y, r, name)
        case .triangle: return polygon([(0, -1.25), (1.17, 0.8), (-1.17, 0.8)], x, y, r, name)
        case .triangleDown: return polygon([(0, 1.25), (1.17, -0.8), (-1.17, -0.8)], x, y, r, name)
        case .pentagon: return polygon([(0, -1.15), (1.09, -0.36), (0.68, 0.93), (-0.68, 0.93), (-1.09, -0.36)], x, y, r, name)
        case .cross:
            let t = 0.38
            return polygon(
                [
                    (-t, -1.1), (t, -1.1), (t, -t), (1.1, -t), (1.1, t), (t, t), (t, 1.1), (-t, 1.1), (-t, t), (-1.1, t), (-1.1, -t),
                    (-t, -t),
                ],
                x, y, r, name)
        case .bar: return Element("rect", ["class": .s(name), "x": .n(x - 1), "y": .n(y - r), "width": 2, "height": .n(2 * r)])
        }
    }

    private func polygon(_ points: [(Double, Double)], _ x: Double, _ y: Double, _ r: Double, _ name: String) -> Element {
        let text = points.map { decimal(x + $0.0 * r) + "," + decimal(y + $0.1 * r) }.joined(separator: " ")
        return Element("polygon", ["class": .s(name), "points": .s(text)])
    }
}

/// A point on the page in pixels, y pointing down.
struct Place: Sendable, Equatable {
    var x: Double
    var y: Double
}

/// Path data through `places`, point to point.
func linePath(_ places: [Place]) -> String {
    places.enumerated().map { ($0 == 0 ? "M" : "L") + decimal($1.x) + " " + decimal($1.y) }.joined()
}

/// Path data that holds each value until the next begins.
func stepPath(_ places: [Place]) -> String {
    places.enumerated().map { $0 == 0 ? "M\(decimal($1.x)) \(decimal($1.y))" : "H\(decimal($1.x))V\(decimal($1.y))" }.joined()
}
