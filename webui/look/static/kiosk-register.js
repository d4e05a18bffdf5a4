// The token is behind the # of the address, which is sent to nobody and logged nowhere; or typed by hand.
"use strict";

const form = document.getElementById("register");
async function register(token) {
  history.replaceState(null, "", location.pathname);
  const answer = await send(form.action, { token });
  if (answer?.to) location.replace(answer.to);
  else if (answer) {
    document.getElementById("wrong").textContent = answer.say;
    document.getElementById("wrong").hidden = false;
  }
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  register(form.elements.token.value.trim());
});
if (location.hash.length > 1) register(location.hash.slice(1));
