import Guidance
import Plot
import Psychometrics
import Statistics

extension Programme {
    /// Change at every visit up to the main one by what was given, by a model for repeated measures: whoever was seen at any of the visits is
    /// in it. Nil where there is one group only, or too few people for the model.
    func repeatedSection(_ instrument: Instrument, _ courses: [Course]) -> ReportSection? {
        guard let main = mainVisit else { return nil }
        let early = criteria.visits.filter { $0.to <= main.to }
        let known = courses.compactMap { course in
            course.outcome.age.flatMap { age in course.outcome.product.map { (course: course, age: age, product: $0) } }
        }
        let changes = known.map { person in early.map { visit in person.course.scale.reading(at: visit).map { $0.total - person.course.scale.baseline } } }
        // A visit is in the model when enough people of every group were seen at it, the main visit decides about the groups.
        var seen: [ChartOutcome.Preparation: [Int]] = [:]
        for (person, changes) in zip(known, changes) {
            for visit in early.indices where changes[visit] != nil { seen[person.product, default: early.map { _ in 0 }][visit] += 1 }
        }
        let products = seen.filter { $0.value[early.count - 1] >= criteria.leastGroup }
            .sorted { ($1.value[early.count - 1], $0.key) < ($0.value[early.count - 1], $1.key) }.map(\.key)
        guard products.count > 1 else { return nil }
        let visits = early.indices.filter { visit in products.allSatisfy { (seen[$0]?[visit] ?? 0) >= max(criteria.leastGroup, 3) } }
        guard visits.count > 1 else { return nil }
        let codes = Dictionary(uniqueKeysWithValues: zip(products, products.indices))
        let used = known.indices.filter { person in codes[known[person].product] != nil && visits.contains { changes[person][$0] != nil } }
        func column(_ value: (Int) -> Double) -> Design.Variable { .number(used.map(value)) }
        let design = Design(
            [
                ("product", .factor(codes: used.map { codes[known[$0].product] ?? 0 }, levels: products.map(\.name))),
                ("baseline", column { known[$0].course.scale.baseline }), ("age", column { Double(known[$0].age) }),
                ("female", column { known[$0].course.outcome.sex == .female ? 1 : 0 }),
                ("trials", column { Double(known[$0].course.outcome.failedTrials) }),
            ], terms: [["product"], ["baseline"], ["age"], ["female"], ["trials"]])
        guard let model = try? VisitModel(design, responses: used.map { person in visits.map { changes[person][$0] } }) else { return nil }
        return section(
            instrument, model, design, products.map { product in (product.name, visits.map { seen[product]?[$0] ?? 0 }) }, visits.map { early[$0] },
            people: used.count, of: courses.count)
    }

    /// - Parameter groups: with how many were seen at each visit.
    private func section(
        _ instrument: Instrument, _ model: VisitModel, _ design: Design, _ groups: [(product: String, seen: [Int])], _ visits: [ProgrammeCriteria.Visit],
        people: Int, of all: Int
    ) -> ReportSection {
        let products = groups.map(\.product)
        var section = ReportSection(id: "repeated", title: "Treatments beside each other over visits, adjusted")
        section.notes = [
            "Change of \(instrument.id) by the drug and route given most often: a mixed model for repeated measures (MMRM) with baseline, age, sex and number of adequate failed trials at every visit, "
                + "an unstructured covariance of visits, restricted maximum likelihood and Satterthwaite's degrees of freedom; \(people) of \(all) people with a baseline, the others have no age on "
                + "record, were seen at none of the visits or were given something that few were.",
            "Assumed: change is linear in these and alike in every group, residuals are about normal with the same covariance in every group, who was not seen would have gone on like those with the "
                + "same scores before, and nothing else that matters differs between the groups. The last two cannot be checked here and are hardly ever true, so that an adjusted difference is a "
                + "description and not the effect of a treatment.",
        ]
        let means = products.map { product in visits.indices.map { model.contrast(design.mean(at: ["product": .level(product)]), at: $0) } }
        section.tables = [
            ReportTable(
                id: "means", title: "Adjusted mean change by visit",
                columns: [
                    ("product", "Drug and route"), ("visit", "Visit"), ("people", "Seen"), ("mean_change", "Adjusted mean"), ("ci95", "95 % CI"),
                    ("difference", "Against \(products[0])"), ("difference_ci95", "95 % CI"), ("degrees", "df"), ("p", "p"),
                ],
                rows: products.enumerated().flatMap { index, product in
                    visits.enumerated().map { visit, named in
                        let mean = means[index][visit]
                        let difference = index == 0 ? nil : model.contrast(design.difference(in: "product", product, products[0]), at: visit)
                        return [
                            .text(product), .text(named.id), .count(groups[index].seen[visit]), .number(mean?.estimate), .limits(mean?.interval()),
                            .number(difference?.estimate), .limits(difference?.interval()), .number(difference?.degrees), difference.map { .p($0.p) } ?? .none,
                        ]
                    }
                })
        ]
        section.pictures = [
            SeriesPicture(
                title: "\(instrument.id): adjusted change by visit",
                panels: [
                    .init(
                        title: "Points from baseline, with 95 % intervals", across: "weeks from the first dose",
                        series: zip(products, means).map { product, contrasts in
                            let known = zip(visits, contrasts).compactMap { visit, contrast in contrast.map { (x: Double(visit.day) / 7, found: $0) } }
                            return .init(
                                product, x: known.map(\.x), y: known.map(\.found.estimate), low: known.map { $0.found.interval().low },
                                high: known.map { $0.found.interval().high })
                        })
                ])
        ]
        return section
    }
}
