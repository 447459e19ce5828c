import Chart
import Dispensary
import Evidence
import Forecast
import Foundation
import Guidance
import Notation
import Pharmacology
import Psychometrics
import Yams

/// The knowledge files as read from disk: YAML with a shared header, each entry with its confidence and sources.
public struct KnowledgeLibrary: Sendable {
    /// One file: its path under the library, its text and its header.
    public struct Document: Sendable {
        public var path: String
        public var text: String
        public var header: KnowledgeHeader
    }

    public let documents: [Document]
    public let base: KnowledgeBase
    /// The rules of the controlled-drug ledger.
    public let ledgerRules: [LedgerRule]
    /// The course of symptoms under treatment.
    public let symptomModel: SymptomModel

    /// The files that ship with the program.
    /// - Parameter more: texts by path of further files.
    /// - Throws: a diagnostic naming the first file that cannot be read.
    public static func shipped(with more: [String: String] = [:]) throws(Diagnostic) -> KnowledgeLibrary {
        let files = try texts(in: Bundle.module.bundleURL.appendingPathComponent("Resources"))
        return try KnowledgeLibrary(files: files.merging(more) { _, new in new })
    }

    /// The files that ship, with a clinic's own: rules tightened or changed, rules, protocols, crisis contacts and the prior of its patients added.
    /// - Throws: what a clinic's file may not do: loosen a label or a regulation, claim to be one, take the place of what ships, or
    ///   say what no rule reads.
    public static func shipped(clinic files: [(path: String, text: String)]) throws(Diagnostic) -> KnowledgeLibrary {
        let shipped = try shipped()
        for (path, text) in files { try shipped.check(clinic: text, path: path) }
        return try KnowledgeLibrary(
            files: Dictionary(shipped.documents.map { ($0.path, $0.text) } + files.map { ("clinic/" + $0.path, $0.text) }) { first, _ in first })
    }

    public static func shipped(clinic text: String, path: String) throws(Diagnostic) -> KnowledgeLibrary { try shipped(clinic: [(path, text)]) }

    private func check(clinic text: String, path: String) throws(Diagnostic) {
        let own = try Self.decode(text, path: path)
        func refuse(_ code: String, _ problem: String, expected: String) -> Diagnostic {
            Diagnostic("clinic.\(code)", at: Place(file: path), problem, expected: expected)
        }
        guard own.holdsOnlyWhatAClinicOwns else {
            throw refuse(
                "content", "holds more than overlay, rules, protocol, crisis_contacts and symptom_prior",
                expected: "only what a clinic owns (docs/adding-a-rule.md)")
        }
        if let contact = own.crisisContacts?.first(where: { $0.phone != nil && $0.dialled == nil }) {
            throw refuse("crisis", "the number of \(quoted(contact.who)) cannot be dialled", expected: "digits, with +, -, blanks or brackets between")
        }
        for rule in own.rules ?? [] {
            guard base.ruleBook[rule.id] == nil else {
                throw refuse("rule", "the rule \(quoted(rule.id)) is one that ships", expected: "a new id, or an overlay")
            }
            guard rule.statement.kind == .clinicDefault, rule.statement.binds.isEmpty else {
                throw refuse("rule", "the rule \(quoted(rule.id)) claims to be more than the clinic's", expected: "kind: clinic_default, binds: []")
            }
        }
        if let plan = own.protocol {
            guard base.protocols[plan.id] == nil else {
                throw refuse("protocol", "the protocol \(quoted(plan.id)) is one that ships", expected: "a new id")
            }
            guard plan.kind == .clinicDefault else { throw refuse("protocol", "claims to be more than the clinic's", expected: "kind: clinic_default") }
        }
        // A member that nobody reads would seem to change a rule and change nothing.
        if let unknown = KnowledgeCheck.unknownMember(of: Document(path: path, text: text, header: own.knowledge)) { throw unknown }
    }

    /// A clinic's file with the prior of its patients, for `shipped(clinic:)`.
    /// - Parameter date: YYYY-MM-DD.
    public static func clinicFile(_ prior: SymptomPrior, date: String) throws(Diagnostic) -> String {
        let header = """
            knowledge:
              id: clinic/prior
              title: "The course of symptoms in this clinic's own patients"
              version: 1.0.0
              date: "\(date)"
              confidence: project
              sources: []
              note: "Learnt by euthymia fit --charts; in force where --clinic names it."

            """
        do {
            return header + (try YAMLEncoder().encode([KnowledgeFile.CodingKeys.symptomPrior.rawValue: prior]))
        } catch {
            throw Diagnostic("knowledge.written", at: Place(), "cannot be written as YAML", expected: "numbers that can")
        }
    }

    /// The published outcomes of trials that a programme is held beside: a table, one row for each figure.
    public static func publishedOutcomes() throws(Diagnostic) -> [UInt8] {
        let path = "outcomes/trial_outcomes.csv"
        guard let data = try? Data(contentsOf: Bundle.module.bundleURL.appendingPathComponent("Resources/" + path)) else {
            throw Diagnostic("knowledge.unreadable", at: Place(file: path), "cannot be read", expected: "a readable file")
        }
        return [UInt8](data)
    }

    /// - Parameter files: YAML texts by path.
    public init(files: [String: String]) throws(Diagnostic) {
        var documents: [Document] = []
        var contents: [KnowledgeFile] = []
        for (path, text) in files.sorted(by: { $0.key < $1.key }) {
            let file = try Self.decode(text, path: path)
            documents.append(Document(path: path, text: text, header: file.knowledge))
            contents.append(file)
        }
        self.documents = documents
        base = try Self.assemble(contents)
        ledgerRules = contents.flatMap { $0.ledgerRules ?? [] }
        let symptoms = try Self.one("symptom_model", contents.compactMap(\.symptomModel))
        let version = contents.first { $0.symptomModel != nil }?.knowledge.version ?? "0"
        let priors = zip(documents, contents).compactMap { document, file in file.symptomPrior.map { (document.path, $0) } }
        guard priors.count < 2 else {
            throw Diagnostic(
                "clinic.prior", at: Place(file: priors[1].0, path: "symptom_prior"), "is a second prior", expected: "one in all files of the clinic")
        }
        guard let (path, prior) = priors.first else {
            symptomModel = symptoms
            return
        }
        do throws(Diagnostic) {
            symptomModel = try symptoms.starting(from: prior, version: version)
        } catch {
            let file = path.hasPrefix("clinic/") ? String(path.dropFirst("clinic/".count)) : path
            throw Diagnostic(error.code, at: Place(file: file, path: error.place.path), error.problem, expected: error.expected)
        }
    }

    static func decode(_ text: String, path: String) throws(Diagnostic) -> KnowledgeFile {
        do {
            return try YAMLDecoder().decode(KnowledgeFile.self, from: text)
        } catch {
            throw Diagnostic(reading: error, file: path, code: "knowledge", expected: "the shape described in docs/knowledge.md")
        }
    }

    private static func one<Content>(_ name: String, _ found: [Content]) throws(Diagnostic) -> Content {
        guard let content = found.first, found.count == 1 else {
            throw Diagnostic("knowledge.missing", at: Place(path: name), "is in \(found.count) knowledge files", expected: "exactly one")
        }
        return content
    }

    private static func assemble(_ files: [KnowledgeFile]) throws(Diagnostic) -> KnowledgeBase {
        func one<Content>(_ name: String, _ key: (KnowledgeFile) -> Content?) throws(Diagnostic) -> Content {
            try Self.one(name, files.compactMap(key))
        }
        func byID<Element: Identifiable>(_ elements: [Element]) -> [String: Element] where Element.ID == String {
            Dictionary(elements.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let models = try compiled(files.compactMap(\.model))
        let drugNames = DrugNames(files.flatMap { $0.drugNames ?? [] })
        let effects = try one("effects", \.effects)
        for model in models.values where effects.fits(model.model) { _ = try model.with(effects) }
        return KnowledgeBase(
            headers: files.map(\.knowledge),
            sources: Dictionary(files.flatMap { $0.citations ?? [] }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            instruments: InstrumentCatalog(files.compactMap(\.instrument)),
            metrics: MetricIndex(files.flatMap { $0.metrics ?? [] }), codeSets: byID(files.flatMap(\.wordedCodeSets)),
            treatments: TreatmentTable(files.flatMap { $0.treatments ?? [] }, drugNames: drugNames),
            resistance: try one("resistance", \.resistance), maudsley: try one("maudsley", \.maudsley),
            thaseRush: try one("thase_rush", \.thaseRush), symptoms: try one("symptoms", \.symptoms), programme: try one("programme", \.programme),
            ruleBook: RuleBook(
                try files.flatMap { $0.rules ?? [] }.overlaid(with: files.flatMap { $0.overlay ?? [] }, at: Place(file: "the clinic's file", path: "overlay")),
                orders: files.flatMap { $0.orderRules ?? [] }),
            monitoring: try one("monitoring", \.monitoring), followUp: try one("follow_up", \.followUp),
            interactions: InteractionTable(files.flatMap { $0.interactions ?? [] }, drugNames: drugNames), protocols: files.compactMap(\.protocol),
            frequencyRules: files.flatMap { $0.frequencyRules ?? [] }, remsForms: files.compactMap(\.remsForm), models: models, effects: effects,
            exposureInteractions: files.flatMap { $0.exposureInteractions ?? [] },
            // Files come by path, and a clinic's own stand under clinic/.
            crisisContacts: files.flatMap { $0.crisisContacts ?? [] })
    }

    /// Every model made ready to run, so that a file with a fault in it is refused where it is read.
    private static func compiled(_ models: [PopulationModel]) throws(Diagnostic) -> [String: CompiledModel] {
        let library = Dictionary(models.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var compiled: [String: CompiledModel] = [:]
        for model in models {
            guard compiled[model.id] == nil else {
                throw Diagnostic("knowledge.duplicate_id", at: Place(file: "model \(model.id)"), "is in two files", expected: "an id used once")
            }
            compiled[model.id] = try CompiledModel(model, library: library)
        }
        return compiled
    }

    private static func texts(in folder: URL) throws(Diagnostic) -> [String: String] {
        var texts: [String: String] = [:]
        let root = folder.standardizedFileURL.path
        for path in FileManager.default.enumerator(atPath: root)?.compactMap({ $0 as? String }) ?? [] where path.hasSuffix(".yaml") {
            guard let text = try? String(contentsOfFile: root + "/" + path, encoding: .utf8) else {
                throw Diagnostic("knowledge.unreadable", at: Place(file: path), "cannot be read as UTF-8", expected: "a readable file")
            }
            texts[path] = text
        }
        return texts
    }
}

extension KnowledgeBase {
    /// The knowledge that ships with the program.
    public static func shipped() throws(Diagnostic) -> KnowledgeBase { try KnowledgeLibrary.shipped().base }
}

extension KnowledgeLibrary {
    /// The file with this header id, or the one that holds a rule or an instrument of this id.
    public func document(holding id: String) -> Document? {
        if let document = documents.first(where: { $0.header.id == id }) { return document }
        if let instrument = base.instruments.named(id) { return documents.first { $0.header.id == "instrument/\(instrument.id)" } }
        return documents.first { $0.text.contains("id: \(id)\n") || $0.text.contains("id: \(id),") }
    }

    /// The model that the file at `path` holds.
    public func modelID(in path: String) throws(Diagnostic) -> String {
        guard let text = documents.first(where: { $0.path == path })?.text, let model = try Self.decode(text, path: path).model else {
            throw Diagnostic("knowledge.model", at: Place(file: path), "holds no model", expected: "a model file (docs/adding-a-model.md)")
        }
        return model.id
    }

    /// The sources a file cites anywhere, in the order of their keys.
    public func citations(in document: Document) -> [Source] {
        base.sources.values.filter { source in
            document.header.sources.contains(source.id)
                || document.text.split(whereSeparator: { " ,[]\"\n".contains($0) }).contains(Substring(source.id))
        }.sorted { $0.id < $1.id }
    }
}
