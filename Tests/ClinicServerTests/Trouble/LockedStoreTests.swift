import Foundation
import Storage
import Synchronization
import Testing

@testable import ClinicServer

/// Another program writes to the store for a while.
@Suite struct LockedStoreTests {
    private final class Lock: Sendable {
        let isOver = Mutex(false)
    }

    @Test func pagesAreShownAndNothingIsLost() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("clinic.sqlite").path
        let test = try TestClinic(SessionFacts.arrived, store: try Store.open(at: path))
        let cookie = try test.signIn(.nurse).cookie
        // So long ago that it is noted again that somebody is there.
        test.advance(minutes: 2)
        let other = try Store.open(at: path)
        let entry = ["id": "w1", "sbp": "128", "dbp": "80"]
        let (form, headers) = try test.form(entry, as: .nurse)
        let (begun, writing) = AsyncStream.makeStream(of: Void.self)
        let lock = Lock()
        Thread.detachNewThread {
            try? other.append(at: test.now) { _ in
                writing.finish()
                while !lock.isOver.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.02) }
            }
        }
        for await _ in begun {}
        async let page = test.ask(.get, "/patients/p1", headers: [.cookie: "euthymia=\(cookie)"])
        async let saved = test.ask(.post, "/patients/p1/sessions/s1/entries", headers: headers, body: form)
        #expect(try await page.status == 200)
        // The page did not wait for its audit, which cannot be written yet.
        #expect(try test.audit { $0.what = .readChart }.isEmpty)
        lock.isOver.withLock { $0 = true }
        #expect(try await saved.status == 303)
        #expect(try test.clinic.store.contains("p1", fact: "w1-sbp"))
        for _ in 0..<50 where try test.audit({ $0.what = .readChart }).isEmpty { try await Task.sleep(for: .milliseconds(50)) }
        #expect(try test.audit { $0.what = .readChart }.contains { $0.patient == "p1" }, "who looked meanwhile is on record")
    }
}
