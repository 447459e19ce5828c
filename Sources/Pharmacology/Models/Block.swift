/// The catalogue of structures that a model is built of. Every field that is a quantity is a formula over the model's parameters;
/// rates and effects may also use `time` and the outputs, and a model whose rates do is not linear.
public enum Block: Codable, Sendable, Equatable {
    case disposition(Disposition)
    case absorption(Absorption)
    case transit(Transit)
    case liver(Liver)
    case link(Link)
    case turnover(Turnover)
    case transfer(Transfer)
    case sum(Sum)
    case effect(Effect)

    /// One to three compartments: a central one, and peripheral ones that exchange with it.
    public struct Disposition: Codable, Sendable, Equatable {
        public struct Peripheral: Codable, Sendable, Equatable {
            public var id: String
            public var volume: String
            public var flow: String
        }

        /// Names the central state.
        public var id: String
        public var volume: String
        /// What leaves the central compartment for good or for a metabolite.
        public var clearance: String?
        public var peripherals: [Peripheral]?
        /// The state that receives what is cleared.
        public var to: String?
        /// The share of it that arrives there; all when absent.
        public var fraction: String?
    }

    /// First-order absorption out of a depot.
    public struct Absorption: Codable, Sendable, Equatable {
        public var id: String
        public var rate: String
        public var into: String
        /// The share of what leaves the depot that arrives there; all of it when absent.
        public var fraction: String?
        /// Metabolite formed on the way. What neither share takes is lost.
        public var presystemic: [Share]?
    }

    public struct Share: Codable, Sendable, Equatable {
        public var into: String
        public var fraction: String
    }

    /// A chain of equal compartments that delays: `count` of them pass in `mean_time` together.
    public struct Transit: Codable, Sendable, Equatable {
        public var id: String
        public var count: Int
        public var meanTime: String
        public var into: String
        public var fraction: String?

        enum CodingKeys: String, CodingKey {
            case id, count
            case meanTime = "mean_time"
            case into, fraction
        }
    }

    /// A hepato-portal compartment in exchange with the central one, where drug is eliminated or becomes its metabolite.
    public struct Liver: Codable, Sendable, Equatable {
        public var id: String
        public var of: String
        public var centralVolume: String
        public var volume: String
        public var flow: String
        public var elimination: String
        public var metabolism: String
        public var to: String

        enum CodingKeys: String, CodingKey {
            case id, of
            case centralVolume = "central_volume"
            case volume, flow, elimination, metabolism, to
        }
    }

    /// A state that follows an output with a first-order delay: an effect site, or acute tolerance. It takes no drug away.
    public struct Link: Codable, Sendable, Equatable {
        public var id: String
        public var title: String?
        public var follows: String
        public var rate: String
    }

    /// An indirect response: produced at a rate that the driver inhibits or stimulates, lost in proportion to itself
    /// (Dayneka, Garg and Jusko, J. Pharmacokinet. Biopharm. 21 (1993) 457, DOI 10.1007/BF01061691).
    public struct Turnover: Codable, Sendable, Equatable {
        public var id: String
        /// A link or an output.
        public var driver: String
        /// The value without drug.
        public var baseline: String
        public var loss: String
        /// Greatest inhibition of production, 0 to 1, or stimulation when negative.
        public var maximum: String
        /// Driver value at half of it.
        public var half: String
        /// Exponent of the driver; 1 when absent (Hill 1910).
        public var hill: String?
        /// Whether the driver acts on the loss instead of the production.
        public var onLoss: Bool?

        enum CodingKeys: String, CodingKey {
            case id, driver, baseline, loss, maximum, half, hill
            case onLoss = "on_loss"
        }
    }

    /// First-order transfer that no other block describes. Without `to` it leaves the body.
    public struct Transfer: Codable, Sendable, Equatable {
        public var from: String
        public var to: String?
        public var rate: String
    }

    /// A weighted sum of outputs, for links to follow and effects to use.
    public struct Sum: Codable, Sendable, Equatable {
        public struct Term: Codable, Sendable, Equatable {
            /// An output's identifier or an analyte's name. An analyte that the model does not have adds nothing.
            public var output: String
            public var weight: String
        }

        public var id: String
        public var title: String
        /// UCUM; the sum's dimension is that of a concentration × weight.
        public var unit: String
        public var of: [Term]
    }

    /// A direct effect: a formula of what is there at the moment.
    public struct Effect: Codable, Sendable, Equatable {
        public var id: String
        public var title: String
        /// UCUM.
        public var unit: String
        public var formula: String
    }

    private enum Key: String, CodingKey, CaseIterable { case disposition, absorption, transit, liver, link, turnover, transfer, sum, effect }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard let key = container.allKeys.first, container.allKeys.count == 1 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "is not one of \(Key.allCases.map(\.rawValue).joined(separator: ", "))"))
        }
        switch key {
        case .disposition: self = .disposition(try container.decode(Disposition.self, forKey: key))
        case .absorption: self = .absorption(try container.decode(Absorption.self, forKey: key))
        case .transit: self = .transit(try container.decode(Transit.self, forKey: key))
        case .liver: self = .liver(try container.decode(Liver.self, forKey: key))
        case .link: self = .link(try container.decode(Link.self, forKey: key))
        case .turnover: self = .turnover(try container.decode(Turnover.self, forKey: key))
        case .transfer: self = .transfer(try container.decode(Transfer.self, forKey: key))
        case .sum: self = .sum(try container.decode(Sum.self, forKey: key))
        case .effect: self = .effect(try container.decode(Effect.self, forKey: key))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .disposition(let block): try container.encode(block, forKey: .disposition)
        case .absorption(let block): try container.encode(block, forKey: .absorption)
        case .transit(let block): try container.encode(block, forKey: .transit)
        case .liver(let block): try container.encode(block, forKey: .liver)
        case .link(let block): try container.encode(block, forKey: .link)
        case .turnover(let block): try container.encode(block, forKey: .turnover)
        case .transfer(let block): try container.encode(block, forKey: .transfer)
        case .sum(let block): try container.encode(block, forKey: .sum)
        case .effect(let block): try container.encode(block, forKey: .effect)
        }
    }
}
