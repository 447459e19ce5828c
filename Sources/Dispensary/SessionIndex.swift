import Notation

/// Whose session each line speaks of.
///
/// A line that names a patient says it itself. Any other belongs to the patient whom the nearest statements about its session name: nearer
/// is a statement about the same lot, then one of the same day, then an issue rather than another line, and a line rather than a chart.
struct SessionIndex: Sendable {
    private var sessions: [String: PatientSession] = [:]
    /// Lines that may belong to several patients.
    private(set) var ambiguous: [LedgerLine] = []

    /// What a line leaves open: whose session this is, of which it has that lot on that day.
    private struct Question: Hashable {
        var session: String
        var lot: String?
        var day: Day
    }

    /// What the ledger or a chart says of a session and its patient.
    private struct Statement {
        var patient: String
        var lot: String?
        var day: Day?
        var origin: Origin

        enum Origin: Int { case issue, line, chart }

        func distance(from question: Question) -> Int { (lot == question.lot ? 0 : 8) + (day == question.day ? 0 : 4) + origin.rawValue }
    }

    init(_ lines: [LedgerLine], doses: [GivenDose]) {
        let moving = lines.filter { $0.kind.moves }
        var statements: [String: [Statement]] = [:]
        for line in moving {
            guard let session = line.session, let patient = line.patient else { continue }
            statements[session, default: []].append(
                Statement(patient: patient, lot: line.lot, day: line.time.day, origin: line.kind == .issue ? .issue : .line))
        }
        for dose in doses {
            guard let session = dose.session, let patient = dose.patient else { continue }
            statements[session, default: []].append(Statement(patient: patient, lot: dose.lot, day: dose.time?.day, origin: .chart))
        }
        var answers: [Question: Set<String>] = [:]
        for line in moving {
            guard let session = line.session else { continue }
            let question = Question(session: session, lot: line.lot, day: line.time.day)
            let patients = line.patient.map { [$0] } ?? answers[question] ?? Self.nearest(to: question, statements[session] ?? [])
            if line.patient == nil { answers[question] = patients }
            if patients.count > 1 { ambiguous.append(line) }
            sessions[line.id] = PatientSession(session: session, patient: patients.count == 1 ? patients.first : nil)
        }
    }

    private static func nearest(to question: Question, _ statements: [Statement]) -> Set<String> {
        let distance = statements.map { $0.distance(from: question) }.min()
        return Set(statements.filter { $0.distance(from: question) == distance }.map(\.patient))
    }

    func session(of line: LedgerLine) -> PatientSession? { sessions[line.id] }
}
