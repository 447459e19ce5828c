// Small conveniences of the editors: times start in the browser's own offset, and a metric brings its unit along. Both stay visible and editable.

function offsetOf(date) {
    const minutes = -date.getTimezoneOffset();
    const two = (number) => String(Math.floor(number)).padStart(2, "0");
    return (minutes < 0 ? "-" : "+") + two(Math.abs(minutes) / 60) + ":" + two(Math.abs(minutes) % 60);
}

for (const select of document.querySelectorAll("select[data-offset]")) {
    const day = select.form.elements.namedItem(select.name.replace(/_offset$/, ""));
    const set = () => {
        const value = offsetOf(day.value ? new Date(day.value + "T12:00") : new Date());
        if (![...select.options].some((option) => option.value === value)) select.add(new Option("UTC " + value, value));
        select.value = value;
    };
    set();
    day.addEventListener("change", set);
}

document.addEventListener("change", (event) => {
    const chosen = event.target.selectedOptions?.[0];
    const unit = event.target.form?.elements.namedItem("unit");
    if (chosen && unit && event.target.name === "metric") unit.value = chosen.dataset.companion ?? "";
});
