import Crypto
import Foundation
import Notation

/// What must be the same for parts to belong together: specification, program, knowledge, and the charts people are drawn from.
public struct Fingerprint: Sendable, Equatable {
    /// The specification as JSON with sorted keys.
    public let specification: String
    public let program: String
    public let knowledge: String
    /// Nil without a cohort.
    public let cohort: String?

    public init(_ specification: TrialSpecification, program: String, knowledge: TrialKnowledge, cohort: Cohort? = nil) throws {
        self.specification = try specification.text()
        self.program = program
        self.knowledge = knowledge.digest
        self.cohort = cohort?.digest
    }

    init(specification: String, program: String, knowledge: String, cohort: String?) {
        (self.specification, self.program, self.knowledge, self.cohort) = (specification, program, knowledge, cohort)
    }

    /// One word for all of it.
    public var digest: String { Self.digest([specification, program, knowledge, cohort ?? ""]) }

    /// SHA-256 of texts, each with its length, in hexadecimal.
    public static func digest(_ texts: [String]) -> String {
        var hash = SHA256()
        for text in texts {
            hash.update(data: Data("\(text.utf8.count):".utf8))
            hash.update(data: Data(text.utf8))
        }
        return hash.finalize().map { String(format: "%02x", $0) }.joined()
    }
}

/// Charts as a population: each person with what their chart says, and nothing else.
public struct Cohort: Sendable, Equatable {
    public struct Member: Sendable, Equatable {
        /// By covariate, in the model's unit.
        public var covariates: [String: Double]
        /// Before treatment.
        public var baseline: (instrument: String, total: Double)?
        public var takesBenzodiazepine: Bool

        public init(covariates: [String: Double], baseline: (instrument: String, total: Double)?, takesBenzodiazepine: Bool) {
            (self.covariates, self.baseline, self.takesBenzodiazepine) = (covariates, baseline, takesBenzodiazepine)
        }

        public static func == (a: Member, b: Member) -> Bool {
            a.covariates == b.covariates && a.takesBenzodiazepine == b.takesBenzodiazepine && a.baseline?.instrument == b.baseline?.instrument
                && a.baseline?.total == b.baseline?.total
        }
    }

    public let members: [Member]

    /// - Throws: when there is nobody.
    public init(_ members: [Member]) throws(Diagnostic) {
        guard !members.isEmpty else {
            throw Diagnostic("trial.cohort", at: Place(path: "population.cohort"), "has no usable chart", expected: "charts of people")
        }
        self.members = members
    }

    var digest: String {
        Fingerprint.digest(
            members.map { member in
                let covariates = member.covariates.sorted { $0.key < $1.key }.map { "\($0.key)=\(decimal($0.value))" }.joined(separator: ",")
                let baseline = member.baseline.map { "\($0.instrument)=\(decimal($0.total))" } ?? ""
                return "\(covariates);\(baseline);\(member.takesBenzodiazepine)"
            })
    }
}

extension TrialSpecification {
    /// JSON with sorted keys: a specification file as well, for JSON is YAML.
    public func text(forReading: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = forReading ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
