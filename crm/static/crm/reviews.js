// Deciding by keyboard: a letter presses what names it in data-key; j and k go through the queue, x ticks.
// The letters can be switched off, and the browser remembers it.

const OFF = "reviews-keys-off";
const switches = document.querySelector("[data-keys-switch]");
let isLeaving = false;

function isOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function showSwitch() {
  document.documentElement.toggleAttribute("data-keys-off", isOff());
  switches?.setAttribute("aria-pressed", String(!isOff()));
}

function isTyping(element) {
  return element.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.closest("li").contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function tick() {
  const box = document.activeElement.closest(".pairs > li")?.querySelector("input[type=checkbox]");
  if (box) { box.checked = !box.checked; box.dispatchEvent(new Event("change", { bubbles: true })); }
  return Boolean(box);
}

const MOVES = { j: () => move(1), n: () => move(1), k: () => move(-1), p: () => move(-1), x: tick };

function press(key) {
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key.split(" ").includes(key));
  if (target) target.click();
  return Boolean(target);
}

document.addEventListener("keydown", (event) => {
  // A key that is held down must not decide the next pair too, nor one pressed while that is on its way.
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || isLeaving || isOff() || document.body.dataset.keys === "off" || isTyping(event.target)) return;
  const key = event.key.toLowerCase();
  if (press(key) || MOVES[key]?.()) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  if (isLeaving) event.preventDefault();
  else isLeaving = event.target.method === "post";
});
window.addEventListener("pageshow", () => { isLeaving = false; });

if (switches) {
  switches.hidden = false;
  switches.addEventListener("click", () => {
    try { localStorage.setItem(OFF, isOff() ? "0" : "1"); } catch { /* a browser that keeps nothing */ }
    showSwitch();
  });
  showSwitch();
}

// All on this page at once.
const all = document.querySelector("[data-all]");
if (all) {
  const boxes = [...document.querySelectorAll(".pairs input[type=checkbox]")];
  all.closest("label").hidden = false;
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
  document.addEventListener("change", (event) => {
    if (boxes.includes(event.target)) {
      all.checked = boxes.every((box) => box.checked);
      all.indeterminate = !all.checked && boxes.some((box) => box.checked);
    }
  });
}
