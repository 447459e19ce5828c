import Yams

extension Node {
    /// Keys that the decoded value does not write back: keys that nobody reads.
    /// - Parameter understood: the decoded value, encoded again.
    func keysUnread(by understood: Node?, at place: String = "") -> [(key: Node, name: String, path: String)] {
        switch self {
        case .mapping(let mapping):
            mapping.flatMap { key, value -> [(key: Node, name: String, path: String)] in
                let name = key.string ?? "?"
                let inner = place.isEmpty ? name : "\(place).\(name)"
                if let counterpart = understood?.mapping?[key] { return value.keysUnread(by: counterpart, at: inner) }
                return value.null == nil ? [(key, name, inner)] : []
            }
        case .sequence(let sequence):
            sequence.enumerated().flatMap { index, value in
                let counterparts = understood?.sequence
                return value.keysUnread(by: counterparts.flatMap { index < $0.count ? $0[index] : nil }, at: "\(place)[\(index)]")
            }
        case .scalar, .alias: []
        }
    }
}
