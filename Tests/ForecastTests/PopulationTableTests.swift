import Forecast
import Interchange
import Notation
import Testing

@Suite struct PopulationTableTests {
    private func read(_ text: String, _ layout: FitModel.Table? = nil) throws -> PopulationData {
        try PopulationTable.read(Array(text.utf8), file: "table.csv", as: layout)
    }

    private func problem(_ text: String, _ layout: FitModel.Table? = nil) -> String {
        do {
            _ = try read(text, layout)
            return "nothing"
        } catch { return "\(error)" }
    }

    @Test func dosesMeasurementsAndCovariates() throws {
        let data = try read(
            """
            ID,TIME,AMT,RATE,DV,EVID,MDV,CMT,ADDL,II,WT
            1,0,100,50,.,1,1,2,3,12,70
            1,0,.,.,1.5,0,0,1,.,.,NA
            1,12,.,.,2.5,0,0,1,.,.,
            2,5,.,.,0.3,0,0,1,.,.,
            2,5,10,0,.,1,1,1,.,.,81
            """)
        let dose = try #require(data.people.first?.segments.first?.doses.first)
        #expect(dose.amount == 100 && dose.rate == 50 && dose.compartment == 2 && dose.additional == 3 && dose.interval == 12)
        #expect(data.people[0].segments[0].observations.map(\.isBeforeDose) == [false, false])
        #expect(data.people[1].segments[0].observations.map(\.isBeforeDose) == [true])
        #expect(data.people.map { $0.covariates["wt"] } == ["70", "81"])
    }

    @Test func censoringResetsAndOtherDialects() throws {
        let censored = try read("id;time;amt;dv;blq;lloq\n1;0;5;.;0;.\n1;1;0;0;1;0.2\n1;2;0;3;0;0.2\n")
        #expect(censored.people[0].segments[0].observations.map(\.censoring) == [.below(floor: nil), .none])
        #expect(censored.people[0].segments[0].observations.map(\.value) == [0.2, 3])
        let cens = try read("ID TIME AMT DV CENS LIMIT\n1 0 5 . 0 .\n1 1 0 0.2 1 0.1\n1 2 0 9 -1 .\n")
        #expect(cens.people[0].segments[0].observations.map { $0.censoring } == [.below(floor: 0.1), .above])
        let reset = try read("ID,TIME,AMT,DV,EVID\n1,0,5,.,1\n1,4,0,2,0\n1,0,6,.,4\n1,4,0,3,0\n")
        #expect(reset.people[0].segments.map { $0.doses.first?.amount } == [5, 6])
        let rxode = try read("ID,TIME,DV,AMT,EVID\n1,0,0,320,301\n1,1,2,0,0\n")
        #expect(rxode.people[0].segments[0].doses.map(\.compartment) == [3])
        let implied = try read("Subject,Time,Dose,conc\na,0,4,1\na,1,4,2\n", FitModel.Table(columns: ["ID": "Subject", "DV": "conc"]))
        #expect(implied.people[0].segments[0].doses.map(\.amount) == [4])
        #expect(implied.notes.contains { $0.contains("DOSE was read as one dose") })
        let occasions = try read("ID,TIME,AMT,DV,EVID,OCC\n1,0,5,.,1,1\n1,4,0,2,0,1\n1,0,5,.,1,2\n1,4,0,3,0,2\n", FitModel.Table(resetOn: "OCC"))
        #expect(occasions.people[0].segments.count == 2)
    }

    @Test(arguments: [
        ("TIME,AMT,DV\n1,0,5\n", "table.csv:1: has no column ID; expected"),
        ("ID,TIME,AMT,DV\n1,8:30,0,5\n", "table.csv:2: TIME: is not a number; expected decimal time"),
        ("ID,TIME,AMT,DV\n1,0,0,5\n2,0,0,5\n1,1,0,5\n", "table.csv:4: ID: begins again after another person's rows; expected"),
        ("ID,TIME,AMT,DV\n1,5,0,5\n1,1,0,5\n", "table.csv:3: TIME: goes back; expected times in order"),
        ("ID,TIME,AMT,DV,EVID\n1,0,-5,.,1\n", "table.csv:2: AMT: is missing or negative on a dose; expected"),
        ("ID,TIME,AMT,DV,EVID\n1,0,5,1,0\n", "table.csv:2: AMT: is given on a row whose EVID says it is no dose; expected"),
        ("ID,TIME,AMT,DV,EVID\n1,0,5,1,7\n", "table.csv:2: EVID: is 7; expected"),
        ("ID,TIME,AMT,DV,SS\n1,0,5,.,1\n", "table.csv:2: II: is missing for a dose that repeats; expected"),
        ("ID,TIME,AMT,DV\n1,0,5\n", "table.csv:2: has 3 cells; expected 4"),
        ("ID,TIME,AMT,DV,DV\n1,0,5,1,1\n", "table.csv:1: has the column \"dv\" twice; expected"),
        ("ID,TIME,AMT,DV,CENS,LIMIT\n1,0,0,1,1,2\n", "table.csv:2: LIMIT: is not below DV; expected"),
    ]) func refusals(_ text: String, _ expected: String) {
        let found = problem(text)
        #expect(found.contains(expected), "\(found)")
    }
}
