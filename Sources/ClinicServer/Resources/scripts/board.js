import { draw, listen, setClock, tick } from "/live.js";

const board = document.querySelector(".board");
const connection = board.querySelector(".connection");
const last = {};

function say(text) {
    connection.hidden = text === null;
    connection.textContent = text ?? "";
}

listen(board.dataset.live, {
    onState: (state) => { say(null); draw(board, state, last); },
    onOpen: () => say(null),
    onLost: () => say("No connection to the clinic. What stands here may be old."),
    // A board that no longer follows must not look as if it did, and shows nobody to who passes.
    onEnded: () => location.assign("/sign-in?back=" + encodeURIComponent(location.pathname)),
});
setClock(board.dataset.now);
setInterval(() => tick(board), 1000);
tick(board);
