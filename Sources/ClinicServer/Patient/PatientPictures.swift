import Chart
import Guidance
import Notation
import Pharmacology
import Plot

/// The pictures of one chart.
struct PatientPictures {
    let review: Review
    /// Minutes east of UTC in which times are written.
    let offset: Int
    let outlook: OutlookModel?

    init(_ review: Review, offset: Int, outlook: OutlookModel? = nil) {
        self.review = review
        self.offset = offset
        self.outlook = outlook
    }

    private var today: Double { milliseconds(review.view.asOf) }
    private func milliseconds(_ instant: Instant) -> Double { Double(instant.milliseconds) }
    private func milliseconds(_ moment: Moment) -> Double { milliseconds(moment.instant) }

    var course: String { courseStyled(.page) }
    /// The scale that is forecast, with the doses.
    var expected: String {
        var picture = CoursePicture(today: today)
        picture.offset = offset
        picture.title = "Course, and what is to be expected"
        picture.series = review.symptoms.filter { $0.instrument.id == outlook?.outlook.forecast.scale.instrument }.map(series)
        picture.doses = doses
        return picture.svg(id: "expected")
    }

    var trials: String { trialsStyled(.page) }

    func courseStyled(_ style: PictureStyle) -> String {
        let view = review.view
        var picture = CoursePicture(today: today)
        picture.offset = offset
        picture.series = review.symptoms.sorted { order($0) < order($1) }.map(series)
        picture.doses = doses
        picture.adverseEvents = view.adverseEvents.map { event in
            .init(
                onset: milliseconds(event.body.onset), resolved: event.body.resolved.map { milliseconds($0) }, term: event.body.term,
                severity: event.body.severity.flatMap { .init(rawValue: $0.rawValue) } ?? .unknown, serious: event.body.serious ?? false,
                when: event.body.onset.reading, fact: event.id)
        }
        picture.therapies = view.therapies.map { .init(time: milliseconds($0.body.time), label: $0.body.modality, when: $0.body.time.reading, fact: $0.id) }
        picture.medications = view.medications.filter { $0.body.stopped != true || $0.body.end != nil }.map { medication in
            .init(
                start: medication.body.start.map { milliseconds($0) }, end: medication.body.end.map { milliseconds($0) },
                label: [medication.body.drug, medication.body.dose].compactMap { $0 }.joined(separator: " "), when: medication.body.start?.reading,
                fact: medication.id)
        }
        return picture.svg(id: "course", style: style)
    }

    /// One mark for what a session gave by one route: three devices of 28 mg are 84 mg.
    private var doses: [CoursePicture.Dose] {
        let groups = Dictionary(grouping: review.view.administrations) { dose in
            [dose.body.session ?? dose.id, dose.body.drug.rawValue, dose.body.route.rawValue]
        }
        return groups.values.compactMap { group in
            guard let first = group.first?.body else { return nil }
            let masses = group.map { dose -> Double? in if case .milligrams(let value) = dose.body.dose { value } else { nil } }
            let each = group.count > 1 && Set(group.map(\.body.dose.description)).count == 1 ? "\(group.count) × \(first.dose)" : nil
            return .init(
                time: milliseconds(first.time), milligrams: masses.contains(nil) ? nil : masses.compactMap { $0 }.reduce(0, +), drug: first.drug.rawValue,
                route: first.route.rawValue,
                label: [each ?? (group.count == 1 ? first.dose.description : nil), first.durationMinutes.map { "over \(decimal($0)) min" }].compactMap { $0 }
                    .joined(separator: " "),
                when: first.time.reading, fact: group.first?.id)
        }.sorted { ($0.time, $0.drug, $0.route) < ($1.time, $1.drug, $1.route) }
    }

    /// Depression first, the most assessed scale of it at the top.
    private func order(_ course: SymptomCourse) -> (Int, Int, String) {
        (course.instrument.measures == .depression ? 0 : 1, -course.points.count, course.instrument.id)
    }

    private func series(_ course: SymptomCourse) -> CoursePicture.Series {
        let rules = course.instrument.change
        return .init(
            name: course.instrument.id, maximum: course.instrument.scoring.high ?? course.points.map(\.total).max() ?? 1,
            points: course.points.map { point in
                .init(
                    time: milliseconds(point.time), value: point.total, label: point.band,
                    isRelapse: course.status == .relapse && course.because.dropFirst().contains(point.fact),
                    when: point.time.reading, fact: point.fact)
            },
            baseline: course.baseline.total, response: rules.map { course.baseline.total * (1 - $0.response.value) }, remission: rules?.remission?.value,
            note: course.points.count < 2
                ? nil
                : [course.change.percent.map { "\(signed(rounded($0, places: 0))) %" }, statusText(course.status)].compactMap { $0 }.joined(separator: ", "),
            outlook: outlook.flatMap { $0.outlook.forecast.scale.instrument == course.instrument.id ? $0.picture : nil })
    }

    func trialsStyled(_ style: PictureStyle) -> String {
        var picture = TrialsPicture(today: today)
        picture.episode = review.resistance.episode?.start.map { .init(start: milliseconds($0)) }
        picture.trials = review.resistance.trials.map { trial in
            .init(
                treatment: trial.name, dose: trial.milligramsPerDay.map { "\(decimal($0)) mg/day" } ?? trial.sessions.map { counted($0, "session") },
                start: trial.start.map { milliseconds($0) }, end: trial.end.map { milliseconds($0) }, isRunning: trial.end == nil && !trial.hasUnknownEnd,
                kind: kind(trial), augments: trial.augments, verdict: .init(rawValue: trial.verdict.rawValue) ?? .undetermined, detail: trial.why,
                fact: trial.because.first)
        }
        return picture.svg(id: "trials", style: style)
    }

    private func kind(_ trial: TrialJudgement) -> TrialsPicture.Kind {
        switch trial.treatment?.category {
        case .antidepressant, .augmentation, nil: .drug
        case .neurostimulation: .neurostimulation
        case .psychotherapy: .psychotherapy
        }
    }
}
