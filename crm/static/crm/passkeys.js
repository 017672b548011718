// Says that a passkey was not used, where the browser would only tell its console.
document.addEventListener("allauth.error", event => {
    event.preventDefault();
    const said = document.getElementById("passkey-error");
    if (said) said.hidden = false;
});
