import Chart
import Notation
import Pharmacology

/// Tables of the OMOP common data model, version 5.4, with every column of the specification.
///
/// Concept ids are of the OHDSI vocabularies, which nobody here holds: every concept id is 0, and the source value says what is to be mapped, as
/// `VOCABULARY:code` where knowledge has a code and in words where it has none. `source_codes.csv` lists them once each.
extension ResearchTable {
    public static let omop: [ResearchTable] = [
        person, observationPeriod, visitOccurrence, drugExposure, measurement, conditionOccurrence, death,
    ]

    private static let none = "0"

    private static let person = ResearchTable(
        name: "person",
        columns: [
            "person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth", "birth_datetime", "race_concept_id", "ethnicity_concept_id",
            "location_id",
            "provider_id", "care_site_id", "person_source_value", "gender_source_value", "gender_source_concept_id", "race_source_value",
            "race_source_concept_id",
            "ethnicity_source_value", "ethnicity_source_concept_id",
        ]
    ) { chart in
        [
            [
                "\(chart.number)", none, chart.yearOfBirth, nil, nil, nil, none, none, nil, nil, nil, chart.name, chart.released.sex, none, nil, none, nil,
                none,
            ]
        ]
    }

    private static let observationPeriod = ResearchTable(
        name: "observation_period",
        columns: ["observation_period_id", "person_id", "observation_period_start_date", "observation_period_end_date", "period_type_concept_id"],
        isNumbered: true
    ) { chart in
        let times = chart.view.current.compactMap(\.observed)
        guard let first = times.first, let last = times.last else { return [] }
        return [["\(chart.number)", chart.date(first), chart.date(last), none]]
    }

    private static let visitOccurrence = ResearchTable(
        name: "visit_occurrence",
        columns: [
            "visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date", "visit_start_datetime", "visit_end_date", "visit_end_datetime",
            "visit_type_concept_id", "provider_id", "care_site_id", "visit_source_value", "visit_source_concept_id", "admitted_from_concept_id",
            "admitted_from_source_value", "discharged_to_concept_id", "discharged_to_source_value", "preceding_visit_occurrence_id",
        ], isNumbered: true
    ) { chart in
        chart.outcome.sessions.map { day in
            ["\(chart.number)", none, chart.date(day), nil, chart.date(day), nil, none, nil, nil, "treatment session", none, none, nil, none, nil, nil]
        }
    }

    private static let drugExposure = ResearchTable(
        name: "drug_exposure",
        columns: [
            "drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date", "drug_exposure_start_datetime", "drug_exposure_end_date",
            "drug_exposure_end_datetime", "verbatim_end_date", "drug_type_concept_id", "stop_reason", "refills", "quantity", "days_supply", "sig",
            "route_concept_id",
            "lot_number", "provider_id", "visit_occurrence_id", "visit_detail_id", "drug_source_value", "drug_source_concept_id", "route_source_value",
            "dose_unit_source_value",
        ], isNumbered: true
    ) { chart in
        chart.view.administrations.map(\.body).map { dose in
            let (date, amount) = (chart.date(dose.time), chart.milligrams(dose))
            return [
                "\(chart.number)", none, date, nil, date, nil, nil, none, nil, nil, amount.map { decimal(rounded($0, places: 2)) }, nil, nil, none, nil, nil,
                nil, nil,
                dose.drug.rawValue, none, dose.route.rawValue, amount == nil ? nil : "mg",
            ]
        }
    }

    private static let measurement = ResearchTable(
        name: "measurement",
        columns: [
            "measurement_id", "person_id", "measurement_concept_id", "measurement_date", "measurement_datetime", "measurement_time",
            "measurement_type_concept_id",
            "operator_concept_id", "value_as_number", "value_as_concept_id", "unit_concept_id", "range_low", "range_high", "provider_id", "visit_occurrence_id",
            "visit_detail_id", "measurement_source_value", "measurement_source_concept_id", "unit_source_value", "unit_source_concept_id", "value_source_value",
            "measurement_event_id", "meas_event_field_concept_id",
        ], isNumbered: true
    ) { chart in
        func row(_ time: Moment, _ source: String, _ value: Double, _ unit: String?) -> [String?] {
            [
                "\(chart.number)", none, chart.date(time), nil, nil, none, none, decimal(value), none, none, nil, nil, nil, nil, nil, source, none, unit, none,
                decimal(value), nil, none,
            ]
        }
        return chart.scores.map { row($0.time, $0.instrument.loinc?.total.map { "LOINC:" + $0 } ?? $0.instrument.id, $0.total, "{score}") }
            + chart.readings.map { row($0.time, $0.metric.loinc?.first.map { "LOINC:" + $0.code } ?? $0.metric.id, $0.value, $0.metric.unit) }
    }

    /// Diagnoses with a code; words are free text and stay out.
    private static let conditionOccurrence = ResearchTable(
        name: "condition_occurrence",
        columns: [
            "condition_occurrence_id", "person_id", "condition_concept_id", "condition_start_date", "condition_start_datetime", "condition_end_date",
            "condition_end_datetime", "condition_type_concept_id", "condition_status_concept_id", "stop_reason", "provider_id", "visit_occurrence_id",
            "visit_detail_id",
            "condition_source_value", "condition_source_concept_id", "condition_status_source_value",
        ], isNumbered: true
    ) { chart in
        chart.view.diagnoses.map(\.body).compactMap { diagnosis in
            diagnosis.code.map { code in
                [
                    "\(chart.number)", none, chart.date(diagnosis.time), nil, diagnosis.end.map(chart.date), nil, none, none, nil, nil, nil, nil,
                    chart.code(code), none, nil,
                ]
            }
        }
    }

    private static let death = ResearchTable(
        name: "death",
        columns: ["person_id", "death_date", "death_datetime", "death_type_concept_id", "cause_concept_id", "cause_source_value", "cause_source_concept_id"]
    ) { chart in
        chart.outcome.death.flatMap(chart.date).map { [["\(chart.number)", $0, nil, none, none, nil, none]] } ?? []
    }

    /// Where a table of the common data model says what is to be mapped.
    static let sources: [String: String] = [
        "person": "gender_source_value", "visit_occurrence": "visit_source_value", "drug_exposure": "drug_source_value",
        "measurement": "measurement_source_value",
        "condition_occurrence": "condition_source_value",
    ]
}

extension ReleasedChart {
    /// The middle of the age band before the first dose, in moved years: an approximation, since the common data model demands a year of everybody.
    fileprivate var yearOfBirth: String? {
        let ends = released.ageBand.split(separator: "-").compactMap { Int($0) }
        guard let first = date(0).flatMap({ Day($0) }), let low = ends.first ?? (released.ageBand.hasSuffix("+") ? Anonymity.oldest : nil) else { return nil }
        return "\(first.calendar.year - (low + (ends.last ?? low)) / 2)"
    }
}
