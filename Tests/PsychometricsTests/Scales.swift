import Foundation
import Psychometrics

/// Small invented scales, one for each way of scoring. Written as knowledge files write them, so that the keys are tested too.
enum Scales {
    /// Four items 0 to 3; the second reversed; one may be missing; items flagged.
    static let sum = make(
        "SUM", items: item("a", 0, 3) + "," + item("b", 0, 3, #","reversed":true"#) + "," + item("c", 0, 3) + "," + item("d", 0, 3),
        scoring: #"{"method":"sum","low":0,"high":12,"missing":{"prorate_up_to":1,"confidence":"recalled"},"confidence":"read"}"#,
        more: #"""
            ,"aliases":["S","Sum of four"],"loinc":{"panel":"P-1","total":"T-1","confidence":"read"},
            "bands":[{"low":0,"high":5,"label":"few","confidence":"read"},{"low":6,"high":12,"label":"many","confidence":"secondary"}],
            "flags":[{"id":"d>=2","item":"d","at_least":2,"meaning":"ask","signals":"suicide_risk","confidence":"read"},
                     {"id":"any>=3","any_item":true,"at_least":3,"meaning":"one high","confidence":"read"},
                     {"id":"only_a","only_item":"a","meaning":"all from one","confidence":"project"}],
            "change":{"response":{"value":0.5,"confidence":"read"},"remission":{"below":3,"confidence":"read"},
                      "remission_strict":{"at_most":1,"confidence":"read"}},
            "minimal_important":{"low":2,"high":4,"confidence":"recalled"},
            "reliability":{"alpha":0.75,"sd":2,"population":"nobody","confidence":"project","sources":[]}
            """#)

    static let domains = make(
        "DOMAINS", items: ["a", "b", "c", "d"].map { item($0, 0, 3) }.joined(separator: ","),
        scoring: #"""
            {"method":"domain_max","low":0,"high":6,"confidence":"read",
             "domains":[{"id":"first","items":["a","b"],"one_of":[["a","b"]]},{"id":"second","items":["c","d"]}]}
            """#)

    /// A no to `gate` skips `inner`; `recent` may be left out after a yes to `ever`, and the level is then a floor.
    static let triage = make(
        "TRIAGE", measures: "suicide_risk",
        items: ["wish", "gate", "inner", "ever", "recent"].map { item($0, 0, 1) }.joined(separator: ","),
        scoring: #"""
            {"method":"triage","confidence":"read","levels":[{"level":"high","any":["inner","recent"]},{"level":"moderate","any":["ever"],"action":"act"},
             {"level":"low","any":["wish","gate"]},{"level":"none","any":[]}],
             "missing":{"skips":[{"items":["inner"],"when_no":"gate"},{"items":["recent"],"when_no":"ever","left_out":"a floor"}],"confidence":"secondary"}}
            """#)

    static let profile = make(
        "PROFILE", items: item("a", 1, 5) + "," + item("b", 1, 5) + "," + item("vas", 0, 100, #","scored":false"#),
        scoring: #"{"method":"profile","confidence":"recalled"}"#)

    static let percent = make(
        "PERCENT", direction: "higher_is_better", items: ["a", "b"].map { item($0, 1, 5) }.joined(separator: ","),
        scoring: #"{"method":"percent","low":0,"high":100,"confidence":"read"}"#,
        more: #","worsening":{"by":10,"meaning":"worse","confidence":"project"}"#)

    static let entry = make(
        "ENTRY", direction: "higher_is_better", items: "",
        scoring: #"""
            {"method":"entry","low":0,"high":30,"bonus":{"education_years_up_to":12,"points":1,"confidence":"recalled"},"confidence":"read"}
            """#)

    /// A short form that keeps the numbers of the long one.
    static let numbered = make(
        "NUM-2",
        items: item("n3", 0, 4, #","number":3,"loinc":"I-3","answers":[{"value":4,"loinc":"LA-4","confidence":"read"}]"#) + ","
            + item("n22", 0, 4, #","number":22"#),
        scoring: #"{"method":"sum","low":0,"high":8,"confidence":"read"}"#,
        more: #","worsening":{"by":1,"above":4,"meaning":"up","confidence":"read"}"#)

    static let listed = make("LISTED", items: "", scoring: #"{"method":"none","confidence":"read"}"#)

    /// A cut for each sex.
    static let sexed = make(
        "SEXED", items: item("a", 0, 4),
        scoring: #"{"method":"sum","low":0,"high":4,"confidence":"read"}"#,
        more: #"""
            ,"flags":[{"id":"total>=4","at_least":4,"sex":"male","meaning":"positive","confidence":"read"},
                      {"id":"total>=3","at_least":3,"sex":"female","meaning":"positive","confidence":"read"}]
            """#)

    static let all = [sum, domains, triage, profile, percent, entry, numbered, listed, sexed]

    private static func item(_ id: String, _ low: Int, _ high: Int, _ more: String = "") -> String {
        #"{"id":"\#(id)","title":"item \#(id)","low":\#(low),"high":\#(high)\#(more)}"#
    }

    private static func make(
        _ id: String, measures: String = "depression", direction: String = "higher_is_worse", items: String, scoring: String, more: String = ""
    ) -> Instrument {
        let text = #"""
            {"id":"\#(id)","name":"\#(id)","measures":"\#(measures)","direction":"\#(direction)","rater":"self","items":[\#(items)],
             "scoring":\#(scoring)\#(more),"licence":{"ship_wording":"unclear","confidence":"project"},"confidence":"project","sources":[]}
            """#
        do {
            return try JSONDecoder().decode(Instrument.self, from: Data(text.utf8))
        } catch {
            preconditionFailure("\(id): \(error)")
        }
    }
}
