// Names and roles that Gradio cannot be told, and the focus where what had it has gone.
import { whenever, words } from "./page.js";

function set(selector, attributes) {
  for (const element of document.querySelectorAll(selector)) {
    for (const [name, value] of Object.entries(attributes)) {
      if (element.getAttribute(name) !== value) element.setAttribute(name, value);
    }
  }
}

function name() {
  set("#panel", { role: "complementary", "aria-label": words.sources });
  set("#conversation", { role: "region", "aria-label": words.conversation });
  set("#tabs [role='tablist']", { "aria-label": words.tabs });
  set("#question textarea", { "aria-describedby": "ai-notice" });
  for (const button of document.querySelectorAll("#filters > button")) {
    const open = String(button.nextElementSibling?.style.display !== "none");
    if (button.getAttribute("aria-expanded") !== open) button.setAttribute("aria-expanded", open);
  }
}

whenever(name);

// ---------------------------------------------------------------- the focus is never lost

let last = null;
let byKeyboard = false;
document.addEventListener("focusin", (event) => (last = event.target));
document.addEventListener("keydown", () => (byKeyboard = true), true);
document.addEventListener("pointerdown", () => (byKeyboard = false), true);

// What took the place of an element: one with the same id, or a link to the same place.
function successor(element) {
  if (element.id) return document.getElementById(element.id);
  const address = element.getAttribute("href");
  return address && document.querySelector(`main a[href="${CSS.escape(address)}"]`);
}

// Where work goes on in the tab that is open: its first field, or the tab itself.
function placeToGoOn() {
  const fields = document.querySelectorAll("#question textarea, #tabs :is(textarea, input)");
  const shown = [...fields].find((one) => one.checkVisibility({ visibilityProperty: true }));
  return shown ?? document.querySelector("#tabs [role=tab][aria-selected=true]");
}

whenever(() => {
  if (!last || document.activeElement !== document.body || last.closest("dialog")) return;
  if (last.isConnected && last.checkVisibility()) return;
  const lost = last;
  last = null;
  const place = successor(lost);
  if (place?.checkVisibility()) place.focus({ preventScroll: true });
  else if (byKeyboard || lost.closest("button")) placeToGoOn()?.focus({ preventScroll: !byKeyboard });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#stop")) document.querySelector("#question textarea")?.focus();
});

// A link to a place in the page leads the focus there, where Gradio's boxes cannot have it.
document.addEventListener("click", (event) => {
  if (!event.target.closest(".skip")) return;
  event.preventDefault();
  document.querySelector("#question textarea")?.focus();
});
