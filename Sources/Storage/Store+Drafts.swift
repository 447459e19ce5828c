import Foundation
import GRDB
import Notation

/// One answer to a questionnaire that has not been sent yet. Drafts are not part of the chain: what was not sent must be able to go.
public struct DraftAnswer: Sendable, Equatable {
    public var instrument: String
    public var item: String
    public var answer: Double
    /// When it was given, or given otherwise.
    public var time: Instant

    public init(instrument: String, item: String, answer: Double, time: Instant) {
        self.instrument = instrument
        self.item = item
        self.answer = answer
        self.time = time
    }
}

extension Store {
    /// Keeps answers given by a link; a later answer to the same item takes the place of the earlier. The same answer again keeps its time.
    public func keep(_ answers: [DraftAnswer], of link: String) throws(StoreError) {
        try write { db in
            for answer in answers {
                try db.execute(
                    sql: """
                        INSERT INTO drafts (link, instrument, item, answer, time) VALUES (?, ?, ?, ?, ?)
                        ON CONFLICT (link, instrument, item) DO UPDATE SET answer = excluded.answer, time = excluded.time
                            WHERE answer <> excluded.answer
                        """,
                    arguments: [link, answer.instrument, answer.item, answer.answer, answer.time.milliseconds])
            }
        }
    }

    /// What has been answered by a link and not been sent.
    public func drafts(of link: String) throws(StoreError) -> [DraftAnswer] {
        try read { db in
            try Row.fetchAll(db, sql: Self.draftsOfLink, arguments: [link]).map { row in
                DraftAnswer(instrument: row["instrument"], item: row["item"], answer: row["answer"], time: Instant(milliseconds: row["time"]))
            }
        }
    }

    static let draftsOfLink = "SELECT * FROM drafts WHERE link = ?"

    public func removeDrafts(of link: String) throws(StoreError) {
        try write { db in try db.execute(sql: "DELETE FROM drafts WHERE link = ?", arguments: [link]) }
    }
}
