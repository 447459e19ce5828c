/// Terminologies under the one name that facts and knowledge use for them.
public enum Terminology {
    /// By the URI FHIR knows them under (HL7 Terminology, "External code systems"), by the OIDs HL7 v2 and CDA converters write, and by the
    /// names people write, in lower case.
    private static let names: [String: String] = [
        "http://snomed.info/sct": "SNOMED CT", "urn:oid:2.16.840.1.113883.6.96": "SNOMED CT", "snomed": "SNOMED CT", "snomedct": "SNOMED CT",
        "snomed-ct": "SNOMED CT", "sct": "SNOMED CT",
        "http://loinc.org": "LOINC", "https://loinc.org": "LOINC", "urn:oid:2.16.840.1.113883.6.1": "LOINC",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm", "urn:oid:2.16.840.1.113883.6.88": "RxNorm",
        "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM", "urn:oid:2.16.840.1.113883.6.90": "ICD-10-CM", "icd10cm": "ICD-10-CM",
        "icd10-cm": "ICD-10-CM", "icd-10cm": "ICD-10-CM", "icd 10 cm": "ICD-10-CM",
        "http://hl7.org/fhir/sid/icd-10": "ICD-10", "urn:oid:2.16.840.1.113883.6.3": "ICD-10", "icd10": "ICD-10", "icd 10": "ICD-10",
        "http://fhir.de/codesystem/bfarm/icd-10-gm": "ICD-10-GM", "http://fhir.de/codesystem/dimdi/icd-10-gm": "ICD-10-GM", "icd10gm": "ICD-10-GM",
        "http://hl7.org/fhir/sid/icd-9-cm": "ICD-9-CM", "http://id.who.int/icd/release/11/mms": "ICD-11",
        "http://www.whocc.no/atc": "ATC", "http://fhir.de/codesystem/bfarm/atc": "ATC",
        "http://hl7.org/fhir/sid/ndc": "NDC", "http://fdasis.nlm.nih.gov": "UNII",
        "http://www.ama-assn.org/go/cpt": "CPT", "https://www.cms.gov/medicare/coding/hcpcsreleasecodesets": "HCPCS",
        "http://hl7.org/fhir/sid/cvx": "CVX", "https://www.meddra.org": "MedDRA",
        "http://terminology.hl7.org/codesystem/v3-routeofadministration": "HL7 route",
        "http://terminology.hl7.org/codesystem/v3-gtsabbreviation": "HL7 timing",
    ]

    private static let known = Set(names.values)

    /// Whether `name` is one of these and not a house's own list.
    public static func isKnown(_ name: String) -> Bool { known.contains(name) }

    /// The name of the terminology that `system` means; `system` itself where it has none here.
    public static func name(_ system: String) -> String { names[system.lowercased()] ?? system }
}

extension Code {
    /// A code as it compares: the editions of ICD-10 as one terminology, regardless of case and of the point.
    struct Key: Hashable, Sendable {
        var system: String
        var code: String

        init(system: String, code: String) {
            let name = Terminology.name(system).uppercased()
            let isICD = name.hasPrefix("ICD-10")
            self.system = isICD ? "ICD-10" : name
            self.code = isICD ? code.uppercased().filter { $0 != "." } : code.uppercased()
        }
    }
}
