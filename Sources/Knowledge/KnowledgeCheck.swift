import Evidence
import Notation
import Yams

/// The rules every knowledge file keeps, whatever it is about: known keys only, a source or an honest confidence behind every
/// entry, unique ids, UCUM units, a dated and versioned header.
public enum KnowledgeCheck {
    /// What is wrong with one file, by its path.
    public static func problems(in library: KnowledgeLibrary, of path: String) -> [Diagnostic] {
        problems(in: library).filter { $0.place.file == path }
    }

    /// The first member of one file that nobody reads.
    static func unknownMember(of document: KnowledgeLibrary.Document) -> Diagnostic? {
        var check = FileCheck(path: document.path, sources: [])
        check.run(document)
        return check.problems.first { $0.code == "knowledge.unknown_key" }
    }

    /// Everything wrong with `library`, in file order; empty when it may ship.
    public static func problems(in library: KnowledgeLibrary) -> [Diagnostic] {
        var problems: [Diagnostic] = []
        var ids: [String: String] = [:]
        for document in library.documents {
            var check = FileCheck(path: document.path, sources: Set(library.base.sources.keys))
            check.run(document)
            problems += check.problems
            for id in [document.header.id] + check.entryIDs {
                if let other = ids.updateValue(document.path, forKey: id) {
                    problems.append(
                        Diagnostic(
                            "knowledge.duplicate_id", at: Place(file: document.path), "the id \(quoted(id)) is also in \(other)", expected: "an id used once"))
                }
            }
        }
        return problems
    }
}

private struct FileCheck {
    let path: String
    let sources: Set<String>
    var problems: [Diagnostic] = []
    /// Ids of rules and instruments, which findings cite and which must therefore be unique over all files.
    var entryIDs: [String] = []

    mutating func run(_ document: KnowledgeLibrary.Document) {
        do {
            guard let written = try Yams.compose(yaml: document.text),
                let understood = try Yams.compose(yaml: try YAMLEncoder().encode(try KnowledgeLibrary.decode(document.text, path: path)))
            else {
                report("knowledge.empty", "is empty", expected: "a header and content", node: nil, at: "")
                return
            }
            header(document.header, node: written)
            for unread in written.keysUnread(by: understood) {
                report(
                    "knowledge.unknown_key", "the key \(quoted(unread.name)) is not known here", expected: "only documented keys", node: unread.key,
                    at: unread.path)
            }
            walk(written, at: "", sourced: !document.header.sources.isEmpty, key: "")
        } catch let error as Diagnostic {
            problems.append(error)
        } catch {
            report("knowledge.yaml", "\(error)".split(separator: "\n").first.map(String.init) ?? "not YAML", expected: "YAML", node: nil, at: "")
        }
    }

    private mutating func report(_ code: String, _ problem: String, expected: String, node: Node?, at place: String) {
        problems.append(Diagnostic(code, at: Place(file: path, line: node?.mark?.line, path: place.isEmpty ? nil : place), problem, expected: expected))
    }

    private mutating func header(_ header: KnowledgeHeader, node: Node) {
        if Day(header.date) == nil { report("knowledge.date", "is not a date", expected: "YYYY-MM-DD", node: node, at: "knowledge.date") }
        let parts = header.version.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count != 3 || parts.contains(where: { Int($0) == nil }) {
            report("knowledge.version", "is not a semantic version", expected: "MAJOR.MINOR.PATCH", node: node, at: "knowledge.version")
        }
    }

    /// - Parameter sourced: whether the enclosing entry or the header names sources.
    private mutating func walk(_ node: Node, at place: String, sourced: Bool, key: String) {
        switch node {
        case .mapping(let mapping):
            var sourced = sourced
            if let list = mapping["sources"]?.sequence {
                for source in list where !sources.contains(source.string ?? "") {
                    report(
                        "knowledge.source", "the source \(quoted(source.string ?? "")) is not listed", expected: "a key of sources/sources.yaml", node: source,
                        at: place)
                }
                sourced = !list.isEmpty
            }
            if let confidence = mapping["confidence"]?.string.flatMap(Confidence.init(rawValue:)), confidence <= .secondary, !sourced, key != "knowledge" {
                report(
                    "knowledge.unsourced", "is marked \(confidence.rawValue) without a source", expected: "sources, or the confidence recalled or project",
                    node: node, at: place)
            }
            if let unit = mapping["unit"], let symbol = unit.string, Unit(symbol) == nil {
                report("knowledge.unit", "the unit \(quoted(symbol)) is not UCUM", expected: "a UCUM unit", node: unit, at: place)
            }
            for (name, value) in mapping {
                let name = name.string ?? "?"
                walk(value, at: place.isEmpty ? name : "\(place).\(name)", sourced: sourced, key: name)
            }
            if key == "instrument" || key == "rules[]", let id = mapping["id"]?.string { entryIDs.append(id) }
        case .sequence(let sequence):
            var seen: Set<String> = []
            for (index, value) in sequence.enumerated() {
                if let id = value.mapping?["id"]?.string, !seen.insert(id).inserted {
                    report("knowledge.duplicate_id", "the id \(quoted(id)) is used twice", expected: "each id once", node: value, at: "\(place)[\(index)]")
                }
                walk(value, at: "\(place)[\(index)]", sourced: sourced, key: key + "[]")
            }
        case .scalar, .alias: break
        }
    }
}
