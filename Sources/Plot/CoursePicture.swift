/// A patient's course under treatment on one time axis: scores, doses, adverse events, therapy and medication.
///
/// ```swift
/// var picture = CoursePicture(today: now)
/// picture.series = [.init(name: "MADRS", maximum: 60, points: points, baseline: 34, remission: 10, remissionFrom: .instrument)]
/// let html = picture.svg(id: "course")                    // inlined; coloured by the page's style sheet
/// let file = picture.svg(id: "course", style: .standalone) // carries its own <style>
/// ```
/// Times are milliseconds since 1970-01-01T00:00:00Z. A `when` is how a time reads in the tooltip; nil writes it in the clinic's offset.
/// A `fact` makes the mark a link to `#fact-` and that id.
public struct CoursePicture: Sendable, Equatable {
    /// At most the first three are drawn, one panel each; the picture says how many it left out.
    public var series: [Series] = []
    public var doses: [Dose] = []
    public var adverseEvents: [AdverseEvent] = []
    public var therapies: [Therapy] = []
    public var medications: [Medication] = []
    /// The time the picture is judged at.
    public var today: Double
    /// Minutes east of UTC in which the axis and the tooltips are written.
    public var offset: Int = 0
    /// Read by screen readers and shown as the tooltip of the whole.
    public var title = "Course of treatment"

    public init(today: Double) { self.today = today }

    /// The scores of one instrument, higher meaning worse.
    public struct Series: Sendable, Equatable {
        public var name: String
        /// The highest score the instrument can give; the panel's scale runs from 0 to here.
        public var maximum: Double
        public var points: [Point]
        public var baseline: Double?
        /// Scores up to here are a response; usually half of the baseline.
        public var response: Double?
        /// Scores up to here are remission.
        public var remission: Double?
        public var remissionFrom: CutOrigin
        /// Where the patient stands, in a few words: `-65 %, response`.
        public var note: String?
        /// What a model expects of the time to come.
        public var outlook: Outlook?

        public init(
            name: String, maximum: Double, points: [Point], baseline: Double? = nil, response: Double? = nil, remission: Double? = nil,
            remissionFrom: CutOrigin = .instrument, note: String? = nil, outlook: Outlook? = nil
        ) {
            self.name = name
            self.maximum = maximum
            self.points = points
            self.baseline = baseline
            self.response = response
            self.remission = remission
            self.remissionFrom = remissionFrom
            self.note = note
            self.outlook = outlook
        }
    }

    /// A forecast: the median as a line, the middle nine tenths as a band.
    public struct Outlook: Sendable, Equatable {
        /// Ascending.
        public var times: [Double]
        public var low: [Double]
        public var middle: [Double]
        public var high: [Double]
        /// Read out when it is pointed at.
        public var title: String

        public init(times: [Double], low: [Double], middle: [Double], high: [Double], title: String) {
            (self.times, self.low, self.middle, self.high, self.title) = (times, low, middle, high, title)
        }
    }

    /// Who chose a cut: the instrument's authors, or this clinic. A clinic's cut is marked † and explained.
    public enum CutOrigin: Sendable, Equatable { case instrument, clinic }

    public struct Point: Sendable, Equatable {
        public var time: Double
        public var value: Double
        /// What the score means, for example its band: `moderate`.
        public var label: String?
        /// Drawn as a downward triangle and named.
        public var isRelapse: Bool
        public var when: String?
        public var fact: String?

        public init(time: Double, value: Double, label: String? = nil, isRelapse: Bool = false, when: String? = nil, fact: String? = nil) {
            self.time = time
            self.value = value
            self.label = label
            self.isRelapse = isRelapse
            self.when = when
            self.fact = fact
        }
    }

    public struct Dose: Sendable, Equatable {
        public var time: Double
        /// Milligrams of base; nil when only a dose by weight is known. It is then drawn hollow, without height.
        public var milligrams: Double?
        /// `ketamine`, `esketamine` and `arketamine` have colours of their own.
        public var drug: String
        /// `intravenous`, `intranasal`, `intramuscular`, `subcutaneous`, `oral`, `sublingual` and `rectal` have shapes of their own.
        public var route: String
        /// More for the tooltip: `0.5 mg/kg over 40 min`.
        public var label: String?
        public var when: String?
        public var fact: String?

        public init(
            time: Double, milligrams: Double?, drug: String, route: String, label: String? = nil, when: String? = nil, fact: String? = nil
        ) {
            self.time = time
            self.milligrams = milligrams
            self.drug = drug
            self.route = route
            self.label = label
            self.when = when
            self.fact = fact
        }
    }

    public struct AdverseEvent: Sendable, Equatable {
        /// Raw values as in the chart format.
        public enum Severity: String, Sendable, CaseIterable {
            case mild, moderate, severe
            case lifeThreatening = "life_threatening"
            case fatal, unknown
        }

        public var onset: Double
        /// Nil: not resolved, or not known to be.
        public var resolved: Double?
        public var term: String
        public var severity: Severity
        public var serious: Bool
        public var when: String?
        public var fact: String?

        public init(
            onset: Double, resolved: Double? = nil, term: String, severity: Severity = .unknown, serious: Bool = false, when: String? = nil,
            fact: String? = nil
        ) {
            self.onset = onset
            self.resolved = resolved
            self.term = term
            self.severity = severity
            self.serious = serious
            self.when = when
            self.fact = fact
        }
    }

    public struct Therapy: Sendable, Equatable {
        public var time: Double
        /// The modality: `CBT`.
        public var label: String
        public var when: String?
        public var fact: String?

        public init(time: Double, label: String, when: String? = nil, fact: String? = nil) {
            self.time = time
            self.label = label
            self.when = when
            self.fact = fact
        }
    }

    public struct Medication: Sendable, Equatable {
        /// Nil: already taken when the record begins.
        public var start: Double?
        /// Nil: still taken.
        public var end: Double?
        /// Drug and dose: `lorazepam 1 mg nightly`. The tooltip adds the days, in UTC, as whole days are written; `when` replaces them.
        public var label: String
        public var when: String?
        public var fact: String?

        public init(start: Double?, end: Double? = nil, label: String, when: String? = nil, fact: String? = nil) {
            self.start = start
            self.end = end
            self.label = label
            self.when = when
            self.fact = fact
        }
    }
}

/// Where a picture's colours come from.
public enum PictureStyle: Sendable, Equatable {
    /// Inlined in a page whose style sheet holds `Stylesheet.rules`.
    case page
    /// A file of its own: the rules are embedded.
    case standalone
}
