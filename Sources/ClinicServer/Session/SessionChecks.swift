import Guidance
import Notation

/// The monitoring schedule of a session as a table: a row for each check, a column for each time it is due.
struct SessionChecks {
    let session: SessionReview
    /// Minutes the clock shown is ahead of UTC.
    let offset: Int

    init(_ session: SessionReview, offset: Int) {
        self.session = session
        self.offset = offset
    }

    private var minutes: [Double] { unique(session.checks.map(\.minute)).sorted() }

    var columns: [[String: Any]] {
        minutes.map { minute in
            let due = session.checks.first { $0.minute == minute }?.due
            return ["columnText": "\(decimal(minute)) min", "columnTime": due.flatMap { Moment($0, offset: offset).clock } ?? ""]
        }
    }

    var rows: [[String: Any]] {
        unique(session.checks.map(\.check)).compactMap { id -> [String: Any]? in
            let mine = session.checks.filter { $0.check == id }
            guard let first = mine.first else { return nil }
            return ["checkTitle": first.title, "cells": minutes.map { minute in cell(mine.first { $0.minute == minute }) }]
        }
    }

    private func cell(_ check: ScheduledCheck?) -> [String: Any] {
        guard let check else { return ["cellText": "", "cellTone": "", "isDue": false, "isLabel": false] }
        let late = session.state.isObserved ? "overdue" : "missed"
        let text =
            check.done.map { Moment($0, offset: offset).clock ?? "" }
            ?? (check.isOverdue ? late : "due \(Moment(check.due, offset: offset).clock ?? "")")
        return [
            "cellText": text, "cellTone": check.done != nil ? "ok" : check.isOverdue ? "moderate" : "unknown", "isDue": true,
            "isLabel": check.kind == .label, "cellRule": "\(check.rule), \(check.kind.title)",
        ]
    }
}
