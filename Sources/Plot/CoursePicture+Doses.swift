extension CoursePicture {
    /// Doses as stems whose height is the dose in milligrams. Returns the height used.
    func doseLane(top: Double, frame: Frame, axis: TimeAxis, into output: inout [Element]) -> Double {
        guard !doses.isEmpty else { return 0 }
        let doses = doses.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
        let known = doses.compactMap(\.milligrams).filter { $0.isFinite && $0 >= 0 }
        output.append(Frame.label("Doses", x: 0, y: top + 12, class: "panel-title"))
        output.append(Frame.label(range(known), x: 0, y: top + 28, class: "small"))
        output.append(Frame.label("\(counted(doses.count, "dose"))", x: 0, y: top + 42, class: "small muted"))
        let legend = LegendEntry.draw(legend(doses), in: frame, top: top, into: &output)
        let bottom = top + legend + 66
        let scale = LinearScale(0...max(known.max() ?? 0, 1e-6), start: bottom, end: top + legend + 20)
        output.append(Frame.line(frame.left, bottom, frame.right, bottom, class: "axis"))
        output.append(Frame.label("0 mg", x: frame.left - 8, y: bottom + 4, class: "tick", anchor: "end"))
        if let highest = known.max(), highest > 0 {
            output.append(Frame.line(frame.left, scale(highest), frame.right, scale(highest), class: "grid"))
            output.append(Frame.label(decimal(highest), x: frame.left - 8, y: scale(highest) + 4, class: "tick", anchor: "end"))
        }

        let radius = min(max(frame.plotWidth / Double(doses.count) / 2.6, 1.6), 4)
        var labelled: Double?
        var freeFrom = -Double.infinity
        for dose in doses {
            let x = axis(dose.time)
            let milligrams = dose.milligrams.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
            let y = milligrams.map { scale($0) } ?? bottom - 8
            let color = Self.drugClass(dose.drug)
            var shapes = milligrams == nil ? [] : [Frame.line(x, bottom, x, y, class: "stem \(color)")]
            shapes.append(
                Self.routeSymbol(dose.route).element(
                    x: x, y: y, radius: radius, class: "dose \(color)" + (milligrams == nil ? " hollow" : "")))
            output.append(Frame.mark(shapes, title: tip(dose), fact: dose.fact))
            // The milligrams stand at the first dose and wherever they change, as far as there is room.
            let text = milligrams.map(decimal) ?? "?"
            let half = textWidth(text, size: Frame.small) / 2 + 2
            if milligrams != labelled || labelled == nil, x - half > freeFrom {
                output.append(Frame.label(text, x: x, y: y - 8, class: "small", anchor: "middle"))
                freeFrom = x + half
                labelled = milligrams
            }
        }
        return legend + 66 + 16
    }

    static func drugClass(_ drug: String) -> String {
        ["ketamine", "esketamine", "arketamine"].contains(drug) ? "drug-\(drug)" : "drug-other"
    }

    static func routeSymbol(_ route: String) -> Symbol {
        switch route {
        case "intravenous": .circle
        case "intranasal": .triangle
        case "intramuscular": .square
        case "subcutaneous": .diamond
        case "oral": .pentagon
        case "sublingual": .triangleDown
        default: .cross
        }
    }

    private func range(_ known: [Double]) -> String {
        guard let low = known.min(), let high = known.max() else { return "mg not known" }
        return low == high ? "\(decimal(low)) mg each" : "\(decimal(low)) to \(decimal(high)) mg"
    }

    private func tip(_ dose: Dose) -> String {
        let amount = dose.milligrams.map { "\(decimal($0)) mg" } ?? "amount in mg not known"
        return ["\(dose.drug) \(amount) \(dose.route)", dose.label, reads(dose.time, dose.when)].compactMap { $0 }.joined(separator: " · ")
    }

    private func legend(_ doses: [Dose]) -> [LegendEntry] {
        var seen: [String] = []
        var entries: [LegendEntry] = []
        for dose in doses {
            let text = "\(dose.drug), \(dose.route)"
            guard !seen.contains(text) else { continue }
            seen.append(text)
            // Drugs and routes are few; a chart that names dozens gets the first of them spelled out.
            guard entries.count < 8 else { continue }
            let name = "dose \(Self.drugClass(dose.drug))"
            let symbol = Self.routeSymbol(dose.route)
            entries.append(LegendEntry(sample: { x, y in [symbol.element(x: x, y: y, radius: 4, class: name)] }, text: text))
        }
        if doses.contains(where: { $0.milligrams == nil }) {
            entries.append(
                LegendEntry(
                    sample: { x, y in [Symbol.circle.element(x: x, y: y, radius: 4, class: "dose drug-other hollow")] },
                    text: "mg not known"))
        }
        return entries
    }
}
