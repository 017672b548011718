// The supervisor's board: drawn anew at every news, and its clocks run on in between.

const place = document.getElementById("board-place");
const state = document.getElementById("board-state");
let stream = null;

function show(is) {
  state.firstElementChild.className = is === "on" ? "dot ready" : "dot";
  state.lastElementChild.textContent = is === "on" ? "Kept up to date by itself" : "Reconnecting …";
}

function news() {
  show("on");
  window.htmx?.trigger(place, "news");
}

function connect() {
  stream?.close();
  stream = new EventSource(place.dataset.stream);
  stream.addEventListener("open", news);
  stream.addEventListener("news", news);
  stream.addEventListener("error", () => {
    show("lost");
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  });
}

// As the server says it: minutes and seconds, from an hour on hours and minutes.
function lasted(since) {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1000));
  const [high, low] = seconds < 3600 ? [seconds / 60, seconds % 60] : [seconds / 3600, (seconds / 60) % 60];
  return `${Math.floor(high)}:${String(Math.floor(low)).padStart(2, "0")}${seconds < 3600 ? " min" : " h"}`;
}

function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    const said = lasted(clock.dataset.since);
    if (clock.textContent !== said) clock.textContent = said;
  }
}

// A hidden tab listens to nothing: browsers hold only six connections to one server, for all tabs together.
function follow() {
  if (document.hidden) stream?.close();
  else connect();
}

document.addEventListener("visibilitychange", follow);
window.addEventListener("pagehide", () => stream?.close());
window.addEventListener("pageshow", (event) => { if (event.persisted) follow(); });
setInterval(tick, 1000);
follow();
