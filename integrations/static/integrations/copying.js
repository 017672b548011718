// A button beside each text to be copied. Without this script, or without a clipboard, the text can be selected.

async function copy(button) {
  const label = button.firstChild;
  const text = button.parentElement.querySelector("code").textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
    label.textContent = "Selected";
  }
  document.getElementById("announce")?.replaceChildren(label.textContent);
  setTimeout(() => { label.textContent = "Copy"; }, 2000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
