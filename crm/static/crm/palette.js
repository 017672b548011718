// Ctrl K: a palette of customers, pages and what can be done here. A letter presses what names it in data-key; ? says
// which there are. Letters can be switched off, for each user.

const palette = document.getElementById("palette");
const sheet = document.getElementById("keys");
const field = palette?.querySelector("input");
const list = palette?.querySelector("[role=listbox]");
let chosen = 0;
let timer = null;

function isTyping(element) {
  return element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

// What can be gone to and done: the navigation's pages, and the marked buttons and links of this page.
function places() {
  const links = [...document.querySelectorAll(".bar nav a")].map((link) => ({ what: "Go to", word: named(link), act: () => link.click() }));
  const acts = [...document.querySelectorAll("[data-action]")].map((one) => ({ what: "Do", word: one.dataset.action, act: () => one.click() }));
  return [...acts, ...links];
}

function named(link) {
  return [...link.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join("").trim();
}

function option(entry, index) {
  const item = document.createElement("li");
  item.id = `option-${index}`;
  item.role = "option";
  const what = document.createElement("span");
  what.className = "quiet small";
  what.textContent = entry.what;
  item.append(entry.word, " ", what);
  item.addEventListener("mousedown", (event) => { event.preventDefault(); run(entry); });
  return item;
}

let entries = [];

function draw(found) {
  entries = found.slice(0, 12);
  list.replaceChildren(...entries.map(option));
  palette.querySelector("[data-none]").hidden = entries.length > 0;
  pick(0);
}

function pick(index) {
  if (!entries.length) { field.removeAttribute("aria-activedescendant"); return; }
  chosen = (index + entries.length) % entries.length;
  [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
  field.setAttribute("aria-activedescendant", `option-${chosen}`);
  list.children[chosen].scrollIntoView({ block: "nearest" });
}

function run(entry) {
  palette.close();
  entry.act();
}

// What was typed is still looked up: Enter waits for it.
let isLooking = false;
let isWanted = false;
let customers = [];

async function look() {
  try { await found(); } catch { /* the pages and acts are there all the same */ }
  isLooking = false;
  if (isWanted && entries[chosen]) run(entries[chosen]);
  isWanted = false;
}

async function found() {
  const words = field.value.trim().toLowerCase();
  const fitting = places().filter((entry) => entry.word.toLowerCase().includes(words));
  if (words.length < 2) customers = [];
  draw([...customers, ...fitting]);
  if (words.length < 2) return;
  const response = await fetch(`${palette.dataset.find}?q=${encodeURIComponent(field.value)}`);
  if (!response.ok || response.redirected || field.value.trim().toLowerCase() !== words) return;
  const told = await response.json();
  customers = told.found.map((one) => ({ what: one.reach, word: one.name, act: () => { location.href = one.address; } }));
  draw([...customers, ...fitting]);
}

function open() {
  if (!palette || palette.open) return;
  sheet.close();
  palette.showModal();
  field.value = "";
  customers = [];
  isWanted = false;
  look();
}

if (palette) {
  field.addEventListener("input", () => { isLooking = true; clearTimeout(timer); timer = setTimeout(look, 120); });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) { event.preventDefault(); pick(chosen + step); }
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (isLooking) isWanted = true;
    else if (entries[chosen]) run(entries[chosen]);
  });
  for (const box of [palette, sheet]) box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  for (const one of document.querySelectorAll("[data-open]")) {
    one.addEventListener("click", () => (one.dataset.open === "keys" ? sheet.showModal() : open()));
  }
}

// The sheet lists the letters of this page.
function describe() {
  const rows = [...document.querySelectorAll("[data-key][data-action]")].map((one) => {
    const item = document.createElement("li");
    const key = document.createElement("kbd");
    key.textContent = one.dataset.key.split(" ")[0];
    item.append(key, " ", one.dataset.action);
    return item;
  });
  sheet.querySelector("[data-here]").replaceChildren(...rows);
  sheet.showModal();
}

const GO = { d: "desk", c: "customers" };
let isGoing = false;

function press(key) {
  if (key === "?") { describe(); return true; }
  if (isGoing && GO[key]) {
    const link = document.querySelector(`.bar nav a[data-go=${GO[key]}]`);
    link?.click();
    return Boolean(link);
  }
  isGoing = key === "g";
  if (isGoing) { setTimeout(() => { isGoing = false; }, 1500); return true; }
  const target = [...document.querySelectorAll("[data-key][data-action]")].find((one) => one.dataset.key.split(" ").includes(key));
  target?.click();
  if (target?.hash) document.querySelector(target.hash)?.querySelector("select, textarea, input:not([type=hidden])")?.focus();
  return Boolean(target);
}

document.addEventListener("keydown", (event) => {
  if (!palette) return;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    open();
    return;
  }
  if (event.key === "?" && !isTyping(event.target) && !palette.open) { event.preventDefault(); describe(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  if (document.body.dataset.keys === "off" || document.querySelector("dialog[open]")) return;
  if (press(event.key.toLowerCase())) event.preventDefault();
});
