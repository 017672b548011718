// What every page does: / goes to the search field, a menu closes when one is done with it, and the way back
// shows what the address says.

function isTyping(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  const isShortcut = event.key === "/" && !isTyping(event.target) && document.body.dataset.keys !== "off";
  const field = document.querySelector("[data-shortcut-first]") ?? document.querySelector("[data-shortcut]");
  if (isShortcut && field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});

// A menu is open until something else is clicked or focused, or Escape is pressed.
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(except)) menu.open = false;
}

for (const left of ["click", "focusin"]) document.addEventListener(left, (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  closeMenus(null);
});

// Back was pressed while this page was still loading: what it shows is not what its address says.
const loaded = performance.getEntriesByType("navigation")[0]?.name;
if (loaded && loaded.split("#")[0] !== location.href.split("#")[0]) location.reload();

// The filters behind "More" stay open when the journey is drawn anew.
let isFurtherOpen = false;
document.addEventListener("htmx:beforeSwap", () => {
  isFurtherOpen = document.getElementById("further")?.open ?? false;
});
document.addEventListener("htmx:afterSwap", () => {
  const further = document.getElementById("further");
  if (further && isFurtherOpen) further.open = true;
});
