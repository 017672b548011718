// Calls pop up on every page of an agent: in one tab, the one they look at; the focus stays where it is.

const place = document.getElementById("pops");
const me = `${Date.now()}-${Math.random()}`;
const FRONT = "throughline.calls.front";
const HIDDEN = "throughline.calls.hidden";
const others = "BroadcastChannel" in window ? new BroadcastChannel("throughline.calls") : null;
const said = new Set();
let isLeader = false;
let shown = "";

function kept(store, key) {
  try { return store.getItem(key) ?? ""; } catch { return ""; }
}

function keep(store, key, value) {
  try { store.setItem(key, value); } catch { /* without a store every tab shows its calls */ }
}

// The tab that was looked at last shows the calls; where it was closed, the one that listens.
function isFront() {
  const front = kept(localStorage, FRONT);
  return front ? front === me : isLeader;
}

function comeToFront() {
  if (document.hidden) return;
  keep(localStorage, FRONT, me);
  draw();
}

function isHere(id) {
  return location.pathname.startsWith(`/desk/calls/${id}/`) || kept(localStorage, HIDDEN).split(" ").includes(id);
}

function draw() {
  const made = new DOMParser().parseFromString(isFront() ? shown : "", "text/html");
  const cards = [...made.querySelectorAll("[data-call]")].filter((card) => !isHere(card.dataset.call));
  const old = new Map([...place.children].map((card) => [card.dataset.call, card]));
  const more = made.querySelector(".more-calls");
  const next = (more && cards.length > 1 ? [...cards, more] : cards).map((card) => {
    const before = old.get(card.dataset.call);
    return before?.isEqualNode(card) ? before : document.adoptNode(card);
  });
  for (const card of [...place.children]) if (!next.includes(card)) card.remove();
  next.forEach((card, index) => { if (place.children[index] !== card) place.insertBefore(card, place.children[index] ?? null); });
  say(next.filter((card) => card.dataset.call));
}

function say(cards) {
  const fresh = cards.filter((card) => !said.has(card.dataset.said + card.dataset.call));
  if (!fresh.length) return;
  for (const card of fresh) said.add(card.dataset.said + card.dataset.call);
  const region = document.getElementById("calls-said");
  if (region) region.textContent = fresh.map((card) => card.dataset.said).join(". ");
}

function show(news) {
  shown = news.html;
  const word = document.querySelector("[data-presence]");
  if (word && news.presence) {
    word.textContent = news.presence;
    word.parentElement.querySelector(".dot").className = `dot ${news.state}`;
  }
  draw();
}

let isAsking = false;
let isAskedAgain = false;

async function ask() {
  if (isAsking) { isAskedAgain = true; return; }
  isAsking = true;
  try {
    const response = await fetch(place.dataset.open, { headers: { "X-Requested-With": "fetch" } });
    if (response.ok && !response.redirected) {
      const news = { html: await response.text(), presence: response.headers.get("X-Presence"), state: response.headers.get("X-Presence-State") };
      show(news);
      if (isLeader) others?.postMessage(news);
    }
  } catch { /* the stream asks again when it is back */ }
  isAsking = false;
  if (isAskedAgain) { isAskedAgain = false; ask(); }
}

let stream = null;

function connect() {
  stream?.close();
  stream = new EventSource(place.dataset.stream);
  stream.addEventListener("open", ask);
  stream.addEventListener("news", ask);
  stream.addEventListener("error", () => { if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 5000); });
}

function lead() {
  isLeader = true;
  connect();
  return new Promise(() => {}); // until the tab is closed
}

if (place) {
  document.querySelector("[data-pops]")?.append(place); // where a page lists its calls, they are not shown twice
  // One tab listens for all: browsers hold only six connections to one server. Where there are no locks (no HTTPS), each.
  if (navigator.locks && others) navigator.locks.request("throughline.calls", lead);
  else lead();
  others?.addEventListener("message", (event) => show(event.data));
  place.addEventListener("click", (event) => {
    const card = event.target.closest("[data-hide]")?.closest("[data-call]");
    if (!card) return;
    keep(localStorage, HIDDEN, `${kept(localStorage, HIDDEN)} ${card.dataset.call}`.split(" ").slice(-20).join(" "));
    draw();
  });
  window.addEventListener("focus", comeToFront);
  document.addEventListener("visibilitychange", comeToFront);
  window.addEventListener("storage", (event) => { if (event.key === FRONT || event.key === HIDDEN) draw(); });
  window.addEventListener("pagehide", () => {
    if (kept(localStorage, FRONT) === me) keep(localStorage, FRONT, "");
    stream?.close();
  });
  window.addEventListener("pageshow", (event) => { if (event.persisted && isLeader) connect(); });
  comeToFront();
  ask();
}
