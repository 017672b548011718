// A customer's page: new interactions appear by themselves, without moving what is being read.

const page = document.querySelector("[data-live]");

function say(words) {
  const place = document.getElementById("announce");
  place.textContent = words;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { place.textContent = ""; }, 5000);
}

function show(state) {
  const place = document.getElementById("live-state");
  if (!place) return;
  place.dataset.state = state;
  place.lastElementChild.textContent = state === "lost" ? "Reconnecting …" : "New interactions appear by themselves";
}

async function newest(list) {
  const response = await fetch(`${page.dataset.entries}?${list.dataset.top}`, { headers: { "X-Requested-With": "fetch" } });
  if (!response.ok || response.redirected) throw new Error(`the newest entries: ${response.status}`);
  const made = new DOMParser().parseFromString(`<ol>${await response.text()}</ol>`, "text/html");
  return [...made.querySelector("ol").children];
}

// What was opened stays open, and what did not change is the same element as before.
function kept(fresh, list) {
  const old = fresh.id && list.querySelector(`#${CSS.escape(fresh.id)}`);
  if (!old || old.dataset.v === undefined) return fresh;
  if (old.dataset.v === fresh.dataset.v) return old;
  const opened = [...old.querySelectorAll("details")].map((part) => part.open);
  fresh.querySelectorAll("details").forEach((part, index) => { part.open = opened[index] ?? false; });
  return fresh;
}

function merge(list, fetched) {
  const known = new Set([...list.querySelectorAll(".it")].map((item) => item.id));
  const entries = fetched.filter((item) => item.classList.contains("it"));
  const added = entries.filter((item) => !known.has(item.id));
  const last = [...entries].reverse().find((item) => known.has(item.id));
  const upTo = last ? fetched.indexOf(last) + 1 : fetched.length;
  const result = fetched.slice(0, upTo).map((item) => kept(item, list));
  const boundary = last && list.querySelector(`#${CSS.escape(last.id)}`);
  const tail = boundary ? after(boundary) : [];
  if (stands([...result, ...tail], list.children)) return 0;
  const scroller = document.scrollingElement;
  const before = scroller.scrollHeight;
  list.replaceChildren(...result, ...tail);
  if (scroller.scrollTop > 200) scroller.scrollTop += scroller.scrollHeight - before;
  for (const item of result) if (added.includes(item)) item.classList.add("fresh");
  window.htmx?.process(list);
  return added.length;
}

// Whether these are the elements that stand there: then nothing is moved, and nobody loses the focus.
function stands(made, there) {
  return made.length === there.length && made.every((item, index) => item.isEqualNode(there[index]));
}

function after(element) {
  const rest = [];
  for (let next = element.nextElementSibling; next; next = next.nextElementSibling) rest.push(next);
  return rest;
}

let isAsking = false;
let isAskedAgain = false;

async function catchUp() {
  const list = document.querySelector("#entries[data-top]");
  if (!list) return;
  if (isAsking) { isAskedAgain = true; return; }
  isAsking = true;
  try {
    const count = merge(list, await newest(list));
    if (count) {
      document.querySelector("#journey .empty")?.remove();
      say(count === 1 ? "1 new interaction" : `${count} new interactions`);
    }
  } catch {
    show("lost");
  } finally {
    isAsking = false;
  }
  if (isAskedAgain) { isAskedAgain = false; catchUp(); }
}

let stream = null;

function connect() {
  stream?.close();
  stream = new EventSource(page.dataset.live);
  stream.addEventListener("open", () => { show("on"); catchUp(); });
  stream.addEventListener("news", () => { show("on"); catchUp(); });
  stream.addEventListener("error", () => {
    show("lost");
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  });
}

// A hidden tab listens to nothing: browsers hold only six connections to one server, for all tabs together.
function follow() {
  if (document.hidden) stream?.close();
  else connect();
}

if (page) {
  document.addEventListener("visibilitychange", follow);
  document.addEventListener("htmx:afterSwap", () => show(stream?.readyState === EventSource.OPEN ? "on" : "lost"));
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  follow();
}
