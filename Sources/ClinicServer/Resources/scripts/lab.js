// Sliders say what they stand at.
for (const slider of document.querySelectorAll(".lab input[type=range]")) {
    const said = slider.parentElement.querySelector("output");
    const say = () => { said.textContent = slider.value === "0" && slider.dataset.zero ? slider.dataset.zero : `${slider.value} ${slider.dataset.unit}`; };
    slider.addEventListener("input", say);
    say();
}

// A comparison under way says how far it is, and shows itself when it is done.
const under = document.querySelector("[data-run]");
async function look() {
    const answer = await fetch(under.dataset.run, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
        const { percent, done } = await answer.json();
        if (done) return location.reload();
        under.querySelector("[data-percent]").textContent = percent;
        under.querySelector("progress").value = percent;
    }
    setTimeout(look, 1000);
}
if (under) look();
