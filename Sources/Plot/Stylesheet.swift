/// The looks of the pictures: classes on the marks, colours from custom properties.
///
/// A page takes `rules` into its own style sheet and sets the properties there; a file of its own embeds `standalone`.
/// No rule holds a character that XML would escape, so the text is the same in both.
public enum Stylesheet {
    /// The properties that `rules` use, for a light ground.
    public static let light: [(name: String, value: String)] = [
        ("--surface", "#ffffff"), ("--ink", "#17212b"), ("--muted", "#52606d"), ("--line", "#c9d1d8"), ("--grid", "#e8ecef"),
        ("--accent", "#0b5f78"), ("--accent-soft", "#e3f0f4"), ("--ok", "#1a6236"), ("--ok-soft", "#e6f4ea"), ("--moderate", "#765200"),
        ("--major", "#9a3a00"), ("--contra", "#9b1c1c"), ("--esketamine", "#73389a"), ("--arketamine", "#8a5a00"),
    ]

    /// The same for a dark ground.
    public static let dark: [(name: String, value: String)] = [
        ("--surface", "#182029"), ("--ink", "#e4eaf0"), ("--muted", "#a3b2c0"), ("--line", "#3a4856"), ("--grid", "#26313c"),
        ("--accent", "#72c4dc"), ("--accent-soft", "#173440"), ("--ok", "#86d9a0"), ("--ok-soft", "#16332a"), ("--moderate", "#ecc95f"),
        ("--major", "#ffb07a"), ("--contra", "#ff9c95"), ("--esketamine", "#cfa4f0"), ("--arketamine", "#e2b45c"),
    ]

    /// Rules for every class the pictures use, all under `.plot`.
    public static let rules = """
        .plot { font-family: system-ui, -apple-system, Segoe UI, Roboto, Noto Sans, sans-serif; font-size: 12px; }
        .plot text { fill: var(--ink); }
        .plot .small, .plot .tick { font-size: 11px; }
        .plot .tick, .plot .muted { fill: var(--muted); }
        .plot .tick.strong { fill: var(--ink); }
        .plot .panel-title { font-size: 13px; font-weight: 600; }
        .plot .figure { font-size: 26px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .plot .figure .of { font-size: 11px; font-weight: 400; fill: var(--muted); }
        .plot .ground { fill: var(--surface); }
        .plot .empty { fill: none; stroke: var(--line); stroke-dasharray: 4 4; }
        .plot .axis { stroke: var(--line); }
        .plot .grid { stroke: var(--grid); }
        .plot .dose-line { stroke: var(--accent); stroke-dasharray: 2 4; }
        .plot .grid.strong { stroke: var(--line); }
        .plot .leader { stroke: var(--muted); stroke-width: 0.75; }
        .plot .today { stroke: var(--accent); stroke-width: 1; stroke-dasharray: 1 3; stroke-linecap: round; }
        .plot .today-label, .plot .episode-label { fill: var(--accent); }
        .plot .remission-zone { fill: var(--ok-soft); }
        .plot .reference { stroke-width: 1; }
        .plot .reference.baseline { stroke: var(--muted); }
        .plot .reference.response { stroke: var(--accent); stroke-dasharray: 6 4; }
        .plot .reference.remission { stroke: var(--ok); stroke-dasharray: 2 3; }
        .plot .baseline-label { fill: var(--muted); }
        .plot .response-label { fill: var(--accent); }
        .plot .remission-label { fill: var(--ok); }
        .plot .relapse-label { fill: var(--contra); font-weight: 600; paint-order: stroke; stroke: var(--surface); stroke-width: 3; }
        .plot .score-line { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-linejoin: round; }
        .plot .curve { fill: none; stroke: var(--accent); stroke-width: 1.75; stroke-linejoin: round; }
        .plot .curve.second { stroke: var(--esketamine); stroke-dasharray: 8 3; }
        .plot .curve.third { stroke: var(--major); stroke-dasharray: 2 3; }
        .plot .curve.fourth { stroke: var(--ok); stroke-dasharray: 8 3 2 3; }
        .plot .curve.faint { stroke-width: 1; stroke-dasharray: 4 3; }
        .plot .measured { fill: var(--ink); stroke: var(--surface); stroke-width: 1; }
        .plot .measured.bar { stroke: var(--ink); stroke-width: 2; }
        .plot .measured.alarming { fill: var(--contra); }
        .plot .measured.bar.alarming { stroke: var(--contra); stroke-width: 3; }
        .plot .band { fill: var(--accent); fill-opacity: 0.16; stroke: none; }
        .plot .band.own { fill-opacity: 0.3; }
        .plot .curve.own { stroke-width: 1.75; }
        .plot .score { fill: var(--ink); stroke: var(--surface); stroke-width: 1; }
        .plot .score.hollow { stroke: var(--ink); }
        .plot .score.latest { fill: var(--accent); }
        .plot .score.relapse { fill: var(--contra); }
        .plot .stem { stroke-width: 1.5; }
        .plot .dose { stroke-width: 1; }
        .plot .stem.drug-ketamine, .plot .dose.drug-ketamine { fill: var(--accent); stroke: var(--accent); }
        .plot .stem.drug-esketamine, .plot .dose.drug-esketamine { fill: var(--esketamine); stroke: var(--esketamine); }
        .plot .stem.drug-arketamine, .plot .dose.drug-arketamine { fill: var(--arketamine); stroke: var(--arketamine); }
        .plot .stem.drug-other, .plot .dose.drug-other { fill: var(--muted); stroke: var(--muted); }
        .plot .hollow, .plot .dose.hollow { fill: var(--surface); stroke-width: 1.5; }
        .plot .event, .plot .event-bar { stroke: var(--surface); stroke-width: 0.5; }
        .plot .event.hollow { stroke: var(--muted); stroke-width: 1.5; }
        .plot .event-open { stroke-width: 2; stroke-dasharray: 3 3; fill: none; }
        .plot .event-bar { fill-opacity: 0.55; }
        .plot .event-open.sev-unknown { stroke: var(--muted); }
        .plot .event-bar.sev-unknown { fill: var(--muted); }
        .plot .event.sev-mild, .plot .event-bar.sev-mild { fill: var(--muted); }
        .plot .event-open.sev-mild { stroke: var(--muted); }
        .plot .event.sev-moderate, .plot .event-bar.sev-moderate { fill: var(--moderate); }
        .plot .event-open.sev-moderate { stroke: var(--moderate); }
        .plot .event.sev-severe, .plot .event-bar.sev-severe { fill: var(--major); }
        .plot .event-open.sev-severe { stroke: var(--major); }
        .plot .event.sev-life, .plot .event-bar.sev-life, .plot .event.sev-fatal, .plot .event-bar.sev-fatal { fill: var(--contra); }
        .plot .event-open.sev-life, .plot .event-open.sev-fatal { stroke: var(--contra); }
        .plot .serious { fill: none; stroke: var(--contra); stroke-width: 1.5; }
        .plot .therapy { fill: var(--ink); }
        .plot .medication { fill: var(--muted); }
        .plot .episode { fill: var(--accent-soft); }
        .plot .trial { stroke-width: 1.2; }
        .plot .trial.failed, .plot .verdict.failed { fill: var(--ink); stroke: var(--ink); }
        .plot .trial.responded, .plot .verdict.responded { fill: var(--ok); stroke: var(--ok); }
        .plot .trial.outcome-unknown, .plot .verdict.outcome-unknown { fill: var(--muted); stroke: var(--muted); }
        .plot .trial.inadequate, .plot .verdict.inadequate { fill: var(--surface); stroke: var(--muted); }
        .plot .trial.undetermined, .plot .verdict.undetermined { fill: var(--surface); stroke: var(--muted); stroke-dasharray: 3 2; }
        .plot .verdict { stroke-width: 1.2; }
        .plot .failed-label { fill: var(--ink); font-weight: 600; }
        .plot .responded-label { fill: var(--ok); font-weight: 600; }
        .plot .outcome-unknown-label, .plot .inadequate-label, .plot .undetermined-label { fill: var(--muted); }
        .plot .hatch { stroke: var(--muted); stroke-width: 1.5; }
        .plot .bolt { fill: var(--ink); }
        .plot .cut-ground { fill: var(--surface); }
        .plot .cut { fill: none; stroke: var(--line); }
        .plot .cut-label { font-style: italic; }
        .plot a.mark:hover .score, .plot a.mark:hover .dose, .plot a.mark:hover .event, .plot a.mark:hover .trial,
        .plot a.mark:hover .medication, .plot a.mark:hover .therapy { stroke: var(--accent); stroke-width: 3; }
        """

    static var standalone: String {
        let set = { (tokens: [(name: String, value: String)]) in tokens.map { "\($0.name): \($0.value);" }.joined(separator: " ") }
        return ".plot { \(set(light)) max-width: 100%; height: auto; }\n@media (prefers-color-scheme: dark) { .plot { \(set(dark)) } }\n\(rules)"
    }
}
