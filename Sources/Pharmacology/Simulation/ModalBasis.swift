import Statistics

/// The eigenvectors of a block-triangular rate matrix, for eight subjects.
///
/// Each block is decomposed by itself; an eigenvector of one block is carried into the blocks downstream of it by solving
/// (λI − A_cc) v_c = Σ A_cb v_b in the eigenbasis of block c. Left eigenvectors likewise, upstream.
enum ModalBasis {
    /// - Parameters:
    ///   - n: number of states.
    ///   - a: rate matrix, row by row: x′ = A x.
    ///   - rates: becomes the decay rates λ (the negative eigenvalues), by mode.
    ///   - right: becomes V with x = V z, row by row: state, mode.
    ///   - left: becomes V⁻¹, row by row: mode, state.
    ///   - scratch: room for 4n² + 2n elements.
    /// - Returns: the smallest relative distance of coupled rates in any lane; near 0 the basis is not to be used.
    @discardableResult
    static func compute(
        _ n: Int, _ a: UnsafePointer<Lanes>, plan: BlockPlan, rates: UnsafeMutablePointer<Lanes>, right v: UnsafeMutablePointer<Lanes>,
        left w: UnsafeMutablePointer<Lanes>, scratch: UnsafeMutablePointer<Lanes>
    ) -> Lanes {
        let symmetric = scratch
        let vectors = scratch + n * n
        // Right and left eigenvectors of the blocks alone, in global indices (state, mode) and (mode, state).
        let ownRight = scratch + 2 * n * n
        let ownLeft = scratch + 3 * n * n
        let scaling = scratch + 4 * n * n
        let sum = scaling + n
        for index in 0..<n * n {
            v[index] = .zero
            w[index] = .zero
        }
        var nearest = Lanes(repeating: 1)
        // Modes are numbered like the states: mode `states[k]` is the k-th of its block.
        for block in plan.blocks {
            let states = block.states
            let size = states.count
            scaling[0] = Lanes(repeating: 1)
            for index in 0..<size * size { symmetric[index] = .zero }
            for k in 0..<size {
                symmetric[k * size + k] = -a[states[k] * n + states[k]]
                let parent = block.parents[k]
                guard parent >= 0 else { continue }
                let down = a[states[k] * n + states[parent]]
                let up = a[states[parent] * n + states[k]]
                let product = down * up
                let root = product.squareRoot()
                symmetric[k * size + parent] = -root
                symmetric[parent * size + k] = -root
                scaling[k] = (scaling[parent] * (down / up).squareRoot()).replacing(with: scaling[parent], where: product .== 0)
            }
            SymmetricEigen.decompose(size, matrix: symmetric, vectors: vectors)
            for k in 0..<size {
                rates[states[k]] = symmetric[k * size + k]
                for mode in 0..<size {
                    let element = vectors[k * size + mode]
                    ownRight[states[k] * n + states[mode]] = element * scaling[k]
                    ownLeft[states[mode] * n + states[k]] = element / scaling[k]
                }
            }
        }
        for (index, block) in plan.blocks.enumerated() {
            for mode in block.states {
                for state in block.states {
                    v[state * n + mode] = ownRight[state * n + mode]
                    w[mode * n + state] = ownLeft[mode * n + state]
                }
                for later in plan.blocks[(index + 1)...] {
                    nearest = carry(n, a, mode, through: later.states, rates, sum, near: nearest) { target, source in
                        // Σ over what has already been carried; zero where nothing has.
                        (a[target * n + source], v[source * n + mode])
                    } project: { other, target in
                        ownLeft[other * n + target]
                    } add: { target, other, amount in
                        v[target * n + mode] = v[target * n + mode].addingProduct(ownRight[target * n + other], amount)
                    }
                }
                for earlier in plan.blocks[..<index].reversed() {
                    carry(n, a, mode, through: earlier.states, rates, sum, near: nearest) { target, source in
                        (a[source * n + target], w[mode * n + source])
                    } project: { other, target in
                        ownRight[target * n + other]
                    } add: { target, other, amount in
                        w[mode * n + target] = w[mode * n + target].addingProduct(ownLeft[other * n + target], amount)
                    }
                }
            }
        }
        return nearest
    }

    /// Solves for the part of an eigenvector in the block `through`, given its parts in the blocks between.
    @inline(__always) @discardableResult
    private static func carry(
        _ n: Int, _ a: UnsafePointer<Lanes>, _ mode: Int, through states: [Int], _ rates: UnsafePointer<Lanes>, _ sum: UnsafeMutablePointer<Lanes>,
        near: Lanes, flux: (Int, Int) -> (Lanes, Lanes), project: (Int, Int) -> Lanes, add: (Int, Int, Lanes) -> Void
    ) -> Lanes {
        var nearest = near
        var isCoupled = false
        for target in states {
            var total = Lanes.zero
            for source in 0..<n {
                let (rate, part) = flux(target, source)
                total = total.addingProduct(rate, part)
            }
            sum[target] = total
            if any(total .!= 0) { isCoupled = true }
        }
        guard isCoupled else { return nearest }
        for other in states {
            var amount = Lanes.zero
            for target in states { amount = amount.addingProduct(project(other, target), sum[target]) }
            // −λ_mode − (−λ_other)
            let gap = rates[other] - rates[mode]
            let size = pointwiseMax(absolute(rates[other]), absolute(rates[mode]))
            let relative = absolute(gap) / size.replacing(with: 1, where: size .== 0)
            let matters = amount .!= 0
            nearest.replace(with: pointwiseMin(nearest, relative), where: matters)
            let least = size * 1e-8
            let safe = gap.replacing(with: least, where: absolute(gap) .< least).replacing(with: 1, where: size .== 0)
            let part = (amount / safe).replacing(with: 0, where: .!matters)
            for target in states { add(target, other, part) }
        }
        return nearest
    }

    @inline(__always)
    private static func absolute(_ x: Lanes) -> Lanes { x.replacing(with: -x, where: x .< 0) }
}
