// Entries that wait on this device until the clinic has confirmed them, on every page: what was typed while the connection was down is sent
// wherever its author signs in here again. What the clinic refuses stays until its author throws it away.
//
// Each entry has a place of its own in this browser's storage, so that two pages open at once never overwrite each other's.

const prefix = "euthymia.waiting.";
const frame = document.querySelector(".me");
const box = document.querySelector(".queue");
const room = document.querySelector(".room");
let token = frame?.querySelector("[name=csrf]").value;
let heard = () => {};

export const me = frame?.dataset.account;

// Entries that are just being sent or asked about.
const busy = new Set();

const all = () =>
    Object.keys(localStorage).filter((key) => key.startsWith(prefix)).map((key) => JSON.parse(localStorage.getItem(key))).sort((one, other) => one.made - other.made);
export const mine = () => all().filter((entry) => entry.by === me);

// Whether an entry is kept on this device now.
export function keep(entry) {
    try {
        localStorage.setItem(prefix + entry.fields.id, JSON.stringify({ made: Date.now(), ...entry }));
    } catch { return false; }
    show();
    return true;
}

export function remove(entry) {
    localStorage.removeItem(prefix + entry.fields.id);
    show();
}

// Who wants to know how sending went: an outcome of `post`, or null when all is well.
export function whenSent(listener) { heard = listener; }

// What waits, in words

const counted = (count, verb) => `${count} ${count === 1 ? `entry ${verb}s` : `entries ${verb}`}`;
const named = (entry) => `${entry.label} ${entry.clock}` + (room || !entry.place ? "" : ` (${entry.place})`);

function show() {
    const entries = all();
    const own = entries.filter((entry) => entry.by === me);
    const [waiting, refused] = [own.filter((entry) => !entry.problem), own.filter((entry) => entry.problem)];
    const others = new Map(entries.filter((entry) => entry.by !== me).map((entry) => [entry.by, entry.name ?? entry.by]));
    const lines = [];
    if (waiting.length > 0) lines.push(line(`${counted(waiting.length, "wait")} on this device to be sent: ${waiting.map(named).join(", ")}`));
    for (const entry of refused) {
        lines.push(line(`Not taken by the clinic: ${named(entry)}. ${entry.problem}`, ["Try again", () => again(entry)], ["Throw away", () => remove(entry)]));
    }
    for (const [by, name] of others) {
        lines.push(line(`${counted(entries.filter((entry) => entry.by === by).length, "wait")} on this device for ${name} to sign in here.`));
    }
    box.replaceChildren(...lines);
    box.hidden = lines.length === 0;
}

function line(text, ...actions) {
    const line = document.createElement("p");
    line.append(text, ...actions.map(([title, act]) => {
        const button = document.createElement("button");
        button.className = "quiet";
        button.textContent = title;
        button.addEventListener("click", act);
        return button;
    }));
    return line;
}

// Sending

// Who is signed in in this browser now, perhaps anew and elsewhere: "same", "renewed" with the token of their new sign-in, or "other".
async function present() {
    const answer = await fetch("/account");
    const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".me");
    if (now?.dataset.account !== me) return "other";
    const fresh = now.querySelector("[name=csrf]").value;
    if (fresh === token) return "same";
    token = fresh;
    for (const field of document.querySelectorAll("[name=csrf]")) field.value = fresh;
    return "renewed";
}

const send = (entry) =>
    fetch(entry.url, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded", "X-CSRF": token },
        body: new URLSearchParams(entry.fields),
    });

// "sent", "offline", "signed-out", "asked" or "refused", with what the clinic said.
export async function post(entry) {
    let answer;
    try {
        answer = await send(entry);
        if (answer.status === 403) {
            const who = await present();
            if (who === "other") return { outcome: "signed-out" };
            if (who === "renewed") answer = await send(entry);
        }
    } catch { return { outcome: "offline" }; }
    if (answer.ok) return { outcome: "sent" };
    const said = await answer.json().catch(() => ({ problem: "The clinic answered with an error." }));
    if (answer.status === 401) return { outcome: "signed-out" };
    if ([429, 502, 503, 504].includes(answer.status)) return { outcome: "offline", text: said.problem };
    return { outcome: answer.status === 409 ? "asked" : "refused", text: said.problem, field: said.field };
}

// Sends an entry and asks what the clinic wants to know. "left": its author decided against it.
export async function deliver(entry, about = "") {
    busy.add(entry.fields.id);
    try {
        let said = await post(entry);
        if (said.outcome === "asked") {
            if (!await ask(about + said.text)) return { outcome: "left" };
            entry.fields.confirm = "true";
            said = await post(entry);
        }
        return said.outcome === "asked" ? { ...said, outcome: "refused" } : said;
    } finally { busy.delete(entry.fields.id); }
}

let isSending = false;
export async function flush() {
    if (isSending) return;
    isSending = true;
    try {
        for (const entry of mine().filter((entry) => !entry.problem && !busy.has(entry.fields.id))) {
            const { outcome, text } = await deliver(entry, `${named(entry)}. `);
            if (outcome === "offline" || outcome === "signed-out") return void heard(outcome, text);
            if (outcome === "refused") keep({ ...entry, problem: text }); else remove(entry);
        }
        heard(null);
    } finally { isSending = false; }
}

function again(entry) {
    delete entry.problem;
    keep(entry);
    flush();
}

// Asking

const dialog = document.createElement("dialog");
dialog.className = "ask";
dialog.setAttribute("aria-labelledby", "ask-text");
dialog.innerHTML = `<p id="ask-text"></p><div class="row"><button type="button" data-answer="yes">Record all the same</button><button type="button" class="quiet" data-answer="no" autofocus>Leave it</button></div>`;
document.body.append(dialog);
let talk = Promise.resolve();

// One question after the other.
function ask(text) {
    talk = talk.then(() => new Promise((done) => {
        dialog.querySelector("p").textContent = text;
        dialog.onclick = (event) => { const answer = event.target.dataset.answer; if (answer) dialog.close(answer); };
        dialog.onclose = () => done(dialog.returnValue === "yes");
        dialog.returnValue = "";
        dialog.showModal();
    }));
    return talk;
}

if (me) {
    show();
    addEventListener("storage", show);
    addEventListener("online", flush);
    setInterval(() => { if (mine().some((entry) => !entry.problem)) flush(); }, 5000);
    if (mine().length > 0) flush();
}
