// The session room: keeps the page current, counts, and never loses what was entered.
//
// An entry gets its identity and its time in the browser and waits in this browser's storage until the clinic has confirmed it. The same
// entry sent twice is one entry. While the connection is down entries wait and are sent on its return, with both times.

import { clinicNow, draw, listen, setClock, tick } from "/live.js";

const room = document.querySelector(".room");
const me = room.dataset.me;
const storageKey = "euthymia.waiting";
const connection = room.querySelector(".connection");
const queueBox = room.querySelector(".queue");
let seen = room.dataset.seen;
setClock(seen);
const last = {};

// The page is the same for everybody; nobody is their own second person.
for (const option of room.querySelectorAll("[name=witness] option")) if (option.value === me) option.remove();

// Waiting entries

const load = () => JSON.parse(localStorage.getItem(storageKey) ?? "[]");
const save = (entries) => { localStorage.setItem(storageKey, JSON.stringify(entries)); showQueue(); };
const mine = () => load().filter((entry) => entry.by === me);

function showQueue() {
    const waiting = mine();
    queueBox.hidden = waiting.length === 0;
    queueBox.textContent = waiting.length === 0 ? "" :
        `${waiting.length} ${waiting.length === 1 ? "entry waits" : "entries wait"} on this device to be sent: ` +
        waiting.map((entry) => `${entry.label} ${entry.clock}`).join(", ");
}

function entryOf(form, button) {
    const fields = Object.fromEntries(new FormData(form, button));
    for (const key of Object.keys(fields)) if (fields[key] === "" || key === "csrf") delete fields[key];
    const now = new Date(clinicNow());
    const late = form.querySelector("[data-clock]")?.value;
    const at = late ? lastTime(late, now) : now;
    fields.id = "w" + crypto.randomUUID();
    fields.time = at.toISOString();
    fields.seen = seen;
    return { url: form.action, fields, label: form.dataset.entry, by: me, clock: at.toTimeString().slice(0, 5) };
}

// When clocks last showed this: yesterday where it is still to come today, and the later of two where clocks were set back in between.
function lastTime(clock, now) {
    const at = new Date(`${localDate(now)}T${clock}`);
    if (at > now) at.setDate(at.getDate() - 1);
    const again = new Date(at.getTime() + 3_600_000);
    return again <= now && again.toTimeString().slice(0, 5) === clock ? again : at;
}

const localDate = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

// "sent", "offline", or what the clinic said against it
async function post(entry) {
    let answer;
    try {
        answer = await fetch(entry.url, {
            method: "POST",
            headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded", "X-CSRF": room.dataset.csrf },
            body: new URLSearchParams(entry.fields),
        });
    } catch { return { outcome: "offline" }; }
    if (answer.ok) return { outcome: "sent" };
    if ([502, 503, 504, 429].includes(answer.status)) return { outcome: "offline", text: (await answer.json().catch(() => ({}))).problem };
    const said = await answer.json().catch(() => ({ problem: "The clinic answered with an error." }));
    if (answer.status === 401) return { outcome: "signed-out" };
    return { outcome: answer.status === 409 ? "asked" : "refused", text: said.problem, field: said.field };
}

// Entries that are just being sent or asked about.
const busy = new Set();
let isSending = false;
async function flush() {
    if (isSending) return;
    isSending = true;
    try {
        for (const entry of mine().filter((entry) => !busy.has(entry.fields.id))) {
            const { outcome, text } = await post(entry);
            if (outcome === "offline" || outcome === "signed-out") return void say(outcome, text);
            if (outcome === "asked" && await ask(`${entry.label}, ${entry.clock}. ${text}`)) {
                entry.fields.confirm = "true";
                const again = await post(entry);
                if (again.outcome === "offline") return void say("offline");
                if (again.outcome === "refused") await tell(`${entry.label}, ${entry.clock}: ${again.text}`);
            } else if (outcome === "refused") await tell(`${entry.label}, ${entry.clock}: ${text}`);
            remove(entry);
        }
        say(null);
    } finally { isSending = false; }
}

const remove = (entry) => save(load().filter((other) => other.fields.id !== entry.fields.id));

// A signature is a secret: it is sent at once or not at all, and never kept.
async function submit(form, button) {
    const problem = form.querySelector(".form-problem");
    if (problem) problem.hidden = true;
    const entry = entryOf(form, button);
    const isSigned = "signature" in entry.fields;
    busy.add(entry.fields.id);
    if (!isSigned) save([...load(), entry]);
    form.setAttribute("aria-busy", "true");
    let { outcome, text, field } = await post(entry);
    if (outcome === "asked" && await ask(text)) {
        entry.fields.confirm = "true";
        ({ outcome, text, field } = await post(entry));
    }
    form.removeAttribute("aria-busy");
    busy.delete(entry.fields.id);
    if (outcome === "offline" || outcome === "signed-out") {
        say(outcome, text);
        if (isSigned && problem) { problem.textContent = text ?? "The clinic does not answer. A signed decision is not kept here: try again."; problem.hidden = false; }
        else if (!isSigned) form.reset();
        return;
    }
    remove(entry);
    say(null);
    if (outcome === "refused" && problem) {
        problem.textContent = text;
        problem.hidden = false;
        form.elements.namedItem(field)?.focus?.();
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

// Asking

const dialog = room.querySelector("dialog.ask");
const talks = { queue: Promise.resolve() };

function talk(text, isQuestion) {
    talks.queue = talks.queue.then(() => new Promise((done) => {
        dialog.querySelector("p").textContent = text;
        dialog.querySelector("[data-answer=yes]").hidden = !isQuestion;
        dialog.querySelector("[data-answer=no]").textContent = isQuestion ? "Leave it" : "Understood";
        dialog.onclick = (event) => { const answer = event.target.dataset.answer; if (answer) dialog.close(answer); };
        dialog.onclose = () => done(dialog.returnValue === "yes");
        dialog.returnValue = "";
        dialog.showModal();
    }));
    return talks.queue;
}
const ask = (text) => talk(text, true);
const tell = (text) => talk(text, false);

// The connection

function say(what, text) {
    connection.hidden = what === null;
    connection.textContent = what === "signed-out" ? "The sign-in has ended. Sign in again: what you entered waits on this device."
        : what === "offline" ? text ?? "No connection to the clinic. What you enter is kept on this device and sent when it is back." : "";
    room.classList.toggle("is-offline", what !== null);
}

function connect() {
    listen(room.dataset.live, {
        onOpen: flush,
        onLost: () => say("offline"),
        onEnded: () => say("signed-out"),
        onState: (state) => {
            seen = new Date(clinicNow()).toISOString();
            if (mine().length === 0) say(null);
            draw(room, state, last);
        },
    });
}

setInterval(() => tick(room), 1000);
setInterval(() => { if (mine().length > 0) flush(); }, 5000);
addEventListener("online", flush);

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

showQueue();
tick(room);
connect();
