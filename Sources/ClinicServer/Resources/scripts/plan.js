// The slider of the plan: it picks a row of the table below it and says it in a sentence.

const region = document.querySelector("[data-what-if]");
const control = region?.querySelector(".what-if-control");

function nearest(rows, day) {
    return rows.reduce((best, row) => (Math.abs(row.dataset.ahead - day) < Math.abs(best.dataset.ahead - day) ? row : best));
}

function say(rows, slider, output) {
    const row = nearest(rows, Number(slider.value));
    const titles = [...row.closest("table").querySelectorAll("thead th")].map((cell) => cell.textContent);
    const cells = [...row.children].map((cell) => cell.textContent.trim());
    for (const other of rows) other.classList.toggle("chosen", other === row);
    slider.setAttribute("aria-valuetext", `${cells[0]}: ${titles[1]} ${cells[1]}`);
    output.replaceChildren(
        ...cells.map((text, index) => {
            const line = document.createElement("span");
            line.textContent = index === 0 ? `In ${text.replace(" ", text.startsWith("1 ") ? " day, " : " days, ")}` : `${titles[index]}: ${text}`;
            return line;
        }),
    );
}

if (control) {
    const rows = [...region.querySelectorAll("tr[data-ahead]")];
    const slider = control.querySelector("input");
    const output = control.querySelector("output");
    control.hidden = false;
    region.querySelector("details").open = false;
    slider.addEventListener("input", () => say(rows, slider, output));
    say(rows, slider, output);
}
