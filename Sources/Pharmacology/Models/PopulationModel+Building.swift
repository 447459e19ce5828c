/// Models put together by a program instead of read from a file; what is left out is absent.
extension PopulationModel {
    public init(
        id: String, title: String, drugs: [Drug], sampling: Sampling, population: String, covariates: [Covariate], parameters: [Parameter],
        derived: [Derived]?, structure: [Block], routes: [RouteEntry], outputs: [Output]
    ) {
        self.id = id
        self.title = title
        self.drugs = drugs
        self.sampling = sampling
        self.population = population
        self.covariates = covariates
        self.parameters = parameters
        self.derived = derived
        self.structure = structure
        self.routes = routes
        self.outputs = outputs
    }
}

extension Parameter {
    public init(id: String, value: Double, unit: String, effects: [CovariateEffect]?, variability: Variability?, maximum: Double?) {
        self.id = id
        self.value = value
        self.unit = unit
        self.effects = effects
        self.variability = variability
        self.maximum = maximum
    }
}

extension Variability {
    public init(scale: Scale, variance: Double?) {
        self.scale = scale
        self.variance = variance
    }
}

extension RouteEntry {
    public init(route: Route, formulation: String?, entries: [Entry]) {
        self.route = route
        self.formulation = formulation
        self.entries = entries
    }
}

extension RouteEntry.Entry {
    public init(into: String, fraction: String?, over: String?, lag: String?) {
        self.into = into
        self.fraction = fraction
        self.over = over
        self.lag = lag
    }
}

extension Output {
    public init(id: String, title: String, unit: String, terms: [Term]) {
        self.id = id
        self.title = title
        self.unit = unit
        self.terms = terms
    }
}
