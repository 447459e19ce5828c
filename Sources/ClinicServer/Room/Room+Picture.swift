import Chart
import Forecast
import Guidance
import Notation
import Plot

extension Room {
    /// What was measured beside what a model expects, over the minutes of the session.
    var picture: String {
        let start = firstDose ?? now
        let expected = forecast
        func minute(_ instant: Instant) -> Double { rounded(instant.minutes(since: start), places: 2) }
        let alarms = session.alerts.filter { $0.value != nil }
        // Of the facts an alert rests on, the one that raised it.
        func isAlarming(_ reading: Reading) -> Bool { alarms.contains { $0.at == reading.time && $0.finding.because.contains(reading.fact) } }
        func readings(_ metric: String, _ unit: String) -> [SessionPicture.Reading] {
            review.readings.all(metric, in: record.id).compactMap { reading in
                guard let value = reading.number else { return nil }
                return .init(
                    minute: minute(reading.time), low: value, high: value, title: "\(clock(reading.time)) \(decimal(value))\(unit)",
                    isAlarming: isAlarming(reading))
            }
        }
        var panels = [
            SessionPicture.Panel(
                name: "Blood pressure", unit: "mmHg", range: 50...160, readings: pressures(minute, isAlarming),
                expectations: (expected?.bands(.systolic) ?? []) + (expected?.bands(.diastolic) ?? []),
                height: 150),
            SessionPicture.Panel(name: "Heart rate", unit: "per minute", range: 50...110, readings: readings("hr", "/min"), height: 60),
            SessionPicture.Panel(name: "Oxygen saturation", unit: "%", range: 90...100, readings: readings("spo2", " %"), height: 50),
            SessionPicture.Panel(
                name: "Dissociation, CADSS", unit: "", range: 0...20, readings: readings("cadss23", ""),
                expectations: expected?.bands(.dissociation) ?? [],
                height: 80),
        ]
        if let expected {
            panels.append(
                SessionPicture.Panel(
                    name: "Expected in plasma", unit: "ng/mL", range: 0...50, readings: [], expectations: expected.bands(.concentration), height: 60))
        }
        return SessionPicture(
            title: "Session \(record.id)", doses: record.administrations.map { minute($0.body.time.instant) }, checks: unique(session.checks.map(\.minute)),
            now: session.state.isUnderWay && firstDose != nil ? minute(now).rounded(.down) : nil, panels: panels, notes: expected?.pictureNotes ?? []
        ).svg(id: "room")
    }

    /// Systolic and diastolic values taken at one time are one reading.
    private func pressures(_ minute: (Instant) -> Double, _ isAlarming: (Reading) -> Bool) -> [SessionPicture.Reading] {
        let diastolic = review.readings.all("dbp", in: record.id)
        return review.readings.all("sbp", in: record.id).compactMap { systolic in
            guard let high = systolic.number else { return nil }
            let partner = diastolic.first { $0.time == systolic.time }
            return .init(
                minute: minute(systolic.time), low: partner?.number ?? high, high: high,
                title: "\(clock(systolic.time)) \(decimal(high))/\(partner?.number.map(decimal) ?? "?") mmHg",
                isAlarming: isAlarming(systolic) || partner.map(isAlarming) ?? false)
        }
    }

    /// What to expect of the doses given, after what was measured; nil before the first dose.
    private var forecast: SessionForecast? {
        SessionForecast.inputs(record, review).flatMap { clinic.sessionForecasts.forecast($0.cause, $0.readings, knowledge: clinic.knowledge) }
    }
}
