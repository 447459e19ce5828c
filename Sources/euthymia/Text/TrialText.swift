import Foundation
import Notation
import Trials

/// Trials for reading.
enum TrialText {
    private static func figure(_ value: Double?, _ places: Int = 1) -> String { value.map { String(format: "%.\(places)f", $0) } ?? "-" }
    private static func percent(_ part: Int, of whole: Int) -> String { whole > 0 ? figure(100 * Double(part) / Double(whole)) + " %" : "-" }
    private static func days(_ days: [Double]) -> String { days.map { decimal(rounded($0, places: 2)) }.joined(separator: " ") }

    static func text(_ outline: TrialOutline) -> String {
        let rows = outline.arms.map {
            [$0.id, "\($0.patients)", "\($0.days.count)", $0.milligrams.map { figure($0, 0) } ?? "-", days($0.days)]
        }
        return [
            "\(outline.trial): \(outline.replicates) replicates, \(outline.patients) patients in all; rated on days \(days(outline.visits))",
            Terminal.table(["arm", "patients", "sessions", "mg (70 kg)", "on days"], rows, rightAligned: [1, 2, 3]),
            "up to \(outline.units) shards have something to do; fingerprint \(outline.fingerprint)",
        ].joined(separator: "\n\n")
    }

    static func text(_ report: TrialReport) -> String {
        let specification = report.merge.design.specification
        var parts = ["\(specification.title ?? specification.trial): \(specification.runs) replicates, \(report.merge.modelName)"]
        parts.append(
            Terminal.table(
                ["arm", "patients", "randomised", "looked at", "left", "rescued", "missed visits"],
                report.arms.map {
                    ["\($0.id)", "\($0.patients)", "\($0.randomised)", "\($0.candidates)", "\($0.left)", "\($0.rescued)", "\($0.missedVisits)"]
                },
                rightAligned: [1, 2, 3, 4, 5, 6]))
        let visits = report.arms.flatMap { arm in
            arm.visits.map { visit in
                [
                    arm.id, visit.instrument, decimal(rounded(visit.day, places: 2)), "\(visit.rated)", figure(visit.mean), figure(visit.sd),
                    figure(visit.meanChange), figure(visit.sdChange), percent(visit.responses, of: arm.randomised),
                    percent(visit.remissions, of: arm.randomised),
                ]
            }
        }
        parts.append(
            Terminal.table(
                ["arm", "scale", "day", "n", "mean", "sd", "change", "sd", "response", "remission"], visits, rightAligned: [2, 3, 4, 5, 6, 7, 8, 9]))
        let measures = report.arms.flatMap { arm in
            arm.measures.map { [arm.id, $0.id, figure($0.mean), figure($0.sd), ($0.quantiles ?? []).map { figure($0) }.joined(separator: " ")] }
        }
        if !measures.isEmpty { parts.append(Terminal.table(["arm", "per person", "mean", "sd", "p05 p25 p50 p75 p95"], measures, rightAligned: [2, 3])) }
        let relapses = report.arms.compactMap { arm in
            arm.relapse.map { [arm.id, "\($0.atRisk)", "\($0.relapsed)", figure($0.medianDays), figure($0.steps.last.map { 100 * $0.survival }) + " %"] }
        }
        if !relapses.isEmpty {
            parts.append(Terminal.table(["arm", "at risk", "relapsed", "median days", "well at the end"], relapses, rightAligned: [1, 2, 3, 4]))
        }
        let contrasts = report.contrasts.map { contrast in
            [
                contrast.endpoint, contrast.method, contrast.compare.joined(separator: " - "), contrast.scale, figure(contrast.estimate, 3),
                "\(figure(contrast.low, 3)) to \(figure(contrast.high, 3))", figure(contrast.p, 4),
                contrast.replicates > 1 ? figure(100 * contrast.power) + " % ± " + figure(100 * contrast.powerError) : "-",
                contrast.replicates > 1 ? figure(contrast.closedForm.map { 100 * $0 }) + " %" : "-",
            ]
        }
        if !contrasts.isEmpty {
            parts.append(Terminal.table(["endpoint", "method", "arms", "scale", "estimate", "95 %", "p", "power", "closed form"], contrasts))
        }
        parts += report.warnings.map { "note: " + $0 }
        return parts.joined(separator: "\n\n")
    }

    static func text(_ comparison: ProtocolComparison) -> String {
        func cell(_ interval: ProtocolComparison.Interval?) -> String {
            interval.map { "\(figure($0.mean)) (\(figure($0.low)) to \(figure($0.high)))" } ?? "-"
        }
        let burdens = ProtocolComparison.Burden.allCases.filter { burden in comparison.options.contains { $0.value(burden) != nil } }
        let rows = comparison.options.map { option in
            [option.isEfficient ? "*" : "", option.id, cell(option.benefit)] + burdens.map { cell(option.value($0)) } + [
                figure(100 * option.chanceEfficient, 0) + " %"
            ]
        }
        return
            ([
                Terminal.table(["", "protocol", "days in remission"] + burdens.map(\.title) + ["efficient in"], rows),
                "* nothing is at least as good in everything. Intervals: \(comparison.intervalsAreOfReplicates ? "95 % of replicates" : "95 %, over people"). \(comparison.modelName)",
            ] + comparison.warnings.map { "note: " + $0 }).joined(separator: "\n\n")
    }
}
