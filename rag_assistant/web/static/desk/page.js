// What the other scripts share: the words that the server has written, and small helpers.
export const words = JSON.parse(document.getElementById("desk-words").textContent);

// Said once by a screen reader, from a live region that was there before: while a dialog is open
// all others are silent.
export function speak(text) {
  const own = document.querySelector("dialog[open] [role=status]");
  (own ?? document.getElementById("speaker")).textContent = text;
}

// Runs a deed whenever an element that carries data-does="name" is pressed.
export function on(name, deed) {
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest(`[data-does="${name}"]`);
    if (pressed) deed(pressed, event);
  });
}

// Calls back whenever the page has changed, now and later; once for many changes.
export function whenever(attend) {
  let asked = false;
  const soon = () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      attend();
    });
  };
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  soon();
}

// The address of this page with a parameter more or less; nothing is loaded.
export function note(name, value) {
  const address = new URL(location.href);
  if (value) address.searchParams.set(name, value);
  else address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

export function noted(name) {
  return new URL(location.href).searchParams.get(name) ?? "";
}

// Opens the tab that holds an element, or the tab of that name.
export function openTab(name) {
  const tab = document.getElementById(`tab-${name}-button`);
  if (tab?.getAttribute("aria-selected") !== "true") tab?.click();
  return tab;
}

export function openTabOf(element) {
  const panel = element?.closest("[id^='tab-']");
  if (panel) openTab(panel.id.slice("tab-".length));
}
