import Chart
import Foundation
import Guidance
import Notation
import Storage

/// Which facts of a chart bear on its outcomes, told by a glance at what is stored. Most of a chart are vital signs, and of those only the readings of
/// sessions in which a rule of pressure may turn on one make a difference: reading the others would be most of the work.
///
/// A chart in which anything about them is out of the ordinary (no session, another unit, a correction, a pressure told with an event) is read as a whole.
struct OutcomeFacts: Sendable {
    /// Facts that say nothing of outcomes.
    static let without: [FactKind] = [.note, .signature, .override]

    private let watch: ReadingWatch
    private let index: MetricIndex
    /// Names under which a fact may carry what is watched.
    private let names: Set<String>
    /// Readings and scales that nothing here looks at, as bytes of JSON: those that are written most often.
    private let passed: [[UInt8]]
    /// Metrics that are watched, with their units.
    private let watched: [(id: String, name: [UInt8], unit: [UInt8])]

    init(_ knowledge: KnowledgeBase) {
        watch = ReadingWatch(Set(knowledge.programme.pressureRules), of: knowledge.ruleBook)
        let (index, names) = (knowledge.metrics, watch.names(in: knowledge.metrics))
        (self.index, self.names) = (index, names)
        passed = (["hr", "spo2", "rr", "temp"].filter { !names.contains($0) } + ["MOAA/S", "CADSS-23", "CADSS-6"]).map(Self.quoted)
        watched = watch.metrics.map { id in (id, Self.quoted(id), Self.quoted(index[id]?.unit ?? "")) }
    }

    private static func quoted(_ text: String) -> [UInt8] { Array("\"\(text)\"".utf8) }

    /// What a glance at one fact tells.
    private enum Glance {
        case counts, passed
        /// Of a session that it names, by a value on which a rule may turn or may not.
        case reading(session: String, mayTurn: Bool)
        /// Out of the ordinary.
        case unclear
    }

    /// Those that bear on outcomes.
    func chosen(_ stored: [StoredFact]) -> [StoredFact] {
        var turning: Set<String> = []
        var glances: [Glance] = []
        glances.reserveCapacity(stored.count)
        for fact in stored {
            let glance = glance(at: fact)
            switch glance {
            case .unclear: return stored
            case .reading(let session, true): turning.insert(session)
            case .reading, .counts, .passed: break
            }
            glances.append(glance)
        }
        return stored.indices.filter { place in
            switch glances[place] {
            case .counts, .unclear: true
            case .passed: false
            case .reading(let session, _): turning.contains(session)
            }
        }.map { stored[$0] }
    }

    private func glance(at fact: StoredFact) -> Glance {
        let glance = fact.payload.utf8.withContiguousStorageIfAvailable { bytes -> Glance in
            switch fact.kind {
            case .measurement: measurement(bytes)
            case .assessment: assessment(bytes)
            case .session, .course: event(bytes)
            default: .counts
            }
        }
        return glance ?? .unclear
    }

    private func measurement(_ bytes: UnsafeBufferPointer<UInt8>) -> Glance {
        var (metric, session, unit, value): (UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?, UnsafeBufferPointer<UInt8>?)
        var corrects = false
        let isWhole = JSONReader.glance(bytes) { key, content in
            if key.isText("metric") {
                metric = content
            } else if key.isText("session") {
                session = content
            } else if key.isText("unit") {
                unit = content
            } else if key.isText("value") {
                value = content
            } else if key.isText("supersedes") {
                corrects = true
            }
        }
        guard isWhole, !corrects, let metric else { return .unclear }
        if passed.contains(where: metric.holds) { return .passed }
        guard let watched = watched.first(where: { metric.holds($0.name) }) else {
            return isNamed(metric.text) ? .unclear : .counts
        }
        guard let session, session.count > 2, let unit, unit.holds(watched.unit), let number = value.flatMap({ Double($0.plain) }) else { return .unclear }
        return .reading(session: session.text, mayTurn: watch.mayTurn(on: .number(number), of: watched.id))
    }

    private func assessment(_ bytes: UnsafeBufferPointer<UInt8>) -> Glance {
        var (isPassed, corrects) = (false, false)
        let isWhole = JSONReader.glance(bytes) { key, content in
            if key.isText("instrument") { isPassed = passed.contains(where: content.holds) }
            if key.isText("supersedes") { corrects = true }
        }
        return isWhole && isPassed && !corrects ? .passed : .counts
    }

    /// Every answer that is given with an event is a member of its own.
    private func event(_ bytes: UnsafeBufferPointer<UInt8>) -> Glance {
        var tells = false
        let isWhole = JSONReader.glance(bytes) { key, _ in
            tells = tells || !Self.everyEvent.contains(where: key.isText) && isNamed(key.plain)
        }
        return isWhole && !tells ? .counts : .unclear
    }

    /// Members that say nothing of a metric.
    private static let everyEvent: [StaticString] = ["event", "id", "patient", "session", "time", "type"]

    private func isNamed(_ name: String) -> Bool { names.contains(name) || index.named(name).map { names.contains($0.id) } ?? false }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate func isText(_ text: StaticString) -> Bool { holds(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)) }

    fileprivate func holds(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBufferPointer(holds) }

    private func holds(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == bytes.count, let base = baseAddress, let other = bytes.baseAddress else { return false }
        return memcmp(base, other, count) == 0
    }

    fileprivate var plain: String { String(decoding: self, as: UTF8.self) }

    /// Without its quotes.
    fileprivate var text: String { String(decoding: dropFirst().dropLast(), as: UTF8.self) }
}
