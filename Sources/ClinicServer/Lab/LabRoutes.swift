import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Notation
import Plot
import Trials

/// The protocol lab: protocols compared on virtual people before anybody is exposed.
struct LabRoutes {
    let clinic: Clinic
    let pages: Pages
    let desk: LabDesk

    var routes: [Route] {
        [
            .get("/lab", .permission(.readOutcomes), "The protocol lab: what to compare, and what was.") { try form($0) },
            .post("/lab", .permission(.readOutcomes), "Compares protocols on virtual people, in the background.", desk.form.fields) { try start($0) },
            .get("/lab/:run", .permission(.readOutcomes), "One comparison: how far it is, or what it found.") { try show($0) },
            .get("/lab/:run/state", .permission(.readOutcomes), "How far a comparison is.") { try state($0) },
            .get("/lab/:run/specification.json", .permission(.readOutcomes), "A comparison's specification, for `euthymia trial compare`.") {
                try specification($0)
            },
            .get("/lab/:run/report.html", .permission(.readOutcomes), "A comparison as a file that stands by itself.") { try report($0) },
        ]
    }

    private func run(_ request: ClinicRequest) throws -> LabDesk.Run {
        guard let run = desk[request["run"]] else {
            throw HTTPError(.notFound, message: "No comparison of that name is kept. The lab forgets when the server starts again.")
        }
        return run
    }

    // MARK: - Asking

    private func form(_ request: ClinicRequest) throws -> Response {
        try pages.render(
            "lab", for: request, title: "Protocol lab",
            [
                "common": LabForm.common.map(\.values),
                "protocols": LabForm.letters.map { letter -> [String: Any] in
                    [
                        "letter": letter.uppercased(), "doseName": "\(letter)_dose", "sliders": LabForm.sliders(letter).map(\.values),
                        "doses": ([(LabForm.none, "not compared")] + desk.form.choices.map { ($0.id, $0.title) }).map { id, title in
                            ["doseValue": id, "doseTitle": title, "isChosen": id == desk.form.start(letter)] as [String: Any]
                        },
                    ]
                },
                "earlier": desk.all.map { run -> [String: Any] in
                    [
                        "runHref": "/lab/\(run.id)", "runTitle": run.specification.arms.dropLast().map { $0.title ?? $0.id }.joined(separator: "; "),
                        "runAsked": Moment(run.asked, offset: clinic.offset(run.asked)).reading,
                        "runState": run.outcome == nil ? "\(Int(100 * run.share)) %" : "done",
                    ]
                },
            ])
    }

    private func start(_ request: ClinicRequest) throws -> Response {
        let specification = try desk.form.specification(request.form, title: "Protocols compared")
        let run = try desk.start(specification, id: clinic.newID("l"), asked: request.now, by: request.author)
        return .seeOther("/lab/\(run.id)")
    }

    // MARK: - Answers

    private func show(_ request: ClinicRequest) throws -> Response {
        let run = try run(request)
        var model: [String: Any] = ["runID": run.id, "percent": "\(Int(100 * run.share))", "baseHref": "/lab/\(run.id)"]
        switch run.outcome {
        case nil: model["isRunning"] = true
        case .failed(let text): model["failedText"] = text
        case .compared(let comparison):
            model["picture"] = comparison.picture.svg(id: "plane", width: 900)
            model["narrowPicture"] = comparison.picture.svg(id: "plane-narrow", width: 360)
            model.merge(Self.table(comparison)) { $1 }
        }
        return try pages.render("lab-run", for: request, title: "Protocols compared", model)
    }

    private func state(_ request: ClinicRequest) throws -> Response {
        let run = try run(request)
        return .json(["percent": JSONValue(Int(100 * run.share)), "done": JSONValue(run.outcome != nil)])
    }

    private func specification(_ request: ClinicRequest) throws -> Response {
        let text = try run(request).specification.text(forReading: true)
        return Self.file(text + "\n", type: "application/json", name: "protocols.json")
    }

    private func report(_ request: ClinicRequest) throws -> Response {
        let run = try run(request)
        guard case .compared(let comparison) = run.outcome else { throw HTTPError(.conflict, message: "The comparison is not done yet.") }
        var model: [String: Any] = [
            "clinicName": clinic.name, "version": clinic.version, "askedText": Moment(run.asked, offset: clinic.offset(run.asked)).reading,
            "picture": comparison.picture.svg(id: "plane", width: 900, style: .standalone), "noteText": run.specification.note ?? "",
            "weeksText": counted(run.specification.days / 7, "week"),
            "peopleText": "\(run.specification.patientsPerArm ?? 0) people in each of \(run.specification.runs) repetitions",
            "traps": desk.knowledge.symptoms.traps,
        ]
        model.merge(Self.table(comparison)) { $1 }
        return Self.file(try pages.fragment("lab-report", model), type: "text/html", name: "protocols.html")
    }

    private static func file(_ text: String, type: String, name: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "\(type); charset=utf-8", .contentDisposition: "attachment; filename=\"\(name)\"", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static func table(_ comparison: ProtocolComparison) -> [String: Any] {
        func figure(_ value: Double) -> String { decimal(rounded(value, places: abs(value) < 10 ? 1 : 0)) }
        func cell(_ interval: ProtocolComparison.Interval?) -> String {
            interval.map { $0.low == $0.high ? figure($0.mean) : "\(figure($0.mean)) (\(figure($0.low)) to \(figure($0.high)))" } ?? ""
        }
        let burdens = ProtocolComparison.Burden.allCases.filter { burden in comparison.options.contains { $0.value(burden) != nil } }
        return [
            "burdenTitles": burdens.map { $0.title.prefix(1).uppercased() + $0.title.dropFirst() }, "modelText": comparison.modelName,
            "options": zip(comparison.letters, comparison.options).map { letter, option -> [String: Any] in
                [
                    "letter": letter, "optionTitle": option.title, "isEfficient": option.isEfficient, "benefitText": cell(option.benefit),
                    "chanceText": "\(Int((100 * option.chanceEfficient).rounded())) %",
                    "cells": burdens.map { ["cellLabel": $0.title, "cellText": cell(option.value($0))] },
                ]
            }, "warnings": comparison.warnings,
        ]
    }
}

extension LabForm.Slider {
    /// For the template: a range with what it stands at.
    fileprivate var values: [String: Any] {
        [
            "sliderName": name, "sliderTitle": title, "sliderUnit": unit, "least": "\(range.lowerBound)", "most": "\(range.upperBound)", "step": "\(step)",
            "start": "\(start)", "zeroText": atZero ?? "", "shown": start == 0 ? atZero ?? "0 \(unit)" : "\(start) \(unit)",
        ]
    }
}
