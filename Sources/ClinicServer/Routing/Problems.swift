import HTTPTypes
import Hummingbird
import NIOCore
import Notation
import Storage

/// What goes wrong in words: for a person a page, for a script the same sentence as JSON.
struct Problem: Sendable {
    var status: HTTPResponse.Status
    var text: String
    /// The field of a form it is about.
    var field: String?
    /// What could be done instead.
    var link: (text: String, href: String)?

    /// Never with details of the store or a patient.
    init(_ error: any Error) {
        switch error {
        case let error as FormProblem: self.init(status: .unprocessableContent, text: error.text, field: error.field)
        case let error as Diagnostic:
            self.init(status: .unprocessableContent, text: "\(error.place): \(error.problem); expected \(error.expected).", field: error.place.path)
        case let error as StoreError where error.code == .conflict:
            self.init(status: .conflict, text: "This was recorded already, with other content. Load the page again.", field: nil)
        case let error as StoreError:
            self.init(status: .serviceUnavailable, text: "\(Self.cause(error)). Nothing of this was saved. Reading goes on.", field: nil)
        case Refusal.signIn:
            self.init(status: .unauthorized, text: "Nobody is signed in here, or the sign-in has ended.", field: nil, link: ("Sign in", "/sign-in"))
        case Refusal.closedChart(let patient):
            self.init(
                status: .forbidden, text: "This chart is open to its care team only.", field: nil,
                link: ("Break the glass, with a reason", "/patients/\(percentEncoded(patient))/break-glass"))
        case let error as HTTPError:
            self.init(status: error.status, text: error.body ?? Self.words(error.status), field: nil)
        default: self.init(status: .internalServerError, text: Self.words(.internalServerError), field: nil)
        }
    }

    private init(status: HTTPResponse.Status, text: String, field: String?, link: (String, String)? = nil) {
        (self.status, self.text, self.field, self.link) = (status, text, field, link)
    }

    private static func cause(_ error: StoreError) -> String {
        switch error.code {
        case .full: "The disk is full"
        case .readOnly: "The disk is read-only"
        default: "The store cannot be written"
        }
    }

    private static func words(_ status: HTTPResponse.Status) -> String {
        switch status {
        case .contentTooLarge: "What was sent is larger than a form can be. Nothing of it was saved."
        case .notFound: "There is nothing at this address."
        case .internalServerError: "The page could not be made. Nothing was changed. If it happens again, run `euthymia verify` on the store."
        default: "This cannot be answered."
        }
    }

    var title: String {
        switch status {
        case .notFound: "There is nothing here."
        case .unauthorized: "Please sign in."
        case .forbidden: "This is not open to you."
        case .badRequest, .unprocessableContent, .contentTooLarge, .unsupportedMediaType: "This cannot be taken."
        case .conflict: "Somebody was faster."
        case .gone: "This link is no longer open."
        case .tooManyRequests: "Too much at once."
        case .serviceUnavailable: "Nothing can be saved now."
        default: "Something went wrong."
        }
    }

    var json: Response {
        var object: JSONObject = ["problem": .string(text)]
        object["field"] = field.map(JSONValue.string)
        return .json(.object(object), status: status)
    }
}

extension Response {
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"], body: ResponseBody(byteBuffer: ByteBuffer(string: value.text)))
    }

    /// On to another page after something was done.
    static func seeOther(_ location: String, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.location] = location
        return Response(status: .seeOther, headers: headers)
    }

    /// A redirection for a script, which decides itself where to go.
    var asJSON: Response {
        var headers = headers
        let next = headers[.location] ?? "/"
        headers[.location] = nil
        // The redirection had no body; this answer has one.
        headers[.contentLength] = nil
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: JSONValue.object(["next": .string(next)]).text)))
    }
}
