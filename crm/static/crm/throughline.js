// What every page does: Ctrl K (or /) goes to the search field.

function isTyping(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  const isShortcut = (event.key === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping(event.target));
  const field = document.querySelector("[data-shortcut-first]") ?? document.querySelector("[data-shortcut]");
  if (isShortcut && field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
