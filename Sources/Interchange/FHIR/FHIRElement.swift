import Notation

/// One JSON object inside a bundle with its place, read by FHIR's rules: every member has one type, and a wrong one is an error.
///
/// FHIR R4 §2.6.2 (JSON): a member is never an empty list or object, and `null` appears only where an extension under `_name`
/// stands for the value. Both are read as absent, and so is a text of white space only.
struct FHIRElement: Sendable, Equatable {
    let object: JSONObject
    let place: Place

    func value(_ key: String) -> JSONValue? {
        guard let value = object[key], value != .null else { return nil }
        return value
    }

    func wrong(_ key: String, _ problem: String, expected: String, code: String = "fhir.type") -> Diagnostic {
        Diagnostic(code, at: place.at(key), problem, expected: expected)
    }

    func text(_ key: String, expected: String = "text") throws(Diagnostic) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw wrong(key, "is \(value.kind)", expected: expected) }
        return text.unicodeScalars.contains { !$0.properties.isWhitespace } ? text : nil
    }

    /// The first of two members that is there.
    func text(_ key: String, or other: String) throws(Diagnostic) -> String? {
        if let text = try text(key) { return text }
        return try text(other)
    }

    func flag(_ key: String) throws(Diagnostic) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.bool else { throw wrong(key, "is \(value.kind)", expected: "true or false") }
        return flag
    }

    func number(_ key: String) throws(Diagnostic) -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.double, number.isFinite else { throw wrong(key, "is \(value.kind)", expected: "a number") }
        return number
    }

    func child(_ key: String) throws(Diagnostic) -> FHIRElement? {
        guard let value = value(key) else { return nil }
        guard let object = value.object else { throw wrong(key, "is \(value.kind)", expected: "an object") }
        return FHIRElement(object: object, place: place.at(key))
    }

    func children(_ key: String) throws(Diagnostic) -> [FHIRElement] {
        guard let value = value(key) else { return [] }
        guard let list = value.array else { throw wrong(key, "is \(value.kind)", expected: "a list of objects") }
        var elements: [FHIRElement] = []
        elements.reserveCapacity(list.count)
        for (index, item) in list.enumerated() {
            guard let object = item.object else { throw wrong("\(key)[\(index)]", "is \(item.kind)", expected: "an object") }
            elements.append(FHIRElement(object: object, place: place.at("\(key)[\(index)]")))
        }
        return elements
    }

    func texts(_ key: String) throws(Diagnostic) -> [String] {
        guard let value = value(key) else { return [] }
        guard let list = value.array else { throw wrong(key, "is \(value.kind)", expected: "a list of text") }
        var texts: [String] = []
        for (index, item) in list.enumerated() {
            guard let text = item.string else { throw wrong("\(key)[\(index)]", "is \(item.kind)", expected: "text") }
            texts.append(text)
        }
        return texts
    }
}
