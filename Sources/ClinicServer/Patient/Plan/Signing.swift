import Chart
import Notation

/// Signatures as facts. A route that signs states its meaning (`Route.signature`) and the gate asks for the password; what is written here says
/// who stood by what. Plans, eligibility, consent and notes are signed the same way.
enum Signing {
    /// A signature of facts, under an id of its own for its first: signing twice is signing once.
    static func signature(of facts: [FactID], meaning: String, at now: Instant) -> JSONObject {
        [
            "type": "signature", "id": facts.first.map { .string("signed:\($0)") }, "time": .string(now.description), "of": .init(facts),
            "meaning": .string(meaning),
        ]
    }

    /// A fact and the signature under it.
    static func signed(_ fact: JSONObject, meaning: String, at now: Instant) -> [JSONObject] {
        [fact, signature(of: [fact["id"]?.string ?? ""], meaning: meaning, at: now)]
    }
}
