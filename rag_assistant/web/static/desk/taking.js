// Shows what the server has put together on demand, in a dialog. What is changed there goes nowhere
// but where evidence.js takes it when a button is pressed.
import { whenever } from "./page.js";

const FIELDS = { text: "handoff-text", data: "handoff-data" };
const ways = document.getElementById("handoff-ways");
let wanted = null; // the button that was pressed last, until what it asks for is there
let filled = ""; // the packet in the dialog, before anybody has changed it

function fill(packet) {
  const told = packet?.textContent ?? "";
  if (told === filled) return;
  filled = told;
  for (const [part, id] of Object.entries(FIELDS)) {
    const field = document.getElementById(id);
    field.value = packet?.querySelector(`.as-${part}`).textContent ?? "";
    field.setSelectionRange(0, 0); // it is read from its beginning
  }
  const copy = packet?.querySelector(".as-ways").cloneNode(true);
  ways.replaceChildren(...(copy?.childNodes ?? []));
}

function open(name) {
  wanted = null;
  document.getElementById(name).showModal();
}

function attend() {
  const taken = document.getElementById("taken");
  const packet = taken?.querySelector(".packet");
  if (packet || !taken?.textContent.trim()) fill(packet);
  if (packet && wanted === "take-hand-off") open("handoff-dialog");
  else if (taken?.querySelector(".saved") && wanted === "take-save") open("transcript-dialog");
}

whenever(attend);
document.addEventListener("click", (event) => {
  const button = event.target.closest("#take-save, #take-hand-off");
  if (!button) return;
  wanted = button.id;
  attend(); // it may be there already, and is then not made anew
});
