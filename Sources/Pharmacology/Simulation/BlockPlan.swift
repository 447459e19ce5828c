/// How the rate matrix of a model falls into blocks: states that exchange with each other both ways form one block, and blocks are
/// ordered so that drug flows from earlier to later ones only.
///
/// A block whose exchanges form a tree becomes symmetric by scaling its states (detailed balance), so its eigenvalues are real and
/// its eigenvectors orthogonal after scaling; that is every mammillary or catenary disposition model. Other structures are solved
/// with the matrix exponential.
struct BlockPlan: Sendable, Equatable {
    struct Block: Sendable, Equatable {
        /// In tree order: each after its parent.
        var states: [Int]
        /// The position in `states` of each state's parent; -1 for the first.
        var parents: [Int]
    }

    var blocks: [Block] = []

    /// Nil when some block is not a tree of two-way exchanges.
    init?(states: Int, edges: Set<[Int]>) {
        // Reachability by Warshall; models have a score of states.
        var reaches = [[Bool]](repeating: [Bool](repeating: false, count: states), count: states)
        for edge in edges { reaches[edge[0]][edge[1]] = true }
        for middle in 0..<states {
            for from in 0..<states where reaches[from][middle] {
                for to in 0..<states where reaches[middle][to] { reaches[from][to] = true }
            }
        }
        var placed = Set<Int>()
        while placed.count < states {
            // The next block: one that nothing outside it and not yet placed flows into.
            let root = (0..<states).first { state in
                !placed.contains(state) && (0..<states).allSatisfy { placed.contains($0) || !reaches[$0][state] || reaches[state][$0] }
            }
            guard let root else { return nil }
            let members = (0..<states).filter { $0 == root || (reaches[root][$0] && reaches[$0][root]) }
            var order = [root]
            var parents = [-1]
            var position = 0
            while position < order.count {
                for state in members where !order.contains(state) && edges.contains([order[position], state]) {
                    order.append(state)
                    parents.append(position)
                }
                position += 1
            }
            let inner = edges.filter { $0[0] != $0[1] && members.contains($0[0]) && members.contains($0[1]) }
            guard order.count == members.count, inner.count == 2 * (members.count - 1), inner.allSatisfy({ edges.contains([$0[1], $0[0]]) }) else { return nil }
            blocks.append(Block(states: order, parents: parents))
            placed.formUnion(members)
        }
    }
}
