import Chart
import Notation

/// Signatures as facts. A route that signs states its meaning (`Route.signature`) and the gate asks for the password; what is written here says
/// who stood by what. Plans, eligibility, consent and notes are signed the same way.
enum Signing {
    /// A signature of facts, under one id for its first and its signer: signing twice is signing once.
    static func signature(of facts: [FactID], meaning: String, _ request: ClinicRequest) -> JSONObject {
        [
            "type": "signature", "id": facts.first.map { .string("signed:\($0):\(request.author)") }, "time": .string(request.now.description),
            "of": .init(facts), "meaning": .string(meaning),
        ]
    }

    /// A fact and the signature under it.
    static func signed(_ fact: JSONObject, meaning: String, _ request: ClinicRequest) -> [JSONObject] {
        [fact, signature(of: [fact["id"]?.string ?? ""], meaning: meaning, request)]
    }
}
