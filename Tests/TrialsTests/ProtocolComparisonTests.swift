import Notation
import Testing

@testable import Trials

/// Protocols on the plane of benefit and burden.
@Suite struct ProtocolComparisonTests {
    private func comparison(_ replicates: Int = 2, _ change: (inout TrialSpecification) -> Void = { _ in }) throws -> ProtocolComparison {
        let specification = try Shipped.example("protocols.yaml") {
            ($0.replicates, $0.patientsPerArm, $0.uncertainty) = (replicates, 60, nil)
            change(&$0)
        }
        return try ProtocolComparison([try Shipped.run(ProtocolComparison.prepared(specification))])
    }

    @Test func moreTreatmentMoreBenefitAndMoreBurden() throws {
        let options = try comparison().options
        let byID = Dictionary(uniqueKeysWithValues: options.map { ($0.id, $0) })
        let (none, induction, weekly) = (try #require(byID["none"]), try #require(byID["induction"]), try #require(byID["weekly"]))
        #expect(none.benefit.mean < induction.benefit.mean && induction.benefit.mean < weekly.benefit.mean)
        #expect(none.value(.visits)?.mean == 0 && induction.value(.visits)?.mean == 8 && weekly.value(.visits)?.mean == 16)
        #expect(weekly.value(.milligrams)?.mean == 1344 && weekly.value(.cost)?.mean == 16)
        #expect(options.allSatisfy { option in option.burdens.allSatisfy { $0.value.low <= $0.value.mean && $0.value.mean <= $0.value.high } })
        #expect(none.isEfficient, "nothing costs less than nothing")
    }

    @Test func whatAnotherBeatsInEverythingIsNotEfficient() throws {
        // The same doses for the same people, of whom some take what takes from a dose.
        let options = try comparison(2) { specification in
            let plain = specification.arms[1]
            var sedated = plain
            sedated.id = "sedated"
            sedated.coTreatments = [.init(kind: .benzodiazepine, startDay: nil, share: 1)]
            specification.arms = [plain, sedated]
        }.options
        #expect(options[0].burdens.map(\.value) == options[1].burdens.map(\.value), "the same people")
        #expect(options[0].benefit.mean > options[1].benefit.mean)
        #expect(options[0].isEfficient && options[0].chanceEfficient == 1)
        #expect(!options[1].isEfficient && options[1].chanceEfficient == 0 && options[1].efficientOn.isEmpty)
    }

    @Test func manyReplicatesTellTheirSpread() throws {
        let comparison = try comparison(40) {
            ($0.patientsPerArm, $0.uncertainty) = (8, .all)
            $0.arms = Array($0.arms.prefix(2))
        }
        #expect(comparison.intervalsAreOfReplicates)
        #expect(comparison.options[1].benefit.high - comparison.options[1].benefit.low > 5)
        let svg = comparison.picture.svg(id: "plane")
        #expect(svg.contains("minutes of dissociation") && svg.contains("A: No treatment sessions"))
    }
}
