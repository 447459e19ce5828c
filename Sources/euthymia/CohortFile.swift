import Foundation
import Guidance
import Interchange
import Notation
import Trials

/// Charts that a trial draws its people from.
enum CohortFile {
    /// - Parameter besides: the specification; a path that is not absolute counts from its folder.
    static func read(_ path: String, besides specification: String, knowledge: KnowledgeBase) throws -> Cohort {
        let full = path.hasPrefix("/") ? path : ((specification as NSString).deletingLastPathComponent as NSString).appendingPathComponent(path)
        guard let format = ChartFormat(fileName: full) else {
            throw Problem("\(specification): population.cohort: is \(quoted(path)); expected a chart file ending in .ndjson, .json or .csv")
        }
        let plan = try ChartFile.plan(try readFile(full, limitMegabytes: 1000), name: full, format: format, knowledge: knowledge, now: .now)
        return try Cohort(try plan.charts().map { Cohort.Member($0, knowledge: knowledge) })
    }
}
