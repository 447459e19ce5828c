import Guidance
import Plot
import Psychometrics
import Statistics

extension Programme {
    /// The programme beside published figures on the same scale at about the same time.
    func benchmarkSection(_ scales: [(Instrument, [VisitCount])]) -> ReportSection {
        var rows: [[ReportTable.Cell]] = []
        for (instrument, counts) in scales {
            for figure in published where figure.scale == instrument.id || figure.scale.hasPrefix(instrument.id + "<") {
                guard figure.statistic != .relapse, let visit = criteria.visit(on: figure.day), let count = counts.first(where: { $0.visit == visit }),
                    count.seen >= criteria.leastGroup
                else { continue }
                let own = Proportion(figure.statistic == .response ? count.responses : count.remissions, of: count.seen)
                let theirs = figure.people.map { Proportion(Int((figure.value / 100 * Double($0)).rounded()), of: $0) }
                rows.append([
                    .text(figure.trial + (figure.isRecalled ? " (recalled)" : "")), .text(figure.arm),
                    .text(figure.statistic == .response ? "response" : "remission"),
                    .text(figure.scale), .count(figure.day), figure.people.map { .count($0) } ?? .none, .percent(figure.value / 100),
                    .limits(theirs?.interval(), percent: true), .text(visit.id), .count(own.count), .percent(own.share), .limits(own.interval(), percent: true),
                    .limits(theirs.flatMap { Self.difference(own, $0) }, percent: true), .text(figure.source),
                ])
            }
        }
        var section = ReportSection(id: "benchmarks", title: "Beside published outcomes")
        section.notes = [
            "Published shares on the same scale at a day within the same visit. People in trials were chosen, treated by protocol and counted by rules of their own; the programme's "
                + "are those who were treated and seen. A difference says that the two groups came out differently, not why.",
            "A remission cut other than the programme's stands with the scale (MADRS<=10). Figures from memory are marked as recalled.",
        ]
        section.tables = [
            ReportTable(
                id: "benchmarks", title: "Published and own",
                columns: [
                    ("trial", "Published"), ("arm", "Arm"), ("outcome", "Outcome"), ("scale", "Scale"), ("day", "Day"), ("published_n", "n"),
                    ("published", "Published"), ("published_ci95", "95 % CI"), ("own_visit", "Own visit"), ("own_n", "n"), ("own", "Own"),
                    ("own_ci95", "95 % CI"),
                    ("difference_ci95", "Own less published, 95 % CI"), ("source", "Source"),
                ], rows: rows)
        ]
        if rows.isEmpty { section.notes.append("No published figure matches a scale and a visit with at least \(criteria.leastGroup) people seen.") }
        return section
    }

    /// Limits of a difference of shares (R. G. Newcombe, Stat. Med. 17 (1998) 873, method 10,
    /// DOI 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).
    static func difference(_ a: Proportion, _ b: Proportion) -> (low: Double, high: Double)? {
        guard let (p, q) = a.share.flatMap({ p in b.share.map { (p, $0) } }), let pLimits = a.interval(), let qLimits = b.interval() else { return nil }
        func root(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        return (p - q - root(p - pLimits.low, qLimits.high - q), p - q + root(pLimits.high - p, q - qLimits.low))
    }

    /// Response by site, within the limits of chance around all of them. Nil for one site.
    func siteSection(_ instrument: Instrument, _ courses: [Course]) -> ReportSection? {
        guard let visit = mainVisit else { return nil }
        var counts: [String: SiteCount] = [:]
        for course in courses where daysFollowed(course.row) >= visit.to {
            counts[course.row.site, default: SiteCount()].add(course.scale.reading(at: visit))
        }
        guard counts.count > 1 else { return nil }
        let sites = counts.sorted { $0.key < $1.key }
        let all = Proportion(sites.reduce(0) { $0 + $1.value.responses }, of: sites.reduce(0) { $0 + $1.value.seen })
        guard let share = all.share else { return nil }
        var section = ReportSection(id: "sites", title: "Sites")
        section.notes = [
            "Response on \(instrument.id) at \(visit.id), of those seen, around the share of all sites (\(ReportTable.Cell.percent(share).words)). If sites differed by chance alone about one in twenty would lie outside the "
                + "95 % limits and one in five hundred outside the 99.8 % limits. Sites that treat other people lie elsewhere for that reason; a site outside is a question, not an answer.",
            "Sites with fewer than \(criteria.leastGroup) people seen are counted in the share of all and not listed.",
        ]
        let listed = sites.filter { $0.value.seen >= criteria.leastGroup }
        section.tables = [
            ReportTable(
                id: "sites", title: "Response at \(visit.id) by site",
                columns: [
                    ("site", "Site"), ("due", "Due"), ("seen", "Seen"), ("response", "Response of seen"), ("limits_95", "95 % limits"),
                    ("limits_998", "99.8 % limits"),
                    ("place", "Place"),
                ],
                rows: listed.map { site, count in
                    let own = Proportion(count.responses, of: count.seen)
                    let inner = Proportion.funnelLimits(share, count: count.seen, level: 0.95)
                    let outer = Proportion.funnelLimits(share, count: count.seen, level: 0.998)
                    let value = own.share ?? share
                    let place = value < outer.low || value > outer.high ? "outside 99.8 %" : value < inner.low || value > inner.high ? "outside 95 %" : "within"
                    return [
                        .text(site), .count(count.treated), .count(count.seen), .percent(own.share), .limits(inner, percent: true),
                        .limits(outer, percent: true),
                        .text(place),
                    ]
                })
        ]
        if let most = listed.map(\.value.seen).max(), listed.count > 1 {
            section.pictures = [funnel(listed.map(\.value), share: share, most: most, visit: visit.id)]
        }
        return section
    }

    /// Of one site, at the main visit.
    private struct SiteCount {
        var treated = 0
        var seen = 0
        var responses = 0

        mutating func add(_ point: ChartOutcome.Point?) {
            treated += 1
            guard let point else { return }
            seen += 1
            if point.flags.contains(.response) { responses += 1 }
        }
    }

    private func funnel(_ sites: [SiteCount], share: Double, most: Int, visit: String) -> SeriesPicture {
        let sizes = Array(stride(from: criteria.leastGroup, through: most + most / 10 + 1, by: max(1, most / 120)))
        func limit(_ level: Double, _ side: (_ low: Double, _ high: Double) -> Double) -> [Double] {
            sizes.map { size in
                let limits = Proportion.funnelLimits(share, count: size, level: level)
                return 100 * side(limits.low, limits.high)
            }
        }
        let x = sizes.map(Double.init)
        return SeriesPicture(
            title: "Response at \(visit) by site",
            panels: [
                .init(
                    title: "Per cent of those seen", across: "people seen", range: 0...100,
                    series: [
                        .init("all sites", x: x, y: x.map { _ in 100 * share }, shape: .limit),
                        .init("95 %", x: x, y: limit(0.95) { low, _ in low }, shape: .limit),
                        .init("95 %", x: x, y: limit(0.95) { _, high in high }, shape: .limit),
                        .init("99.8 %", x: x, y: limit(0.998) { low, _ in low }, shape: .limit),
                        .init("99.8 %", x: x, y: limit(0.998) { _, high in high }, shape: .limit),
                        .init("sites", x: sites.map { Double($0.seen) }, y: sites.map { 100 * Double($0.responses) / Double($0.seen) }, shape: .points),
                    ])
            ])
    }

    /// Change at the main visit by what was given, adjusted by a linear model. Nil where there is one group only.
    func comparisonSection(_ instrument: Instrument, _ courses: [Course]) -> ReportSection? {
        guard let visit = mainVisit else { return nil }
        let seen = courses.compactMap { course in course.scale.reading(at: visit).map { (course: course, change: $0.total - course.scale.baseline) } }
        let complete = seen.compactMap { course, change in
            course.outcome.age.flatMap { age in course.outcome.product.map { (course: course, age: age, product: $0, change: change) } }
        }
        let counts = complete.reduce(into: [ChartOutcome.Preparation: Int]()) { $0[$1.product, default: 0] += 1 }
        let products = counts.filter { $0.value >= criteria.leastGroup }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
        guard products.count > 1 else { return nil }
        let codes = Dictionary(uniqueKeysWithValues: zip(products, products.indices))
        let used = complete.filter { codes[$0.product] != nil }
        let sites = Array(Set(used.map(\.course.row.site))).sorted()
        let siteCodes = Dictionary(uniqueKeysWithValues: zip(sites, sites.indices))
        let design = Design(
            [
                ("product", .factor(codes: used.map { codes[$0.product] ?? 0 }, levels: products.map(\.name))),
                ("baseline", .number(used.map { $0.course.scale.baseline })), ("age", .number(used.map { Double($0.age) })),
                ("female", .number(used.map { $0.course.outcome.sex == .female ? 1 : 0 })),
                ("trials", .number(used.map { Double($0.course.outcome.failedTrials) })),
                ("site", .factor(codes: used.map { siteCodes[$0.course.row.site] ?? 0 }, levels: sites)),
            ], terms: [["product"], ["baseline"], ["age"], ["female"], ["trials"]] + (sites.count > 1 ? [["site"]] : []))
        guard let model = LinearModel(design, response: used.map(\.change)) else { return nil }
        var section = ReportSection(id: "comparison", title: "Treatments beside each other, adjusted")
        section.notes = [
            "Change of \(instrument.id) at \(visit.id), by the drug and route given most often: analysis of covariance with baseline, age, sex, number of adequate failed trials"
                + (sites.count > 1 ? " and site" : "")
                + "; \(used.count) of \(seen.count) people seen, the others have no age on record or were given something that few were.",
            "Assumed: change is linear in these and alike in every group, residuals are about normal and of one variance, who was not seen would have changed as those who were seen, and nothing else that "
                + "matters differs between the groups. The last two cannot be checked here and are hardly ever true, so that an adjusted difference is a description and not the effect of a treatment.",
        ]
        section.tables = [
            ReportTable(
                id: "means", title: "Adjusted mean change",
                columns: [
                    ("product", "Drug and route"), ("people", "People"), ("mean_change", "Adjusted mean"), ("ci95", "95 % CI"),
                    ("difference", "Against \(products[0].name)"), ("difference_ci95", "95 % CI"), ("p", "p"),
                ],
                rows: products.map { product in
                    let mean = model.contrast(design.mean(at: ["product": .level(product.name)]))
                    let difference = product == products[0] ? nil : model.contrast(design.difference(in: "product", product.name, products[0].name))
                    return [
                        .text(product.name), .count(counts[product] ?? 0), .number(mean?.estimate), .limits(mean?.interval()), .number(difference?.estimate),
                        .limits(difference?.interval()), difference.map { .p($0.p) } ?? .none,
                    ]
                })
        ]
        return section
    }
}
