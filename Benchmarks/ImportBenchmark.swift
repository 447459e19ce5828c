import Chart
import Foundation
import Guidance
import Interchange
import Knowledge
import Notation
import Statistics
import Storage

/// 1,000 patients with 200 facts each, as one NDJSON file: read, checked, hashed and durably committed in one transaction.
func importBenchmark() async throws {
    let (patients, facts) = (1000, 200)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("euthymia-benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("charts.ndjson").path
    try writeCharts(patients: patients, facts: facts, to: file)

    let knowledge = try KnowledgeBase.shipped()
    let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    let store = try Store.open(at: folder.appendingPathComponent("store.sqlite").path)
    let start = ContinuousClock.now
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    let plan = try ChartFile.plan(bytes, name: "charts.ndjson", format: .ndjson, knowledge: knowledge, now: now)
    let planned = ContinuousClock.now
    try store.append(at: now) { appender in
        for entry in plan.entries { _ = try appender.append(entry) }
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let count = Double(plan.entries.count)
    print(
        "import: \(plan.entries.count) facts of \(plan.patients.count) patients (\(bytes.count / 1_000_000) MB) in \(rounded(seconds, places: 2)) s = "
            + "\(Int(count / seconds)) facts/s (reading and checking \(rounded((planned - start) / .seconds(1), places: 2)) s); peak memory \(peakMegabytes()) MB"
    )

    let verifying = ContinuousClock.now
    guard case .intact = Store.verify(at: store.path) else { throw CancellationError() }
    let verified = (ContinuousClock.now - verifying) / .seconds(1)
    print("verify: \(plan.entries.count) entries in \(rounded(verified, places: 2)) s = \(Int(count / verified)) entries/s")
}

/// Facts as a clinic has them: vital signs, scales, doses, events, in random order of kind.
private func writeCharts(patients: Int, facts: Int, to file: String) throws {
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    for patient in 0..<patients {
        var random = RandomStream(seed: 1, subject: UInt32(patient))
        var text = #"{"type":"patient","id":"p\#(patient)","birth_date":"1979-04-02","sex":"female"}"# + "\n"
        for number in 1..<facts {
            let time = Moment(Instant(milliseconds: 1_700_000_000_000 + Int64(number) * 3_600_000)).description
            let head = #""id":"f\#(number)","patient":"p\#(patient)","author":"nurse-1""#
            let fact =
                switch random.integer(in: 0...9) {
                case 0...5:
                    #"{"type":"measurement",\#(head),"time":"\#(time)","metric":"sbp","value":\#(random.integer(in: 90...180)),"unit":"mm[Hg]","session":"s\#(number)"}"#
                case 6:
                    #"{"type":"assessment",\#(head),"time":"\#(time)","instrument":"PHQ-9","answers":[3,2,1,0,3,2,1,0,\#(random.integer(in: 0...3))],"rater":"self"}"#
                case 7: #"{"type":"assessment",\#(head),"time":"\#(time)","instrument":"MADRS","total":\#(random.integer(in: 0...60)),"rater":"clinician"}"#
                case 8:
                    #"{"type":"administration",\#(head),"time":"\#(time)","session":"s\#(number)","drug":"ketamine","route":"intravenous","dose":35,"unit":"mg","duration_min":40}"#
                default:
                    #"{"type":"adverse_event",\#(head),"session":"s\#(number)","term":"dissociation","onset":"\#(time)","severity":"moderate","serious":false}"#
                }
            text += fact + "\n"
        }
        try handle.write(contentsOf: Data(text.utf8))
    }
    try handle.close()
}

/// The process's peak resident memory so far; 0 where the system does not tell.
func peakMegabytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM") }
    return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).compactMap { Int($0) }.first ?? 0) / 1024
}
