import Statistics

/// How a turnover response is integrated over one step: `panels` equal parts with `nodes` Gauss-Legendre nodes each.
struct QuadratureRule: Sendable, Hashable {
    var panels: Int
    var nodes: Int

    /// From cheap to dear. The last is used where nothing cheaper is accurate enough.
    static let ladder = [
        QuadratureRule(panels: 1, nodes: 2), QuadratureRule(panels: 1, nodes: 4), QuadratureRule(panels: 1, nodes: 6), QuadratureRule(panels: 1, nodes: 8),
        QuadratureRule(panels: 1, nodes: 12), QuadratureRule(panels: 1, nodes: 16), QuadratureRule(panels: 2, nodes: 12), QuadratureRule(panels: 2, nodes: 16),
        QuadratureRule(panels: 4, nodes: 16), QuadratureRule(panels: 8, nodes: 16), QuadratureRule(panels: 16, nodes: 16),
    ]

    /// Nodes on [0, 1] with weights that sum to 1.
    var points: (nodes: [Double], weights: [Double]) {
        let rule = GaussLegendre(count: nodes)
        let width = 1 / Double(panels)
        var points: ([Double], [Double]) = ([], [])
        for panel in 0..<panels {
            points.0 += rule.nodes.map { (Double(panel) + $0) * width }
            points.1 += rule.weights.map { $0 * width }
        }
        return points
    }
}
