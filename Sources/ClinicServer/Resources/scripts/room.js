// The session room: keeps the page current, counts, and never loses what was entered.
//
// An entry gets its identity and its time in the browser and waits there until the clinic has confirmed it (waiting.js). The same entry sent
// twice is one entry. While the connection is down entries wait and are sent on its return, with both times.

import { clinicNow, draw, hasEntered, listen, setClock, tick } from "/live.js";
import { deliver, flush, keep, me, mine, remove, whenSent } from "/waiting.js";

const room = document.querySelector(".room");
const connection = room.querySelector(".connection");
let seen = room.dataset.seen;
setClock(seen);
const last = {};

// The page is the same for everybody; nobody is their own second person.
for (const option of room.querySelectorAll("[name=witness] option")) if (option.value === me) option.remove();

function entryOf(form, button) {
    const fields = Object.fromEntries(new FormData(form, button));
    for (const key of Object.keys(fields)) if (fields[key] === "" || key === "csrf") delete fields[key];
    const now = new Date(clinicNow());
    const late = form.querySelector("[data-clock]")?.value;
    const at = late ? lastTime(late, now) : now;
    fields.id = "w" + crypto.randomUUID();
    fields.time = at.toISOString();
    fields.seen = seen;
    const { me: by, name, place } = room.dataset;
    return { url: form.action, fields, label: form.dataset.entry, by, name, place, clock: at.toTimeString().slice(0, 5) };
}

// When clocks last showed this: yesterday where it is still to come today, and the later of two where clocks were set back in between, by an
// hour or by half of one.
function lastTime(clock, now) {
    const at = new Date(`${localDate(now)}T${clock}`);
    if (at > now) at.setDate(at.getDate() - 1);
    const again = [60, 30].map((minutes) => new Date(at.getTime() + minutes * 60_000));
    return again.find((time) => time <= now && time.toTimeString().slice(0, 5) === clock) ?? at;
}

const localDate = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

// A signature is a secret: it is sent at once or not at all, and never kept.
async function submit(form, button) {
    const problem = form.querySelector(".form-problem");
    if (problem) problem.hidden = true;
    const entry = entryOf(form, button);
    const isKept = !("signature" in entry.fields) && keep(entry);
    form.setAttribute("aria-busy", "true");
    const { outcome, text, field } = await deliver(entry);
    form.removeAttribute("aria-busy");
    if (outcome === "offline" || outcome === "signed-out") {
        say(outcome, text);
        if (isKept) form.reset();
        else if (problem) {
            problem.textContent = text ?? "The clinic does not answer. This is not kept on this device: try again.";
            problem.hidden = false;
        }
        return;
    }
    remove(entry);
    say(null);
    if (outcome === "refused" && problem) {
        problem.textContent = text;
        problem.hidden = false;
        form.elements.namedItem(field)?.focus?.();
    } else if (outcome === "refused") {
        keep({ ...entry, problem: text });
    } else if (outcome === "sent") {
        form.reset();
        form.closest("details")?.removeAttribute("open");
        confirmEntry(form);
    }
}

function confirmEntry(form) {
    form.classList.add("recorded");
    setTimeout(() => form.classList.remove("recorded"), 1200);
}

room.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-entry]")) return;
    event.preventDefault();
    submit(form, event.submitter);
});

// The connection

function say(what, text) {
    connection.hidden = what === null;
    connection.textContent = what === "offline" ? text ?? "No connection to the clinic. What you enter is kept on this device and sent when it is back." : "";
    if (what === "signed-out") lead("The sign-in has ended. Sign in again: what you entered waits on this device.", "Sign in", "/sign-in?back=" + encodeURIComponent(location.pathname));
    if (what === "closed") lead("This room is not open to you any more. What you entered stays on this device.", "Load the page again", location.pathname);
    room.classList.toggle("is-offline", what !== null);
}

function lead(text, words, href) {
    const link = document.createElement("a");
    [link.textContent, link.href] = [words, href];
    connection.append(text, " ", link);
}

whenSent(say);

function connect() {
    listen(room.dataset.live, {
        onOpen: flush,
        onLost: () => say("offline"),
        onEnded: () => say("signed-out"),
        // The chart was closed, or a right taken away: it does not stay on the screen, but for what is being typed.
        onClosed: () => hasEntered(room) ? say("closed") : location.reload(),
        onState: (state) => {
            seen = new Date(clinicNow()).toISOString();
            if (!mine().some((entry) => !entry.problem)) say(null);
            draw(room, state, last);
        },
    });
}

setInterval(() => tick(room), 1000);

// Values of the picture under finger or pointer

const readOut = room.querySelector(".reading-out");
room.querySelector(".room-picture").addEventListener("pointermove", (event) => {
    const svg = event.currentTarget.querySelector("svg");
    if (!svg) return;
    let [best, distance] = [null, 40];
    for (const mark of svg.querySelectorAll(".mark")) {
        const box = mark.getBoundingClientRect();
        const far = Math.hypot(box.x + box.width / 2 - event.clientX, Math.max(0, box.top - event.clientY, event.clientY - box.bottom));
        if (far < distance) [best, distance] = [mark, far];
    }
    readOut.hidden = best === null;
    if (best) readOut.textContent = best.querySelector("title").textContent;
});

tick(room);
connect();
