// Taking evidence away, and the ways between an answer and its sources. Nothing is stored, nothing
// is sent: a mail is only put together. All words come from the page.
"use strict";

(() => {
  const MAIL = 1800; // characters of a link that mail programs still take
  const SHOWN = 6000; // milliseconds for which an outcome stands there
  const TYPES = { md: "text/markdown", html: "text/html", json: "application/json", txt: "text/plain" };

  // The page's own live region; while a dialog is open all but the dialog's are silent.
  function speak(text) {
    const own = document.querySelector("dialog[open] [role=status]");
    (own ?? document.querySelector("[role=status]")).textContent = text;
  }

  function textAt(id) {
    const place = document.getElementById(id);
    const field = place?.matches("textarea, input") ? place : place?.querySelector("textarea, input");
    return field ? field.value : (place?.textContent ?? "");
  }

  // What is said stands hidden behind the button, in the page's own language.
  function tell(button, name) {
    const outcome = [...button.parentElement.querySelectorAll(".outcome")].find(
      (one) => one.classList.contains(name) && button.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    if (!outcome) return;
    outcome.hidden = false;
    speak(outcome.textContent);
    setTimeout(() => (outcome.hidden = true), SHOWN);
  }

  function copiedTheOldWay(text, place) {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    place.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }

  async function copy(button) {
    const text = textAt(button.value);
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      done = copiedTheOldWay(text, button.parentElement); // no clipboard without HTTPS
      button.focus();
    }
    tell(button, done ? "done" : "failed");
  }

  function follow(url, name) {
    const way = document.createElement("a");
    way.href = url;
    if (name) way.download = name;
    way.click();
  }

  function save(button) {
    const name = button.title;
    const type = TYPES[name.split(".").pop()] ?? "text/plain";
    const url = URL.createObjectURL(new Blob([textAt(button.value)], { type: `${type};charset=utf-8` }));
    follow(url, name);
    setTimeout(() => URL.revokeObjectURL(url), SHOWN);
  }

  function mail(button) {
    const part = (name) => button.parentElement.querySelector(`.mail-${name}`)?.textContent ?? "";
    const address = encodeURIComponent(part("address")).replace("%40", "@");
    const body = encodeURIComponent(textAt(button.value).replaceAll("\n", "\r\n"));
    const url = `mailto:${address}?subject=${encodeURIComponent(part("subject"))}&body=${body}`;
    if (url.length > MAIL) tell(button, "long");
    else follow(url, "");
  }

  // To a source and back: the focus moves, and the address of the page stays as it is.
  function lead(event, way) {
    const place = document.getElementById(way.getAttribute("href").slice(1));
    if (!place) return;
    event.preventDefault();
    for (let fold = place.closest("details"); fold; fold = fold.parentElement?.closest("details")) {
      fold.open = true;
    }
    place.focus();
    place.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    const way = event.target.closest("a.marker[href^='#'], .back-to a[href^='#']");
    if (way) return lead(event, way);
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".copy")) copy(button);
    else if (button.matches(".save")) save(button);
    else if (button.matches(".mail")) mail(button);
    else if (button.matches(".print")) print();
  });

  // On paper the references stand there, folded or not.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details.cite:not([open])")];
    for (const one of folded) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of folded) one.open = false;
  });
})();
