// Keeps each answer as it is given, and brings the next question into view. Without this script the form is sent as a whole.

const form = document.getElementById("rating");
const questions = [...form.querySelectorAll(".asked")];
const kept = document.getElementById("kept");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
// By the name of the field: what the clinic has not confirmed yet.
const waiting = new Map();
let sending = null;
let pointed = 0;

const isAnswered = (question) => question.querySelector("input:checked") !== null;

async function send() {
    const batch = new Map(waiting);
    kept.textContent = "· keeping…";
    try {
        const answer = await fetch(form.action, {
            method: "POST",
            headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams([...batch]),
        });
        // The link was closed meanwhile: its page says so.
        if (answer.status === 404 || answer.status === 410) return void location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        for (const [name, value] of batch) if (waiting.get(name) === value) waiting.delete(name);
        kept.textContent = "· kept";
    } catch {
        kept.textContent = "· not kept yet, trying again. Please leave this page open.";
        setTimeout(keep, 4000);
        return;
    }
    if (waiting.size > 0) await send();
}

function keep() {
    if (waiting.size === 0) return;
    sending ??= send().finally(() => { sending = null; });
}

function show(element, block = "center") {
    element?.scrollIntoView({ block, behavior: calm ? "auto" : "smooth" });
}

form.addEventListener("pointerdown", () => { pointed = Date.now(); });
addEventListener("online", keep);

form.addEventListener("change", (event) => {
    const input = event.target;
    waiting.set(input.name, input.value);
    const answered = questions.filter(isAnswered).length;
    form.querySelector("progress").value = answered;
    document.getElementById("answered").textContent = answered;
    keep();
    // Whoever goes by keyboard stays where they are, and so does whoever is shown whom to call.
    const question = input.closest(".asked");
    if (input.hasAttribute("data-sign")) return show(question.querySelector(".help-now"), "start");
    if (Date.now() - pointed < 1000) show(questions.slice(questions.indexOf(question) + 1).find((next) => !isAnswered(next)));
});

// Coming back goes on where one stopped.
if (!location.hash && questions.some(isAnswered)) show(questions.find((question) => !isAnswered(question)) ?? form.lastElementChild);
