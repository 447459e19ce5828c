import Foundation
import Notation

/// The sample FHIR bundles that ship with the demonstration: synthetic people made with Synthea (see NOTICE).
public enum DemonstrationBundles {
    /// Name and content of each bundle, by name.
    public static func all() throws(Diagnostic) -> [(name: String, bytes: [UInt8])] {
        let folder = Bundle.module.bundleURL.appendingPathComponent("Resources/bundles")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var bundles: [(name: String, bytes: [UInt8])] = []
        for name in names.filter({ $0.hasSuffix(".json") }).sorted() {
            guard let data = try? Data(contentsOf: folder.appendingPathComponent(name)) else {
                throw Diagnostic("demonstration.bundle", at: Place(file: name), "cannot be read", expected: "a bundle shipped with the program")
            }
            bundles.append((name, [UInt8](data)))
        }
        return bundles
    }
}
