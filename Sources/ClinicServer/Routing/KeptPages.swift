import Access
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Notation
import Storage
import Synchronization

/// What a response writes.
private final class Collected: Sendable {
    let bytes = Mutex<[UInt8]>([])
}

private struct Collector: ResponseBodyWriter {
    let collected: Collected

    init(into collected: Collected) { self.collected = collected }

    func write(_ buffer: ByteBuffer) async throws { collected.bytes.withLock { $0 += buffer.readableBytesView } }
    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

/// Pages that many people look at, kept for a moment after they were drawn, so that thirty screens do not judge the same charts thirty times.
///
/// A page is drawn for a stand-in who has the rights of the person who asks and is nobody: what is personal of it are the places where the
/// stand-in's marks stand, and each person gets their own put there. Whatever is stored makes every kept page old at once.
final class KeptPages: Sendable {
    /// Longest time a page is shown again, in seconds: time passes, and another process may write to the store.
    private static let longest = 2.0
    private static let capacity = 400

    private struct Key: Hashable {
        var uri: String
        var roles: Set<Role>
        var reach: AccessBook.Reach?
        var isAudited: Bool
    }

    /// A page cut at its marks.
    private struct Page: Sendable {
        var response: Response
        var texts: [ByteBuffer]
        /// The mark that follows each text; the last text has none.
        var marks: [Int]

        /// Copying takes longer than sending in parts.
        var isLarge: Bool { texts.contains { $0.readableBytes > 32 * 1024 } }
    }

    /// What a page is of: taken when its drawing begins.
    private final class State: Sendable {
        private let drawn = Mutex<(changes: Int, at: Instant)?>(nil)

        func begin(_ changes: Int, at now: Instant) { drawn.withLock { $0 = (changes, now) } }

        /// Whether the page shows what there is now. One whose drawing has yet to begin will.
        func holds(_ changes: Int, at now: Instant) -> Bool {
            guard let drawn = drawn.withLock({ $0 }) else { return true }
            return drawn.changes == changes && drawn.at <= now && now < drawn.at.adding(minutes: KeptPages.longest / 60)
        }
    }

    private struct Kept {
        var state: State
        var page: Task<Page, any Error>
    }

    private let desk: SignInDesk
    private let clinic: Clinic
    private let kept = Mutex<[Key: Kept]>([:])
    /// Who every kept page is drawn for; random, so that nobody can write a mark into a chart.
    private let standIn: (id: AccountID, name: String, signIn: SignIn)
    /// As they stand in a page: name, account, and what makes its forms ours.
    private let marks: [[UInt8]]

    init(_ pages: Pages) {
        (desk, clinic) = (pages.desk, pages.clinic)
        let (id, name, token) = (hexadecimal(clinic.randomBytes(16)), hexadecimal(clinic.randomBytes(16)), clinic.randomBytes(32))
        let signIn = SignIn(token: token, account: id, created: Instant(milliseconds: 0), seen: Instant(milliseconds: 0), confirmed: nil)
        standIn = (id, name, signIn)
        marks = [name, id, desk.csrfToken(of: signIn)].map { Array($0.utf8) }
    }

    func response(to request: ClinicRequest, of route: Route) async throws -> Response {
        // Who reaches only their own patients has pages of their own.
        guard let person = request.person, !person.account.isCareTeamOnly else { return try await route.handle(request) }
        let key = Key(
            uri: request.uri.string, roles: person.account.roles, reach: request.reach, isAudited: desk.isAuditing.load(ordering: .relaxed))
        let page = try await page(key, of: route, request, person)
        return filled(page, [escapedHTML(person.account.name), escapedHTML(person.account.id), desk.csrfToken(of: person.signIn)])
    }

    /// What is stored, and what is kept at hand of it a moment later: a page drawn in between is old as well.
    private var changes: Int { clinic.queue.changes + clinic.access.changes + clinic.live.changes }

    private func page(_ key: Key, of route: Route, _ request: ClinicRequest, _ person: Person) async throws -> Page {
        let (now, changes) = (request.now, changes)
        let drawing = kept.withLock { kept -> Task<Page, any Error> in
            if let known = kept[key], known.state.holds(changes, at: now) { return known.page }
            if kept.count >= Self.capacity { kept = kept.filter { $0.value.state.holds(changes, at: now) } }
            let (state, person) = (State(), stranger(like: person))
            let page = Task(executorPreference: OwnThread.pages) { [self] in
                var request = request
                (request.person, request.now) = (person, clinic.now())
                state.begin(self.changes, at: request.now)
                return try await cut(try await route.handle(request))
            }
            kept[key] = Kept(state: state, page: page)
            return page
        }
        do {
            return try await drawing.value
        } catch {
            kept.withLock { $0[key] = nil }
            throw error
        }
    }

    private func stranger(like person: Person) -> Person {
        var stranger = person
        (stranger.account.id, stranger.account.name, stranger.signIn) = (standIn.id, standIn.name, standIn.signIn)
        return stranger
    }

    private func cut(_ response: Response) async throws -> Page {
        let collected = Collected()
        try await response.body.write(Collector(into: collected))
        let bytes = collected.bytes.withLock { $0 }
        var page = Page(response: response, texts: [], marks: [])
        var (start, place) = (0, 0)
        while place < bytes.count {
            if let mark = marks.firstIndex(where: { $0.first == bytes[place] && bytes[place...].starts(with: $0) }) {
                page.texts.append(ByteBuffer(bytes: bytes[start..<place]))
                page.marks.append(mark)
                place += marks[mark].count
                start = place
            } else {
                place += 1
            }
        }
        page.texts.append(ByteBuffer(bytes: bytes[start...]))
        return page
    }

    private func filled(_ page: Page, _ values: [String]) -> Response {
        let values = values.map { ByteBuffer(string: $0) }
        var parts: [ByteBuffer] = []
        for (number, text) in page.texts.enumerated() {
            parts.append(text)
            if number < page.marks.count { parts.append(values[page.marks[number]]) }
        }
        var headers = page.response.headers
        headers[.contentLength] = nil
        return Response(status: page.response.status, headers: headers, body: page.isLarge ? ResponseBody(contentsOf: parts) : ResponseBody(joining: parts))
    }
}

extension ResponseBody {
    fileprivate init(joining parts: [ByteBuffer]) {
        var whole = ByteBuffer()
        whole.reserveCapacity(parts.reduce(0) { $0 + $1.readableBytes })
        for part in parts { whole.writeImmutableBuffer(part) }
        self.init(byteBuffer: whole)
    }
}
