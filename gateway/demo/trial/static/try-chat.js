// The chat with the bot: its messages with their buttons and files, and what is written and tapped.
"use strict";

const chatThread = document.getElementById("chats");

on("chat", (event) => {
  const made = bubble(chatThread, event.by, event.words);
  if (event.file) made.append(fileOf(event.file));
  for (const row of event.buttons) {
    const line = document.createElement("div");
    line.className = "bubble-buttons";
    line.append(
      ...row.map((button) => {
        const key = document.createElement("button");
        key.type = "button";
        key.textContent = button.label;
        key.addEventListener("click", () => act("tap", { message: event.message, data: button.data }));
        return key;
      }),
    );
    chatThread.append(line);
  }
  chatThread.scrollTop = chatThread.scrollHeight;
});
function fileOf(file) {
  const address = `/try/visits/${visit.id}/files/${encodeURIComponent(file.key)}`;
  const made = document.createElement(file.picture ? "img" : "a");
  if (file.picture) {
    made.src = address;
    made.alt = word("try.chat.picture");
  } else {
    made.href = address;
    made.download = file.name;
    made.textContent = `📄 ${file.name}`;
  }
  return made;
}
document.getElementById("chat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const box = document.getElementById("chat-words");
  if (box.value.trim()) act("write", { words: box.value.trim() });
  box.value = "";
});
const COMMANDS = ["/start", "/status", "/items", "/subscribe", "/language"];
quick(document.getElementById("chat-quick"), COMMANDS, (words) => act("write", { words }));
// The button under the bot's last message whose label is one of some words.
function buttonSaying(...wanted) {
  const found = [];
  for (let row = chatThread.lastElementChild; row?.matches(".bubble-buttons"); row = row.previousElementSibling) {
    found.push(...row.children);
  }
  return found.find((one) => wanted.includes(one.textContent));
}
