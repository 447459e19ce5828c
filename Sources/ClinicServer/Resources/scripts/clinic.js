// Forms that say in place what is wrong with them, and keep what was typed. Without this script the same forms answer with a page.

async function send(form) {
    const problem = form.querySelector(".form-problem");
    const button = form.querySelector("button:not([type=button])");
    if (problem) problem.hidden = true;
    button.disabled = true;
    form.setAttribute("aria-busy", "true");
    try {
        const answer = await fetch(form.getAttribute("action"), {
            method: "POST",
            headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded" },
            body: new URLSearchParams(new FormData(form)),
        });
        const said = await answer.json();
        if (answer.ok) return void location.assign(said.next ?? location.href);
        if (answer.status === 401) return void location.assign("/sign-in?back=" + encodeURIComponent(location.pathname));
        tell(form, problem, said.problem, said.field);
    } catch {
        tell(form, problem, "The clinic does not answer. Nothing was lost: what you typed still stands here.");
    } finally {
        button.disabled = false;
        form.removeAttribute("aria-busy");
    }
}

function tell(form, problem, text, field) {
    if (!problem) return alert(text);
    problem.textContent = text;
    problem.hidden = false;
    const input = field && form.elements.namedItem(field);
    if (input && input.focus) input.focus();
}

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-inline]")) return;
    event.preventDefault();
    send(form);
});

// Addresses that people copy are shown whole.
for (const element of document.querySelectorAll("[data-absolute]")) element.textContent = new URL(element.dataset.absolute, location.href).href;
