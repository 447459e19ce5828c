import Access
import Foundation
import Notation
import RunningClinic
import Storage
import Testing

/// The program as a process of its own, under what can happen to the machine it runs on.
@Suite(.serialized) struct RunningTests {
    private var program: URL {
        get throws { try #require(Shell.program) }
    }

    /// In short what `swift run -c release Benchmarks nothing-lost 200` does at length.
    @Test func nothingAcknowledgedIsLostToAKill() throws {
        let tally = try NothingLost(program: try program).run(rounds: 5)
        #expect(tally.violations.isEmpty, "\(tally.violations)")
        #expect(tally.rounds == 5 && tally.acknowledged >= 20 && tally.found == tally.acknowledged, "\(tally)")
    }

    /// A clinic begins with a store that is not there yet, and with a code for whoever opens the first account.
    @Test func aNewStoreIsMadeAndPrintsItsCode() throws {
        let clinic = try ScratchClinic()
        defer { clinic.remove() }
        let server = try ServerProcess([try program.path, "serve", "--store", clinic.path, "--port", "0"], folder: clinic.folder)
        #expect(server.printed.contains("a new store"))
        for _ in 0..<100 where !server.printed.contains("/first-start") { usleep(20_000) }
        #expect(server.printed.contains("/first-start and use the one-time code "))
        server.stop()
        #expect(try Store.openToRead(at: clinic.path).patients().isEmpty)
    }

    /// The head goes to the second place when the server starts and stops; a second place that cannot be written is said on the console and
    /// to whoever may read the audit, until it can.
    @Test func checkpointsGoToTheSecondPlaceOrItIsSaid() throws {
        let (clinic, _, cookie, administrator) = try clinic()
        defer { clinic.remove() }
        let share = clinic.folder.appendingPathComponent("share")
        let file = share.appendingPathComponent("checkpoints").path
        let server = try ServerProcess(
            [try program.path, "serve", "--store", clinic.path, "--port", "0", "--checkpoints", file], folder: clinic.folder)
        let (nurse, auditor) = (Client(port: server.port, cookie: cookie), Client(port: server.port, cookie: administrator))
        func says(_ client: Client, _ path: String) -> Bool { client.get(path)?.body.contains("Tell whoever looks after the server.") == true }
        for _ in 0..<100 where !says(auditor, "/audit") { usleep(50_000) }
        #expect(says(auditor, "/audit") && says(auditor, "/people") && !says(nurse, "/patients"))
        #expect(server.printed.contains("Checkpoints are not noted in their second place"))
        try FileManager.default.createDirectory(at: share, withIntermediateDirectories: false)
        for _ in 0..<100 where says(auditor, "/audit") { usleep(50_000) }
        #expect(!says(auditor, "/audit"))
        #expect(nurse.post("/patients/p1/care-team", ["account": "writer-0"])?.status == 303)
        server.stop()
        let noted = try CheckpointFile(file).read()
        let head = try Store.openToRead(at: clinic.path).head()
        #expect(noted.checkpoints.last?.count == head.count && noted.checkpoints.count >= 2 && noted.otherLines.isEmpty)
        #expect(Store.verify(at: clinic.path, against: noted.checkpoints) == .intact(head))
        // Another store under the same name is noticed at the next start.
        let other = try ScratchClinic()
        defer { other.remove() }
        let reader = try other.employ("admin", .administrator)
        let second = try ServerProcess([try program.path, "serve", "--store", other.path, "--port", "0", "--checkpoints", file], folder: clinic.folder)
        defer { second.stop() }
        let client = Client(port: second.port, cookie: reader)
        for _ in 0..<100 where !says(client, "/people") { usleep(50_000) }
        #expect(client.get("/people")?.body.contains("is not in this store&#39;s chain") == true)
        #expect(try CheckpointFile(file).read() == noted)
    }

    // MARK: - Disks that refuse

    /// A folder on a disk of its own, seen by one process and its children; nil with the reason where the machine does not permit mounting.
    private static let cannotMount: String? = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-m", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "there is no unshare(1)" }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : "this user may not mount a file system"
    }()

    /// Runs the program with the clinic's store on a small disk of its own at `disk`.
    /// - Parameter more: shell commands before the program starts.
    private func server(_ clinic: ScratchClinic, on disk: URL, size: String = "4m", then more: String = ":") throws -> ServerProcess {
        let script = """
            mount -t tmpfs -o size=\(size) tmpfs "$1" && cp "$2"/store.sqlite "$1"/ && { \(more); } && exec "$3" serve --store "$1"/store.sqlite --port 0
            """
        return try ServerProcess(["/usr/bin/unshare", "-m", "sh", "-c", script, "sh", disk.path, clinic.folder.path, try program.path], folder: clinic.folder)
    }

    private func clinic() throws -> (ScratchClinic, disk: URL, cookie: String, administrator: String) {
        let clinic = try ScratchClinic()
        let disk = clinic.folder.appendingPathComponent("disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: false)
        try clinic.openSessions()
        let cookies = (try clinic.employ("writer-0", .prescriber), try clinic.employ("admin", .administrator))
        return (clinic, disk, cookies.0, cookies.1)
    }

    @Test(.enabled(if: cannotMount == nil, "needs a small disk of its own: \(cannotMount ?? "")"))
    func aFullDiskIsSaidReadingGoesOnAndSoDoesWritingWhenThereIsSpace() throws {
        let (clinic, disk, cookie, _) = try clinic()
        defer { clinic.remove() }
        let server = try server(clinic, on: disk)
        defer { server.stop() }
        let client = Client(port: server.port, cookie: cookie)
        let stream = EntryStream.vitals
        func send(_ id: String) -> Client.Answer? { client.post(stream.request(id).path, stream.request(id).form) }
        var acknowledged: Set<String> = []
        for round in 1...3 {
            #expect(send("before-\(round)")?.status == 303)
            acknowledged.insert("before-\(round)")
            // The disk as the server sees it, seen from outside.
            let seen = "/proc/\(server.pid)/root\(disk.path)"
            try Self.fill(seen + "/filler")
            var refused: Client.Answer?
            for number in 1...200 where refused == nil {
                let id = "full-\(round)-\(number)"
                guard let answer = send(id) else { return #expect(Bool(false), "the server must answer") }
                if answer.status == 303 { acknowledged.insert(id) } else { refused = answer }
            }
            #expect(refused?.status == 503)
            #expect(refused?.body.contains("The disk is full. Nothing of this was saved. Reading goes on.") == true, "\(refused?.body ?? "")")
            for _ in 1...3 { #expect(client.get("/patients")?.status == 200) }
            #expect(client.get("/patients")?.body.contains("Nothing can be saved now.") == true)
            try FileManager.default.removeItem(atPath: seen + "/filler")
            #expect(send("after-\(round)")?.status == 303)
            acknowledged.insert("after-\(round)")
            #expect(client.get("/patients")?.status == 200)
            #expect(client.get("/patients")?.body.contains("Nothing can be saved now.") == false)
        }
        // What the disk held when the machine went.
        let copy = try ScratchClinic()
        defer { copy.remove() }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: "/proc/\(server.pid)/root\(disk.path)/store.sqlite\(suffix)", toPath: copy.path + suffix)
        }
        if case .broken(let found) = Store.verify(at: copy.path) { Issue.record("\(found)") }
        let (whole, half) = try stream.stored(try Store.open(at: copy.path))
        #expect(half.isEmpty && acknowledged.isSubset(of: whole), "\(acknowledged.subtracting(whole))")
        #expect(whole == acknowledged, "nothing is stored of what was refused: \(whole.subtracting(acknowledged))")
        #expect(server.printed.contains("nothing can be saved") && server.printed.contains("can be written again"))
    }

    /// Until not one byte more fits.
    private static func fill(_ path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        for size in [65_536, 4096, 1] {
            let bytes = [UInt8](repeating: 0, count: size)
            while write(file, bytes, size) > 0 {}
        }
    }

    @Test(.enabled(if: cannotMount == nil, "needs a read-only disk of its own: \(cannotMount ?? "")"))
    func onAReadOnlyDiskReadingGoesOn() throws {
        let (clinic, disk, cookie, administrator) = try clinic()
        defer { clinic.remove() }
        // The server was here before: it made its secrets.
        try ServerProcess([try program.path, "serve", "--store", clinic.path, "--port", "0"], folder: clinic.folder).stop()
        _ = try Store.open(at: clinic.path).backup(to: clinic.path + ".whole")
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: clinic.path + suffix) }
        try FileManager.default.moveItem(atPath: clinic.path + ".whole", toPath: clinic.path)
        let server = try server(clinic, on: disk, then: #"mount -o remount,ro "$1""#)
        defer { server.stop() }
        #expect(server.printed.contains("read-only") && server.printed.contains("Only reading is possible"), "\(server.printed)")
        let client = Client(port: server.port, cookie: cookie)
        #expect(client.get("/patients")?.status == 200)
        #expect(client.get("/patients")?.body.contains("Nothing can be saved now.") == true)
        #expect(Client(port: server.port, cookie: administrator).get("/audit")?.status == 200)
        let refused = client.post("/patients/p1/care-team", ["account": "writer-0"])
        #expect(refused?.status == 503 && refused?.body.contains("The disk is read-only. Nothing of this was saved.") == true, "\(refused?.body ?? "")")
    }

    /// The commands on such disks: one clear line and exit 2 for what writes, and what reads goes on.
    @Test(.enabled(if: cannotMount == nil, "needs disks of its own: \(cannotMount ?? "")"))
    func commandsOnDisksThatRefuse() throws {
        let shell = try Shell()
        let person = #"{"type":"patient","id":"p1","birth_date":"1979-04-02","sex":"female"}"# + "\n"
        _ = try shell.run("chart", "import", try shell.write("p1.ndjson", person))
        let many = (1...4000).map { #"{"type":"therapy","patient":"p1","id":"t\#($0)","time":"2024-01-01","modality":"CBT"}"# }.joined(separator: "\n")
        let more = try shell.write("more.ndjson", many)
        let disk = shell.folder.appendingPathComponent("disk").path
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: false)
        /// Output of `commands` on a disk prepared by `prepare`, where `$1` is the disk and `e` the program.
        func run(size: String, _ prepare: String, _ commands: String) throws -> String {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
            let script = """
                mount -t tmpfs -o size=\(size) tmpfs "$1" && cp "$2"/store.sqlite "$1"/
                export EUTHYMIA_STORE="$1"/store.sqlite
                program="$3"; more="$4"; disk="$1"
                e() { "$program" "$@" 2>&1; echo "exit $?"; }
                \(prepare)
                \(commands)
                """
            process.arguments = ["-m", "sh", "-c", script, "sh", disk, shell.folder.path, try program.path, more]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            return text
        }
        let full = try run(size: "512k", ":", #"e chart import "$more"; e chart list; e verify; e backup "$disk"/b; e drill --scratch "$disk"; ls "$disk""#)
        #expect(full.contains("store.sqlite: the disk is full: nothing was stored; expected free space\nexit 2"), "\(full)")
        #expect(full.contains("intact: 1 entries") && full.contains("p1") && full.contains("a disk with more room"), "\(full)")
        #expect(!full.contains(".new-") && !full.contains("euthymia-scratch"), "nothing half is left: \(full)")
        // Not even a byte for what SQLite keeps beside a store.
        let filled = try run(
            size: "512k", #"dd if=/dev/zero of="$disk"/filler bs=1k 2>/dev/null; dd if=/dev/zero of="$disk"/last bs=1 2>/dev/null"#,
            #"e chart list; e verify; e serve --port 0; e chart import "$more""#)
        #expect(filled.components(separatedBy: "exit 0").count == 3 && filled.contains("intact: 1 entries"), "\(filled)")
        #expect(filled.components(separatedBy: "the disk is full: nothing was stored; expected free space\nexit 2").count == 3, "\(filled)")
        let readOnly = try run(
            size: "4m", #"mount -o remount,ro "$disk""#, #"e chart import "$more"; e chart list; e chart show p1; e verify; e backup "$disk"/b; e drill"#)
        #expect(readOnly.components(separatedBy: "exit 2").count == 4, "\(readOnly)")
        #expect(readOnly.components(separatedBy: "exit 0").count == 4, "\(readOnly)")
        #expect(readOnly.contains("read-only"), "\(readOnly)")
    }
}
