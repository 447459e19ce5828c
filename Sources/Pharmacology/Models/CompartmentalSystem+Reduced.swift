import Notation
import Statistics

/// The part of a model that matters for what is asked: the rest costs time in every simulation and changes nothing.
extension CompiledModel {
    /// - Parameters:
    ///   - ids: what is to be read off.
    ///   - events: what is given.
    /// - Returns: itself where rates are not constant.
    func reduced(to ids: [String], for events: [DoseEvent]) throws(Diagnostic) -> CompiledModel {
        guard isLinear else { return self }
        var fed: Set<Int> = []
        for event in events {
            let entry = try self.entry(event.route, event.formulation, drug: event.drug, at: "doses")
            for part in entry.first + entry.later where part.share[event.drug] ?? 0 > 0 { fed.insert(part.state) }
        }
        var model = self
        model.system = system.reduced(to: Set(ids), fed: fed)
        return model
    }

    /// Hours that are the same for everybody, 0 where there are none; nil where people differ.
    func settledTime(_ formula: Expression?) -> Double? {
        guard let formula else { return 0 }
        let differing = Set(blocks.flatMap(\.parameters) + occasions.map(\.parameter))
        guard formula.slots.allSatisfy({ $0 < parameters.count && !differing.contains($0) && parameters[$0].effects.isEmpty }) else { return nil }
        let memory = Lanes.allocate(slotCount + stackDepth + 1)
        defer { memory.deallocate() }
        Subjects(self, count: 1, seed: nil).fill(from: 0, occasion: 1, slots: memory, stack: memory + slotCount)
        return formula.evaluate(memory, stack: memory + slotCount)[0]
    }
}

extension CompartmentalSystem {
    /// States that drug reaches and on which some of `ids` depends, with their transfers, links, outputs and effects. Rates are constant.
    func reduced(to ids: Set<String>, fed: Set<Int>) -> CompartmentalSystem {
        var asked = Set(outputs.filter { ids.contains($0.id) }.map(\.slot))
        var result = self
        result.effects = effects.reversed().filter { effect in
            guard ids.contains(effect.id) || asked.contains(effect.slot) else { return false }
            asked.formUnion(effect.formula.slots)
            return true
        }.reversed()
        result.turnovers = turnovers.filter { ids.contains($0.id) || asked.contains($0.slot) }
        for turnover in result.turnovers { asked.insert(outputs[turnover.driver].slot) }

        let reached = closure(of: fed) { reached in
            transfers.compactMap { reached.contains($0.from) ? $0.to : nil }
                + links.filter { link in outputs[link.output].terms.contains { reached.contains($0.state) } }.map(\.state)
        }
        let read = outputs.filter { asked.contains($0.slot) }.flatMap { $0.terms.map(\.state) }
        let needed = closure(of: Set(read)) { needed in
            transfers.compactMap { $0.to.map(needed.contains) == true ? $0.from : nil }
                + links.filter { needed.contains($0.state) }.flatMap { outputs[$0.output].terms.map(\.state) }
        }
        let kept = states.indices.filter { reached.contains($0) && needed.contains($0) }
        guard !kept.isEmpty else { return self }
        let place = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })

        result.states = kept.map { states[$0] }
        result.transfers = transfers.compactMap { transfer in
            guard let from = place[transfer.from] else { return nil }
            return Transfer(from: from, to: transfer.to.flatMap { place[$0] }, rate: transfer.rate)
        }
        let followed = Set(links.filter { place[$0.state] != nil }.map(\.output))
        let shown = outputs.indices.filter { asked.contains(outputs[$0].slot) || followed.contains($0) }
        let row = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
        result.outputs = shown.map { index in
            var output = outputs[index]
            output.terms = output.terms.compactMap { term in place[term.state].map { ($0, term.volume) } }
            return output
        }
        result.links = links.compactMap { link in
            guard let state = place[link.state], let output = row[link.output] else { return nil }
            return Link(state: state, output: output, rate: link.rate)
        }
        result.turnovers = result.turnovers.map { turnover in
            var turnover = turnover
            turnover.driver = row[turnover.driver] ?? 0
            return turnover
        }
        result.routes = routes.map { route in
            func placed(_ entries: [Entry]) -> [Entry] {
                entries.compactMap { entry in
                    guard let state = place[entry.state] else { return nil }
                    var entry = entry
                    entry.state = state
                    return entry
                }
            }
            var route = route
            (route.first, route.later) = (placed(route.first), placed(route.later))
            return route
        }
        return result
    }

    private func closure(of start: Set<Int>, step: (Set<Int>) -> [Int]) -> Set<Int> {
        var all = start
        while true {
            let more = all.union(step(all))
            if more.count == all.count { return all }
            all = more
        }
    }
}
