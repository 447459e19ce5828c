import Access
import HTTPTypes
import Hummingbird
import Notation

/// The description of every address (OpenAPI 3.1), from the table the router itself is built from.
enum OpenAPI {
    static func description(of routes: [Route], version: String) -> JSONValue {
        var paths = JSONObject()
        for route in routes {
            let path = route.path.split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }.joined(separator: "/")
            var operations = paths[path]?.object ?? JSONObject()
            operations[route.method.rawValue.lowercased()] = operation(route)
            paths[path] = .object(operations)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Euthymia", "version": .string(version),
                "description":
                    "Pages and forms of the clinic. A client that accepts application/json gets `{\"next\": …}` where a browser is sent on, and `{\"problem\": …, \"field\": …}` where it is shown a problem.",
            ],
            "components": [
                "securitySchemes": ["sign_in": ["type": "apiKey", "in": "cookie", "name": "euthymia"]]
            ],
            "paths": .object(paths),
        ]
    }

    private static func operation(_ route: Route) -> JSONValue {
        var operation: JSONObject = ["summary": .string(route.summary)]
        if case .permission(let permission) = route.need {
            operation["security"] = [["sign_in": []]]
            operation["x-permission"] = .string(permission.rawValue)
        }
        operation["x-signature"] = route.signature.map(JSONValue.string)
        let parameters: [JSONValue] =
            route.parameters.map { ["name": .string($0), "in": "path", "required": true, "schema": ["type": "string"]] }
            + route.query.map { ["name": .string($0), "in": "query", "required": false, "schema": ["type": "string"]] }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if route.method == .post { operation["requestBody"] = body(route) }
        operation["responses"] = .object(JSONObject(answers(route).map { ($0.0, ["description": .string($0.1)]) }))
        return .object(operation)
    }

    private static func body(_ route: Route) -> JSONValue {
        var fields = route.form
        if route.signature != nil { fields.append(.required("signature", "Password of who signs", .secret)) }
        if case .permission = route.need { fields.append(.optional("csrf", "Token of the sign-in, or in the header X-CSRF", .text(128))) }
        let schema: JSONValue = [
            "type": "object", "required": .init(fields.filter(\.isRequired).map(\.name)),
            "properties": .object(JSONObject(fields.map { ($0.name, Self.schema($0)) })),
        ]
        return ["required": .init(fields.contains(where: \.isRequired)), "content": ["application/x-www-form-urlencoded": ["schema": schema]]]
    }

    private static func schema(_ field: FormField) -> JSONValue {
        var schema: JSONObject =
            switch field.kind {
            case .text(let length): ["type": "string", "maxLength": .init(length)]
            case .secret: ["type": "string", "format": "password", "maxLength": 1024]
            case .number(let range): ["type": "number", "minimum": .init(range.lowerBound), "maximum": .init(range.upperBound)]
            case .choice(let words): ["type": "string", "enum": .init(words)]
            case .choices(let words): ["type": "array", "items": ["type": "string", "enum": .init(words)]]
            case .flag: ["type": "string", "enum": ["true", "false"]]
            case .instant: ["type": "string", "format": "date-time"]
            case .day: ["type": "string", "format": "date"]
            case .id: ["type": "string", "pattern": "^[A-Za-z0-9._:-]{1,200}$"]
            }
        schema["title"] = .string(field.title)
        return .object(schema)
    }

    private static func answers(_ route: Route) -> [(String, String)] {
        let given: [(String, String)] =
            route.method == .post
            ? [("200", "Done; the next page, for a script."), ("303", "Done; on to the next page.")] : [("200", "The page."), ("303", "On to another page.")]
        let refused: [(String, String)] = [
            ("400", "Not understood."), ("401", "Nobody is signed in."), ("403", "Not allowed."), ("404", "Nothing is there."), ("405", "Not this way."),
            ("409", "Somebody was faster, or a rule forbids it."), ("410", "No longer there."), ("413", "Too large."), ("415", "Not a form."),
            ("421", "Another address."), ("422", "A field cannot be taken."), ("429", "Too much at once."), ("503", "Nothing can be saved now."),
        ]
        return given + refused
    }
}
