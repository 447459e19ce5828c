import Chart
import Evidence
import Foundation
import Guidance
import Notation
import Storage

/// Charts for research, without names and with moved dates, into a new folder of CSV files with a manifest.
///
/// Only treated people are in it. Nothing of free text is: terms of adverse events and modalities of psychotherapy only where enough people share
/// the word. See `Anonymity` for who is left out.
public struct ResearchExport: Sendable {
    public enum Shape: String, Sendable, CaseIterable { case research, omop }

    let projection: OutcomeProjection
    let knowledge: KnowledgeBase
    let pseudonyms: Pseudonyms
    let k: Int
    let shape: Shape

    public init(projection: OutcomeProjection, knowledge: KnowledgeBase, pseudonyms: Pseudonyms, k: Int, shape: Shape) {
        (self.projection, self.knowledge, self.pseudonyms, self.k, self.shape) = (projection, knowledge, pseudonyms, k, shape)
    }

    /// Writes the folder, all or nothing. Rows must be up to date.
    /// - Parameter program: what made it, for the manifest.
    /// - Returns: the manifest.
    public func write(to destination: String, at now: Instant, program: String, progress: (Int, Int) -> Void = { _, _ in }) throws -> JSONValue {
        let treated = try projection.rows(at: now).rows.filter { $0.outcome.start != nil }
        let anonymity = Anonymity(
            treated.map { row in
                .init(patient: row.patient, age: row.outcome.age, sex: row.outcome.sex, site: row.site, product: row.outcome.product?.name ?? "")
            }, k: k, needsAge: shape == .omop)
        // In the order of the pseudonyms, which says nothing of the order in which people came.
        let people = treated.filter { anonymity.released[$0.patient] != nil }.map { (name: pseudonyms.name(of: $0.patient), row: $0) }.sorted {
            $0.name < $1.name
        }
        let shared = try sharedWords(people.map(\.row.patient), at: now)
        let tables = shape == .research ? ResearchTable.research : ResearchTable.omop
        let folder = try ExportFolder(destination)
        var sources: [String: Int] = [:]
        try write(tables[...], [], folder) { files in
            for (number, person) in people.enumerated() {
                guard let released = anonymity.released[person.row.patient], let view = try projection.store.chart(of: person.row.patient)?.view(asOf: now)
                else { continue }
                let chart = ReleasedChart(
                    name: person.name, number: number + 1, released: released, outcome: person.row.outcome, view: view, knowledge: knowledge, shared: shared,
                    shift: pseudonyms.shift(of: person.row.patient))
                for (table, file) in files {
                    let source = ResearchTable.sources[table.name].flatMap { table.columns.firstIndex(of: $0) }
                    for row in table.rows(chart) {
                        let row = table.isNumbered ? ["\(file.lines)"] + row : row
                        if shape == .omop, let source, let value = row[source] { sources[table.name + "," + value, default: 0] += 1 }
                        try file.write(CSVWriter.line(row))
                    }
                }
                progress(number + 1, people.count)
            }
        }
        if shape == .omop { try codes(sources, folder, now: now, program: program) }
        return try folder.finish(about(anonymity, people: people.count, treated: treated.count, now: now, program: program))
    }

    private func about(_ anonymity: Anonymity, people: Int, treated: Int, now: Instant, program: String) -> JSONObject {
        [
            "program": .string(program), "made": .string(now.day.description), "shape": .string(shape.rawValue), "treated": .init(treated),
            "people": .init(people),
            "left_out": .init(anonymity.suppressed.count), "k": .init(anonymity.k), "smallest_group": anonymity.smallestGroup.map { .init($0) } ?? .null,
            "quasi_identifiers": .init(["age band", "sex", "site", "product"]), "age_band_years": anonymity.bandYears.map { .init($0) } ?? .null,
            "tells_site": .init(anonymity.tellsSite),
            "dates": .string(
                "every date of a person is moved by one number of days, \(-Pseudonyms.greatestShift) to \(Pseudonyms.greatestShift) without 0, known only with the secret"
            ),
            "free_text": .string("none; words and codes of fewer than \(k) people are 'other'"),
        ]
    }

    /// Terms, modalities and codes of diagnoses, in lower case, of at least k people.
    private func sharedWords(_ patients: [PatientID], at now: Instant) throws -> Set<String> {
        var people: [String: Int] = [:]
        for patient in patients {
            guard let view = try projection.store.chart(of: patient)?.view(asOf: now) else { continue }
            let codes = view.diagnoses.compactMap { $0.body.code?.words }
            for word in Set((view.adverseEvents.map(\.body.term) + view.therapies.map(\.body.modality) + codes).map { $0.lowercased() }) {
                people[word, default: 0] += 1
            }
        }
        return Set(people.filter { $0.value >= k }.keys)
    }

    /// Opens one file for each table, one inside the other.
    private func write(
        _ rest: ArraySlice<ResearchTable>, _ opened: [(ResearchTable, ExportFolder.File)], _ folder: ExportFolder,
        _ body: ([(ResearchTable, ExportFolder.File)]) throws -> Void
    ) throws {
        guard let table = rest.first else { return try body(opened) }
        try folder.file(table.name + ".csv") { file in
            try file.write(CSVWriter.line(table.columns))
            try write(rest.dropFirst(), opened + [(table, file)], folder, body)
        }
    }

    /// What is to be mapped, once each, and what the tables are.
    private func codes(_ sources: [String: Int], _ folder: ExportFolder, now: Instant, program: String) throws {
        try folder.file("source_codes.csv") { file in
            try file.write(CSVWriter.line(["table", "source_value", "rows"]))
            for (key, count) in sources.sorted(by: { $0.key < $1.key }) {
                let parts = key.split(separator: ",", maxSplits: 1).map(String.init)
                try file.write(CSVWriter.line([parts[0], parts.count > 1 ? parts[1] : "", "\(count)"]))
            }
        }
        try folder.file("cdm_source.csv") { file in
            try file.write(
                CSVWriter.line([
                    "cdm_source_name", "cdm_source_abbreviation", "cdm_holder", "source_description", "source_documentation_reference", "cdm_etl_reference",
                    "source_release_date", "cdm_release_date", "cdm_version", "cdm_version_concept_id", "vocabulary_version",
                ]))
            let day = now.day.description
            try file.write(
                CSVWriter.line([
                    program, "euthymia", "not stated", "de-identified charts, dates moved", "docs/outcomes.md", program, day, day, "5.4", "0", "none",
                ]))
        }
    }
}
