/// One thing a person may be allowed to do. Every route of the clinic names the one it needs; what no role holds nobody may do.
public enum Permission: String, Sendable, CaseIterable {
    /// Change one's own password and second factor.
    case ownAccount = "own.account"
    case readBoard = "board.read"
    /// Chairs and alarms without names and without anything to press.
    case readWall = "wall.read"
    /// Names of patients and where they stand.
    case listPatients = "patients.list"
    case registerPatient = "patients.register"
    /// Book, check in, cancel.
    case schedule = "sessions.schedule"
    case readChart = "chart.read"
    /// History, treatment trials, conditions, medication, scores, notes.
    case writeChart = "chart.write"
    /// Vital signs, steps, adverse events of a session.
    case recordSession = "sessions.record"
    /// Clear a dose, override a rule, discharge.
    case decideSession = "sessions.decide"
    /// Protocol, interval, eligibility, consent.
    case writePlan = "plan.write"
    case writeTherapy = "therapy.write"
    /// Make and withdraw links for self-rating.
    case linkRatings = "ratings.link"
    /// Answer an alert about suicide risk.
    case answerRisk = "risk.answer"
    case readStock = "stock.read"
    case writeStock = "stock.write"
    /// Stand by as the second person of a line of the ledger.
    case witnessStock = "stock.witness"
    case readREMS = "rems.read"
    case submitREMS = "rems.submit"
    case readAudit = "audit.read"
    case exportData = "data.export"
    case readOutcomes = "outcomes.read"
    /// Accounts, roles, care teams, who is on call.
    case managePeople = "people.manage"
}
