import Access
import AsyncHTTPClient
import Foundation
import Hummingbird
import Notation
import RunningClinic

/// `Benchmarks load SECONDS ROOMS`: the built program serves a full clinic on loopback while browsers work in it, then entries and pages are
/// asked for as fast as they come. Prints what was measured beside the targets; exits 1 when an answer was wrong. Needs `wrk`.
func loadBenchmark() async throws {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap { Int($0) }
    let (seconds, rooms) = (numbers.first ?? 30, numbers.dropFirst().first ?? 300)
    let program = try builtProgram()
    let scratch = try ScratchClinic()
    defer { scratch.remove() }
    let clinic = try FullClinic(scratch, rooms: rooms)
    let server = try ServerProcess([program.path, "serve", "--store", scratch.path, "--port", "0"], folder: scratch.folder)
    defer { server.stop() }
    let client = Browsers.client(connections: rooms + 200)
    let browsers = try await Browsers(client, port: server.port, clinic: clinic)

    let day = try await WorkingDay(browsers: browsers, seconds: Double(seconds)).run()
    print(day)
    fflush(nil)
    let entries = try wrk("http://127.0.0.1:\(server.port)", entries: browsers, folder: scratch.folder)
    let bare = try bareInserts(in: scratch.folder, for: .seconds(4), bytes: 400)
    print(
        "entries: \(Int(entries.perSecond)) durable entries/s over HTTP, \(entries.errors) errors; a bare SQLite loop with the same durability \(Int(bare))/s; "
            + "ratio \(rounded(entries.perSecond / bare, places: 2)) (target 0.5)")
    let stored = try await queuedEntries(in: scratch.folder, for: .seconds(4), atOnce: 64)
    print("store: \(Int(stored)) durable entries/s appended by 64 at once, without HTTP; ratio \(rounded(stored / bare, places: 2)) (target 0.5)")
    let hello = try ServerProcess([executable.path, "hello"], folder: scratch.folder)
    defer { hello.stop() }
    let plain = try wrk("http://127.0.0.1:\(hello.port)/", cookies: [], folder: scratch.folder)
    print("hello: \(Int(plain.perSecond)) answers/s of a bare Hummingbird route")
    for path in ["/board", "/patients", clinic.rooms[0].patientPath, clinic.rooms[0].path + "/room"] {
        let pages = try wrk("http://127.0.0.1:\(server.port)\(path)", cookies: clinic.cookies, folder: scratch.folder)
        print(
            "pages: \(Int(pages.perSecond)) answers/s of \(path), \(pages.errors) errors; ratio to hello "
                + "\(rounded(pages.perSecond / plain.perSecond, places: 3)) (target 0.25)")
    }
    try await client.shutdown()
    if day.errors + entries.errors > 0 { exit(1) }
}

/// A bare Hummingbird server with one route, to compare with. Ends when it is told to.
func hello() async throws {
    let router = Router()
    router.get("/") { _, _ in "hello" }
    let application = Application(
        router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in
            print("hello is at http://127.0.0.1:\(channel.localAddress?.port ?? 0)")
            fflush(nil)
        })
    try await application.runService()
}

/// The program as its sources are now: `swift run Benchmarks` builds only Benchmarks. `EUTHYMIA_PROGRAM` names one that is built already.
func builtProgram() throws -> URL {
    if let path = ProcessInfo.processInfo.environment["EUTHYMIA_PROGRAM"] { return URL(fileURLWithPath: path) }
    let build = Process()
    build.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    build.arguments = ["swift", "build", "-c", executable.path.contains("/release/") ? "release" : "debug", "--product", "euthymia"]
    build.standardOutput = FileHandle.nullDevice
    try build.run()
    build.waitUntilExit()
    guard build.terminationStatus == 0 else { throw ServerProcess.Problem(description: "the program cannot be built") }
    return executable.deletingLastPathComponent().appendingPathComponent("euthymia")
}

private var executable: URL { Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]) }

/// Answers a second of one page, each sign-in asked in turn.
private func wrk(_ url: String, cookies: [String], folder: URL) throws -> Throughput {
    try wrk(
        url, folder: folder,
        """
        local cookies = {\(list(cookies))}
        local number = 0
        function request()
          number = number + 1
          if #cookies == 0 then return wrk.format("GET") end
          return wrk.format("GET", nil, {["Cookie"] = cookies[number % #cookies + 1]})
        end
        """)
}

/// Acknowledged entries a second: a heart rate each, in every room in turn.
private func wrk(_ url: String, entries browsers: Browsers, folder: URL) throws -> Throughput {
    try wrk(
        url, folder: folder,
        """
        local rooms = {\(list(browsers.clinic.rooms.map(\.path)))}
        local cookies = {\(list(browsers.people.map(\.cookie)))}
        local tokens = {\(list(browsers.people.map(\.token)))}
        local number = 0
        function request()
          number = number + 1
          local person = number % #cookies + 1
          local body = "hr=" .. (60 + number % 30) .. "&id=e" .. number .. "&csrf=" .. tokens[person]
          local headers = {["Cookie"] = cookies[person], ["Accept"] = "application/json", ["Content-Type"] = "application/x-www-form-urlencoded"}
          return wrk.format("POST", rooms[number % #rooms + 1] .. "/entries", headers, body)
        end
        """)
}

private struct Throughput {
    var perSecond: Double
    var errors: Int
}

private func list(_ texts: [String]) -> String { texts.map { "\"\($0)\"" }.joined(separator: ",") }

/// What `wrk` reaches with a script, from 64 connections for six seconds.
private func wrk(_ url: String, folder: URL, _ lua: String) throws -> Throughput {
    let script = folder.appendingPathComponent("wrk.lua")
    try lua.write(to: script, atomically: true, encoding: .utf8)
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["wrk", "-t1", "-c64", "-d6s", "-s", script.path, url]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    func number(after word: String) -> Double? {
        text.range(of: word).flatMap { Double(text[$0.upperBound...].drop { $0 == " " }.prefix { $0.isNumber || $0 == "." }) }
    }
    guard let perSecond = number(after: "Requests/sec:") else { throw ServerProcess.Problem(description: "wrk did not run") }
    return Throughput(perSecond: perSecond, errors: Int(number(after: "Non-2xx or 3xx responses:") ?? 0))
}
