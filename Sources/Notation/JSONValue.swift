/// A JSON document as written: member order kept, numbers as their digits, so that nothing a clinic sent is changed by
/// reading it (a potassium of `4.10` stays `4.10`).
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number's characters, valid by RFC 8259 §6.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    public var string: String? { if case .string(let text) = self { text } else { nil } }
    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }
    public var int: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
    public var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }
    public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

    public subscript(key: String) -> JSONValue? { object?[key] }

    /// The object with one more member; any other value as it is.
    public func adding(_ key: String, _ value: JSONValue) -> JSONValue {
        guard var object else { return self }
        object[key] = value
        return .object(object)
    }

    public subscript(index: Int) -> JSONValue? {
        guard let array, array.indices.contains(index) else { return nil }
        return array[index]
    }

    /// What kind of value this is, in the words of a diagnostic.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

/// The members of a JSON object, in the order written; keys are unique.
public struct JSONObject: Sendable, Equatable {
    public private(set) var members: [(key: String, value: JSONValue)]

    public init(_ members: [(key: String, value: JSONValue)] = []) { self.members = members }

    public subscript(key: String) -> JSONValue? {
        get { members.first { $0.key == key }?.value }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }

    public var keys: [String] { members.map(\.key) }

    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.members.count == b.members.count && zip(a.members, b.members).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue?)...) {
        members = elements.compactMap { key, value in value.map { (key, $0) } }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByIntegerLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Members whose value is Swift `nil` are left out; write `.null` for a JSON null.
    public init(dictionaryLiteral elements: (String, JSONValue?)...) {
        self = .object(JSONObject(elements.compactMap { key, value in value.map { (key, $0) } }))
    }

    public init(_ value: Int) { self = .number(String(value)) }
    public init(_ value: String) { self = .string(value) }
    public init(_ value: Bool) { self = .bool(value) }
    public init(_ values: [String]) { self = .array(values.map(JSONValue.string)) }

    /// The shortest digits that read back as `value`; whole numbers without a point. Null when not finite.
    public init(_ value: Double) {
        guard value.isFinite else {
            self = .null
            return
        }
        self = .number(decimal(value))
    }
}

/// The shortest decimal digits that read back as `value`, whole numbers without `.0`.
public func decimal(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
    return "\(value)"
}

/// `value` rounded to `places` decimals, halves away from zero.
public func rounded(_ value: Double, places: Int) -> Double {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    return (value * scale).rounded() / scale
}

extension JSONValue {
    /// `value`, or null when there is none: for keys that stand in every answer.
    public static func orNull(_ value: Bool?) -> JSONValue { if let value { .bool(value) } else { .null } }
    public static func orNull(_ value: Int?) -> JSONValue { if let value { JSONValue(value) } else { .null } }
    public static func orNull(_ value: Double?) -> JSONValue { if let value { JSONValue(value) } else { .null } }
    public static func orNull(_ value: String?) -> JSONValue { if let value { .string(value) } else { .null } }
}
