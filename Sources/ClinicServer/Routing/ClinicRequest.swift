import Access
import Chart
import Guidance
import Hummingbird
import HummingbirdCore
import NIOCore
import Notation
import Storage

/// What the server keeps for the time of one request.
struct ClinicContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The other end of the connection; nil in tests without a socket.
    let peer: String?
    /// Set by the gate: whose page a problem is shown on.
    var maxUploadSize: Int { 64 * 1024 }

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress?.ipAddress
    }
}

/// Who asks: the account and the browser it is signed in with.
struct Person: Sendable {
    var account: Account
    var signIn: SignIn

    func may(_ permission: Permission) -> Bool { account.may(permission) }
}

/// A request that passed the gate.
struct ClinicRequest: Sendable {
    var uri: URI
    var headers: HTTPFields
    var parameters: [String: String]
    /// Nil only where a route is for anyone or for the holder of a link.
    var person: Person?
    var form: FormValues
    var address: String
    var now: Instant
    /// What the browser calls us: host and port.
    var authority = ""
    /// The page is for a patient with a link: nobody signs in there, and nothing of the clinic's own stands on it.
    var isForPatient = false
    /// The link that is answered, once the handler knows that it holds.
    var link: AccessBook.Link?
    /// How the chart of the path is reached; nil where there is none.
    var reach: AccessBook.Reach?

    /// A parameter of the path, decoded.
    subscript(parameter: String) -> String { parameters[parameter] ?? "" }

    /// Who signs what is written: a patient with a link also in a browser where somebody of the clinic is signed in.
    var author: AccountID { link.map { Fact.linkAuthor + $0.id } ?? person?.account.id ?? AccessEvent.system }

    /// Whether the answer is for a script rather than for a person.
    var wantsJSON: Bool { headers[.accept]?.contains("application/json") ?? false }

    func audit(_ what: AuditEntry.What, patient: String? = nil, about: String? = nil) -> AuditEntry {
        AuditEntry(time: now, who: author, what: what, patient: patient ?? parameters["patient"], about: about, address: address)
    }
}
