// A page that keeps itself current: regions drawn again when they have changed, and clocks that run.

const two = (number) => String(number).padStart(2, "0");
const span = (seconds) => `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))}`;
// Beyond an hour or two nobody counts in seconds.
const spoken = (seconds) => seconds < 6000 ? span(seconds) : `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds % 3600 / 60))} min`;

// The clinic's time: a browser's own clock may go wrong.
let ahead = 0;
export const clinicNow = () => Date.now() + ahead;
export function setClock(instant) { ahead = Date.parse(instant) - Date.now(); }

// Texts of running clocks below `root`: since a time, until a time, and a rest before the next device.
export function tick(root) {
    const now = clinicNow();
    for (const clock of root.querySelectorAll("[data-since]")) clock.textContent = span(Math.max(0, (now - Date.parse(clock.dataset.since)) / 1000));
    for (const clock of root.querySelectorAll("[data-due]")) {
        const left = (Date.parse(clock.dataset.due) - now) / 1000;
        clock.textContent = left >= 0 ? `in ${spoken(left)}` : `${spoken(-left)} late`;
        clock.classList.toggle("late", left < 0);
    }
    for (const rest of root.querySelectorAll("[data-rest]")) {
        const left = (Date.parse(rest.dataset.rest) - now) / 1000;
        rest.textContent = left > 0 ? `Rest ${span(left)} before the next device` : "The rest is over: the next device may be given.";
        rest.classList.toggle("waiting", left > 0);
    }
}

// What somebody has entered below `region` and not sent yet, by the form and the field it stands in.
function entered(region) {
    const kept = new Map();
    for (const field of region.querySelectorAll("input:not([type=hidden]), textarea, select")) {
        const isTicked = field.type === "radio" || field.type === "checkbox";
        if (isTicked ? field.checked !== field.defaultChecked : "defaultValue" in field && field.value !== field.defaultValue) {
            kept.set(place(field), isTicked ? field.checked : field.value);
        }
    }
    return kept;
}

export const hasEntered = (region) => entered(region).size > 0;

const place = (field) => [field.form?.dataset.entry, field.name, field.type === "radio" ? field.value : ""].join("\n");

function enter(region, kept) {
    for (const field of region.querySelectorAll("input:not([type=hidden]), textarea, select")) {
        const value = kept.get(place(field));
        if (typeof value === "boolean") field.checked = value;
        else if (value !== undefined) field.value = value;
    }
}

// The same markup as a browser writes it.
function normalised(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.innerHTML;
}

// Puts `state.regions` in the place of what stands there. What somebody is typing stays while `state.state` has not moved on; what was
// entered elsewhere in a region and not sent is put back.
export function draw(root, state, last) {
    const isSame = (last.state ?? root.dataset.state) === state.state;
    for (const [name, html] of Object.entries(state.regions)) {
        if (last[name] === html) continue;
        const region = root.querySelector(`[data-region="${name}"]`);
        const isBusy = region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
        if (isBusy && isSame) continue;
        if (last[name] === undefined && normalised(html) === region.innerHTML) {
            last[name] = html;
            continue;
        }
        const open = [...region.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
        const kept = isSame ? entered(region) : new Map();
        region.innerHTML = html;
        for (const summary of region.querySelectorAll("details > summary")) if (open.includes(summary.textContent)) summary.parentElement.open = true;
        enter(region, kept);
        last[name] = html;
    }
    last.state = state.state;
    tick(root);
}

// What this page itself would be answered now; nothing while the clinic does not answer.
async function standing() {
    try { return (await fetch(location.pathname, { method: "HEAD", headers: { Accept: "application/json" } })).status; } catch { return null; }
}

// Listens for as long as the page is open, through lost connections and restarts of the server.
export function listen(path, listener) {
    const { onState, onOpen, onLost, onEnded, onClosed } = listener;
    const source = new EventSource(path);
    source.onopen = () => onOpen?.();
    source.addEventListener("clock", (event) => setClock(event.data));
    source.onmessage = (event) => onState(JSON.parse(event.data));
    source.onerror = async () => {
        onLost?.();
        if (source.readyState !== EventSource.CLOSED) return;
        const status = await standing();
        // What is closed to this person stays so until somebody opens it: nobody knocks every few seconds.
        if (status === 403 || status === 404) return void (onClosed ?? (() => location.reload()))();
        if (status === 401) onEnded?.();
        setTimeout(() => listen(path, listener), 3000);
    };
    return source;
}
