import Notation

extension PopulationFit {
    /// The shape of contract §6, and what a reader needs besides.
    /// - Parameter seconds: how long it took; the caller's clock knows.
    public func json(seconds: Double) -> JSONValue {
        func object(_ values: [(String, Double?)]) -> JSONValue {
            .object(JSONObject(values.map { ($0.0, JSONValue.orNull($0.1)) }))
        }
        var members: [(String, JSONValue)] = [
            ("theta", object(theta)), ("omega_sd", object(omegaSD)), ("omega_corr", object(omegaCorrelation)), ("sigma", object(sigma)),
            ("se", object(standardErrors)), ("minus2ll", JSONValue(minus2LL)), ("objective_nonmem", JSONValue(objective)),
        ]
        if let sampledMinus2LL { members.append(("minus2ll_se", JSONValue(sampledMinus2LL.error))) }
        members += [
            ("converged", .bool(converged)), ("iterations", JSONValue(iterations)), ("seconds", JSONValue(seconds)), ("method", .string(method.rawValue)),
            ("people", JSONValue(people)), ("observations", JSONValue(observations)), ("censored", JSONValue(censored)),
            ("shrinkage", object(shrinkage)), ("residual_shrinkage", object(residualShrinkage)), ("notes", JSONValue(notes)),
        ]
        return .object(JSONObject(members))
    }
}
