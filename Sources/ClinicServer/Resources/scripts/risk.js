// Keeps the banner of suicide-risk alerts true on every open page. One page of the browser listens and tells the others.

const banner = document.getElementById("risk-banner");
const channel = new BroadcastChannel("euthymia-risk");
const sound = document.getElementById("risk-sound");
const title = document.title;
let open = Number(banner.dataset.open) || 0;

function show({ open: count, called }) {
    banner.hidden = count === 0;
    banner.querySelector("[data-count]").textContent = count ?? "?";
    banner.querySelector("[data-called]").textContent = called;
    banner.querySelector("[data-lost]").hidden = true;
    document.title = count > 0 ? `(${count}) ${title}` : title;
    if (count > open && localStorage.getItem("risk-sound") === "on") ring();
    open = count ?? open;
}

// Silence must not be taken for safety.
function lose() {
    banner.hidden = false;
    banner.querySelector("[data-lost]").hidden = false;
}

function ring() {
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    tone.frequency.value = 660;
    tone.connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + 0.4);
    tone.onended = () => audio.close();
}

function listen() {
    const source = new EventSource("/risk/live");
    source.onmessage = (event) => {
        const state = JSON.parse(event.data);
        show(state);
        channel.postMessage(state);
    };
    source.onerror = () => {
        lose();
        channel.postMessage("lost");
        // A stream that the browser gave up is asked for again: the clinic may have been started anew.
        if (source.readyState === EventSource.CLOSED) setTimeout(() => { listen(); }, 15000);
    };
    return new Promise(() => {});
}

channel.onmessage = (event) => (event.data === "lost" ? lose() : show(event.data));
if (open > 0) document.title = `(${open}) ${title}`;
if (navigator.locks) navigator.locks.request("euthymia-risk", listen); else listen();

if (sound) {
    sound.checked = localStorage.getItem("risk-sound") === "on";
    sound.addEventListener("change", () => {
        localStorage.setItem("risk-sound", sound.checked ? "on" : "off");
        if (sound.checked) ring();
    });
}
