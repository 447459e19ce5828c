import Foundation
import Notation
import Testing

@testable import Trials

/// Whatever is wrong with a file is said in one line with its place, before anything is simulated.
@Suite struct BadSpecificationTests {
    static let good = """
        trial: small
        replicates: 1
        days: 14
        patients_per_arm: 20
        arms:
          - {id: drug, regimen: {drug: ketamine, doses: [{time_h: 0, amount: 35, unit: mg, route: intravenous, duration_min: 40}]}}
          - {id: placebo, placebo: {days_of: drug}}
        visits: [1, 7, 14]
        instruments: [{id: MADRS}]
        dropout: {per_week: 0.05}
        population: {covariates: {weight: {mean: 78, sd: 17}}, baseline: {mean: 36, sd: 6, at_least: 28}}
        endpoints: [{id: change, kind: change}]
        analyses: [{endpoint: change, method: ancova, compare: [drug, placebo]}]

        """

    /// The part of it that says what the arms are.
    static let arms = good.split(separator: "\n")[4...6].joined(separator: "\n")

    struct Case: CustomTestStringConvertible {
        var said, old, new: String
        var testDescription: String { new }

        init(_ said: String, _ old: String, _ new: String) { (self.said, self.old, self.new) = (said, old, new) }
    }

    /// What is said begins so, when one text of the file is put in place of another.
    static let cases = [
        Case("arms[1]: has no dose; expected a regimen, or placebo", ", placebo: {days_of: drug}", ""),
        Case("arms: are 0; expected 1 to 20 arms", arms, "arms: []"),
        Case("arms[1]: has the id \"drug\" again", "id: placebo,", "id: drug,"),
        Case("arms[1]: has an empty id", "id: placebo,", "id: \"\","),
        Case("arms[1].patients: is 0; expected 1 to 100000000", "id: placebo,", "id: placebo, patients: 0,"),
        Case("arms[0].patients: is -5", "arm: 20", "arm: -5"),
        Case("arms[0].patients: is 4000000000", "arm: 20", "arm: 4000000000"),
        Case("patients_per_arm: is not a whole number", "arm: 20", "arm: 100000000000000000000"),
        Case("arms[1].dose: the key \"dose\" is not known here", "id: placebo,", "id: placebo, dose: 3,"),
        Case("arms[0].protocol: the key \"protocol\" is not known here", "- {id: drug,", "- {id: drug, protocol: nonesuch,"),
        Case("ratio: the key \"ratio\" is not known here", "visits:", "ratio: [1, 0]\nvisits:"),
        Case("arms[1].belief: is nan", "id: placebo,", "id: placebo, belief: .nan,"),
        Case(
            "arms[1].co_treatments[0].share: is 1.5; expected a proportion", "id: placebo,", "id: placebo, co_treatments: [{kind: psychotherapy, share: 1.5}],"),
        Case("arms[1].co_treatments[0].kind: is \"yoga\"", "id: placebo,", "id: placebo, co_treatments: [{kind: yoga}],"),
        Case("arms[0].regimen.drug: is \"ketamin\"; expected ketamine, esketamine, arketamine", "drug: ketamine", "drug: ketamin"),
        Case("arms[0].regimen.doses[0].route: is \"venous\"", "route: intravenous", "route: venous"),
        Case("arms[0].regimen.doses[0]: is an infusion by the route intranasal", "route: intravenous", "route: intranasal"),
        Case("arms[0].regimen.doses[0]: has the unit \"ml\"", "unit: mg", "unit: ml"),
        Case("arms[0].regimen.doses[0]: has a negative amount", "amount: 35", "amount: -35"),
        Case("arms[0].regimen.doses[0]: has a negative amount", "amount: 35", "amount: .nan"),
        Case("arms[0].regimen.doses[0]: has an amount of 1e+308; expected at most", "amount: 35", "amount: 1e308"),
        Case("arms[0].regimen.doses[0]: has no usable time_h", "time_h: 0", "time_h: .inf"),
        Case("arms[0].regimen.doses[0]: has a duration of 1e+308 min", "duration_min: 40", "duration_min: 1e308"),
        Case("arms[0].regimen.repeat: is not usable", "{drug: ketamine,", "{drug: ketamine, repeat: {every_h: 1, count: 100000},"),
        Case("visits[2]: is on day 15, after the end of the trial; expected at most day 14", "7, 14]", "7, 15]"),
        Case("visits[0]: is on day -1; expected days from 0", "[1, 7", "[-1, 7"),
        Case("visits[1]: is on day nan", "[1, 7", "[1, .nan"),
        Case("visits[2]: is on day 1e+308, after the end", "7, 14]", "7, 1e308]"),
        Case("visits[1]: is not after the one before it", "[1, 7", "[7, 1"),
        Case("visits: has no day after the beginning", "[1, 7, 14]", "[]"),
        Case("instruments[0].id: is \"MADRZ\", which the symptom model does not know; expected MADRS", "id: MADRS", "id: MADRZ"),
        Case("instruments[0].measurement_error: is nan", "id: MADRS", "id: MADRS, measurement_error: .nan"),
        Case("instruments[0].raters: is not usable", "id: MADRS", "id: MADRS, raters: {count: 0, sd: 1}"),
        Case("dropout.per_week: is 1.05; expected a proportion from 0 to 1", "0.05", "1.05"),
        Case("dropout.per_week: is 1: everybody leaves at once", "0.05", "1"),
        Case("dropout.per_week: is nan", "0.05", ".nan"),
        Case("population.baseline.mean: is inf; expected points from 1 to 59", "mean: 36", "mean: .inf"),
        Case("population.baseline.sd: is nan", "sd: 6", "sd: .nan"),
        Case("population.baseline: takes nobody", "at_least: 28", "at_least: .nan"),
        Case("population.covariates.weight: is not usable", "mean: 78", "mean: 1e308"),
        Case("population.covariates.weight: is not usable", "sd: 17", "sd: 1e308"),
        Case("population.covariates.height: is not known", "{weight:", "{height:"),
        Case("days: is -1; expected 1 to 3650", "days: 14", "days: -1"),
        Case("days: is not a whole number", "days: 14", "days: 1e308"),
        Case("days: is not a whole number", "days: 14", "days: two weeks"),
        Case("seed: is not a whole number from 0", "replicates:", "seed: -1\nreplicates:"),
        Case("replicates: is 0; expected 1 to 1000000", "replicates: 1", "replicates: 0"),
        Case("alpha: is nan", "replicates:", "alpha: .nan\nreplicates:"),
        Case("parameters.gain_fast: is 1e+308", "replicates:", "parameters: {gain_fast: 1e308}\nreplicates:"),
        Case("parameters: has \"gain\"", "replicates:", "parameters: {gain: 1}\nreplicates:"),
        Case("costs.per_visit: is nan", "replicates:", "costs: {per_visit: .nan}\nreplicates:"),
        Case("costs.per_visit: is -4", "replicates:", "costs: {per_visit: -4}\nreplicates:"),
        Case("rescue.at_least: is nan", "replicates:", "rescue: {from_day: 7, at_least: .nan, give: withdraw}\nreplicates:"),
        Case("blinding.felt_at: is nan", "replicates:", "blinding: {felt_at: .nan, belief_felt: 0.9, belief_not_felt: 0.1}\nreplicates:"),
        Case("endpoints: is empty; expected at least one", "endpoints: [{id: change, kind: change}]", "endpoints: []"),
        Case("endpoints[0].day: is 3, on which nobody is rated", "kind: change}", "kind: change, day: 3}"),
        Case("endpoints[1].at_least: is 1000; expected points of MADRS", "kind: change}", "kind: change}, {id: r, kind: time_to_relapse, at_least: 1000}"),
        Case("endpoints[1].systolic_rise: is nan", "kind: change}", "kind: change}, {id: r, kind: pressure_events, systolic_rise: .nan, minutes: [40]}"),
        Case("endpoints[1].minutes: is not usable", "kind: change}", "kind: change}, {id: r, kind: pressure_events, systolic_rise: 40, minutes: [.nan]}"),
        Case("analyses[0].compare: is not two arms", "[drug, placebo]", "[drug, drug]"),
        Case("analyses[0].method: is cox for change; expected ancova, mmrm", "method: ancova", "method: cox"),
        Case("visist: the key \"visist\" is not known here", "visits:", "visist: [3]\nvisits:"),
        Case("names \"days\" twice", "days: 14", "days: 14\ndays: 15"),
    ]

    private func said(_ text: String) -> String {
        do {
            _ = try Shipped.run(try Shipped.specification(text))
            return ""
        } catch { return "\(error)" }
    }

    @Test func theFileThatIsChangedIsGood() { #expect(said(Self.good).isEmpty) }

    @Test(arguments: cases) func whatIsWrongIsSaidInOneLine(_ wrong: Case) throws {
        let place = try #require(Self.good.range(of: wrong.old))
        let said = said(Self.good.replacingCharacters(in: place, with: wrong.new))
        // After the file, and its line where it is known.
        let problem = said.drop { $0 != " " }.dropFirst()
        #expect(said.hasPrefix("trial.yaml:") && problem.hasPrefix(wrong.said) || said.hasPrefix(wrong.said), "\(said)")
        #expect(!said.contains("\n"))
    }

    @Test(arguments: ["- 1\n- 2\n", "hello\n", "", "a: [1, 2\n", "\u{0}\u{1}", "trial: a\n---\ntrial: b\n"]) func whatIsNoSpecificationIsSaidInOneLine(
        _ text: String
    ) {
        let said = said(text)
        #expect(said.hasPrefix("trial.yaml") && !said.contains("\n"), "\(said)")
    }
}
