import Access
import Chart
import Guidance
import Notation

/// The page of one editor: what stands in the chart, what the review says of it, and what can be done with each.
struct EditorPage {
    let editor: FactEditor
    let patient: PatientID
    let review: Review
    let knowledge: KnowledgeBase
    /// Accounts by id, for their names.
    let names: [AccountID: Account]

    init(_ editor: FactEditor, patient: PatientID, review: Review, knowledge: KnowledgeBase, names: [AccountID: Account]) {
        (self.editor, self.patient, self.review, self.knowledge, self.names) = (editor, patient, review, knowledge, names)
    }

    /// The view model of `history.mustache`, but for the form and the links to other regions.
    func model(_ facts: [Fact], reader: AccountID, mayWrite: Bool, summaries: [FactID: String]) -> [String: Any] {
        let page = "/patients/" + percentEncoded(patient)
        let groups = ReviewFindings(review, knowledge: knowledge).groups.filter { editor.groups.contains($0.id) }
        return [
            "patientLabel": patient, "patientHref": page, "listTitle": editor.title, "noun": editor.noun, "emptyText": editor.empty,
            "count": facts.isEmpty ? "" : "\(facts.count)", "mayWrite": mayWrite,
            "rows": facts.sorted { ($0.observed?.instant ?? $0.knownAt, $0.id) > ($1.observed?.instant ?? $1.knownAt, $1.id) }.map {
                row($0, reader: reader, mayWrite: mayWrite)
            },
            "groups": groups.map { $0.values(sources: knowledge.sources, summaries: summaries, page: page) },
        ]
    }

    private func row(_ fact: Fact, reader: AccountID, mayWrite: Bool) -> [String: Any] {
        let isOwn = !editor.isSigned || fact.author == reader
        let isSigned = review.view.ownSignature(of: fact) != nil
        let href = "/patients/\(percentEncoded(patient))/history/\(editor.path)/\(percentEncoded(fact.id))"
        var model: [String: Any] = [
            "factID": "fact-" + percentEncoded(fact.id), "href": href, "summary": text(of: fact),
            "when": fact.observed?.reading ?? "", "author": author(of: fact), "comment": comment(on: fact),
            "remarks": editor.remark(fact, review).map {
                ["remarkWord": $0.word, "remarkTone": $0.tone, "remarkWhy": $0.why, "remarkRecalled": $0.isRecalled] as [String: Any]
            },
            "mayCorrect": mayWrite && isOwn, "mayWithdraw": mayWrite && isOwn && !(editor.isSigned && isSigned),
        ]
        if mayWrite, let end = editor.end, fact.body.ended == nil {
            model["ending"] = ["endKey": end.key, "endVerb": end.verb, "endTitle": end.title, "endID": "end-" + percentEncoded(fact.id)]
        }
        if editor.isSigned, mayWrite, isOwn, !isSigned {
            model["signing"] = ["signMeaning": EditorRoutes.noteMeaning, "signID": "sign-" + percentEncoded(fact.id)]
        }
        return model
    }

    private func author(of fact: Fact) -> String {
        guard let author = fact.author else { return fact.source ?? "" }
        return author == patient || author.hasPrefix(Fact.linkAuthor) ? "the patient" : names[author]?.name ?? author
    }

    /// What was remarked beside a fact; of a note, which session it is about.
    private func comment(on fact: Fact) -> String {
        if case .note(let note) = fact.body { return note.session.map { "About session \($0)" } ?? "" }
        return fact.note ?? ""
    }

    /// A note in full, anything else in a line.
    private func text(of fact: Fact) -> String { if case .note(let note) = fact.body { note.text } else { fact.summary } }
}

/// The places of a chart that have a page of their own, as links on each of them.
struct ChartRegions {
    let editors: [FactEditor]

    func links(_ patient: PatientID, at path: String? = nil) -> [[String: Any]] {
        let page = "/patients/" + percentEncoded(patient)
        let history = editors.map { (path: "history/" + $0.path, title: $0.tab ?? $0.title, key: $0.path) }
        let decisions = [("eligibility", "Eligibility"), ("plan", "Plan"), ("consent", "Consent")].map { (path: $0.0, title: $0.1, key: $0.0) }
        return (decisions + history).map { ["regionHref": "\(page)/\($0.path)", "regionTitle": $0.title, "isHere": $0.key == path] }
    }
}
