import Dispatch

extension Array where Element: Sendable {
    /// `transform` of every element, in order; of many elements on all cores, `share` of them at a time.
    public func mapOnAllCores<Result: Sendable>(share: Int = 16, _ transform: @Sendable (Element) -> Result) -> [Result] {
        guard count > share else { return map(transform) }
        return [Result](unsafeUninitializedCapacity: count) { results, initialized in
            // Each place is written once, by the part it belongs to, and read after all have ended.
            nonisolated(unsafe) let results = results
            DispatchQueue.concurrentPerform(iterations: (count + share - 1) / share) { part in
                for index in part * share..<Swift.min((part + 1) * share, count) { results.initializeElement(at: index, to: transform(self[index])) }
            }
            initialized = count
        }
    }
}
