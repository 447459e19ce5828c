import Forecast
import Guidance
import Plot
import Synchronization

/// What sessions are expected to show, computed once for the same doses and readings and kept while it may be asked for again.
final class SessionForecasts: Sendable {
    private struct Key: Hashable {
        var cause: SessionForecast.Cause
        var readings: [SessionForecast.Reading]
    }

    private let kept = Mutex<[Key: SessionForecast?]>([:])
    private static let capacity = 500

    func forecast(_ cause: SessionForecast.Cause, _ readings: [SessionForecast.Reading], knowledge: KnowledgeBase) -> SessionForecast? {
        let key = Key(cause: cause, readings: readings)
        if let found = kept.withLock({ $0[key] }) { return found }
        let forecast = SessionForecast(cause, readings, knowledge: knowledge)
        kept.withLock { kept in
            if kept.count >= Self.capacity { kept.removeAll() }
            kept[key] = .some(forecast)
        }
        return forecast
    }
}

extension SessionForecast {
    /// The population's band, and over it the person's own once something was measured.
    func bands(_ quantity: Quantity) -> [SessionPicture.Expectation] {
        func band(_ values: [Quantiles], isOwn: Bool) -> SessionPicture.Expectation {
            .init(minutes: minutes, middle: values.map(\.p50), low: values.map(\.p05), high: values.map(\.p95), isOwn: isOwn)
        }
        return [population[quantity].map { band($0, isOwn: false) }, individual[quantity].map { band($0, isOwn: true) }].compactMap { $0 }
    }

    /// Below the picture.
    var pictureNotes: [String] {
        let own =
            used == 0
            ? "Shaded: nine tenths of people, dashed the median, by model \(model)."
            : "Pale: nine tenths of people. Darker: this person after \(counted(used, "reading")) in the session, nine tenths of what is likely, by model \(model)."
        return [([own] + notes.map(\.capitalizedFirst).map { $0.hasSuffix(".") ? $0 : $0 + "." }).joined(separator: " ")]
    }
}
