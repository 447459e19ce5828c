import Chart
import Synchronization

/// One after the other for each patient: what was decided on a chart is stored before anybody else decides on it. Of two nurses who record the
/// same at the same instant the second is asked, and of two doses at once the second is judged with the first.
final class Turns: Sendable {
    private struct Last {
        var number: Int
        var end: Task<Void, Never>
    }

    private let last = Mutex<(number: Int, of: [PatientID: Last])>((0, [:]))

    /// Runs `body` when everybody before has ended. It goes on when whoever waits for it goes away.
    func take<Value: Sendable>(_ patient: PatientID, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let (number, task) = last.withLock { last in
            let before = last.of[patient]?.end
            let task = Task {
                await before?.value
                return try await body()
            }
            last.number += 1
            last.of[patient] = Last(number: last.number, end: Task { _ = await task.result })
            return (last.number, task)
        }
        defer {
            last.withLock { last in
                if last.of[patient]?.number == number { last.of[patient] = nil }
            }
        }
        return try await task.value
    }
}
