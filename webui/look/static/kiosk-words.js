// Letters on the screen; what they may mean is asked while they are typed.
"use strict";

const MOST = 40;
let words = "";
let asked = 0;

function showWords() {
  document.getElementById("typed").textContent = words;
  clearTimeout(asked);
  asked = setTimeout(find, 250);
}
async function find() {
  const sought = words;
  try {
    const answer = await fetch(`${root.dataset.at}found?q=${encodeURIComponent(sought)}`);
    const told = await answer.json();
    if (sought === words && told.html !== undefined) document.getElementById("found").innerHTML = told.html;
  } catch {
    lost(true);
  }
}
document.getElementById("letters").addEventListener("click", (event) => {
  const { letter, do: what } = event.target.closest("button")?.dataset || {};
  if (letter && words.length < MOST) words += letter;
  if (what === "delete") words = words.slice(0, -1);
  if (what === "clear") words = "";
  if (letter || what) showWords();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Backspace") words = words.slice(0, -1);
  else if (/^[a-z ]$/i.test(event.key) && words.length < MOST && !event.ctrlKey) words += event.key.toLowerCase();
  else return;
  showWords();
});
