// Adds a button that opens the page where the collections can be asked. Nothing is asked of the
// server before it is pressed, and nothing is stored.
(() => {
  "use strict";
  const tag = document.currentScript;
  const words = {/* words */};
  const wanted = [tag.dataset.lang, document.documentElement.lang].map((one) => (one ?? "").slice(0, 2).toLowerCase());
  const lang = wanted.find((one) => Object.hasOwn(words, one)) ?? "en";
  const said = words[lang];
  const theme = tag.dataset.theme ?? "";
  const address = new URL("embed", tag.src);
  address.searchParams.set("lang", lang);
  if (theme) address.searchParams.set("theme", theme);
  for (const one of (tag.dataset.collection ?? "").split(/\s+/)) if (one) address.searchParams.append("collection", one);

  const light = "--paper:#faf8f3;--ink:#22282b;--accent:#1d5c4d;--on:#fff;--edge:#8a8778";
  const dark = "--paper:#15191b;--ink:#e8e4da;--accent:#8ccfba;--on:#10201b;--edge:#7f898c";
  const contrast = "--paper:#000;--ink:#fff;--accent:#ffe14d;--on:#000;--edge:#fff";
  const chosen = { light, dark, contrast }[theme];
  const preferred = chosen
    ? `:host{${chosen}}`
    : `:host{${light}} @media (prefers-color-scheme:dark){:host{${dark}}} @media (prefers-contrast:more){:host{${contrast}}}`;
  const sheet = new CSSStyleSheet(); // a page's Content-Security-Policy does not forbid it
  sheet.replaceSync(`
    :host{all:initial;font:16px/1.4 system-ui,sans-serif} ${preferred}
    *{box-sizing:border-box}
    button{min-width:44px;min-height:44px;padding:.5rem 1rem;border:1px solid var(--on);border-radius:8px;background:var(--accent);color:var(--on);font:600 1rem/1.3 system-ui,sans-serif;cursor:pointer}
    button:focus-visible,iframe:focus-visible{outline:3px solid var(--accent);outline-offset:2px;box-shadow:0 0 0 2px var(--paper)}
    .open{position:fixed;right:1rem;bottom:1rem;z-index:2147483646;max-width:calc(100vw - 2rem);box-shadow:0 2px 8px rgb(0 0 0/.35);transition:transform .15s}
    .open:hover{transform:translateY(-2px)}
    dialog{position:fixed;inset:auto 1rem 5rem auto;z-index:2147483647;flex-direction:column;width:min(27rem,100vw - 2rem);height:min(42rem,100vh - 6.5rem);max-width:none;max-height:none;margin:0;padding:0;border:1px solid var(--edge);border-radius:10px;background:var(--paper);color:var(--ink);overflow:hidden}
    dialog[open]{display:flex}
    header{display:flex;flex:none;align-items:center;justify-content:space-between;gap:1rem;padding:.3rem .4rem .3rem 1rem;border-bottom:1px solid var(--edge);font-weight:600}
    iframe{flex:1;width:100%;border:0;background:var(--paper)}
    iframe:focus-visible{outline-offset:-3px}
    @media (max-width:30rem),(max-height:30rem){dialog{inset:0;width:100vw;height:100dvh;border:0;border-radius:0}}
    @media (prefers-reduced-motion:reduce){.open{transition:none}.open:hover{transform:none}}`);

  const make = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const label = said.machine.replace("{label}", () => tag.dataset.label || said.title);
  const button = make("button", { type: "button", class: "open", "aria-expanded": "false", "aria-controls": "panel" }, label);
  const close = make("button", { type: "button" }, said.close);
  const frame = make("iframe", {
    title: label,
    allow: "",
    referrerpolicy: "no-referrer",
    sandbox: "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox",
  });
  const panel = make("dialog", { id: "panel", "aria-label": label }, make("header", {}, make("span", {}, label), close), frame);

  const shut = () => panel.open && panel.close();
  button.addEventListener("click", () => {
    if (panel.open) return shut();
    if (!frame.src) frame.src = address;
    // Where it fills the window nothing behind it may take the focus.
    matchMedia("(max-width: 30rem), (max-height: 30rem)").matches ? panel.showModal() : panel.show();
    button.setAttribute("aria-expanded", "true");
    frame.focus();
  });
  close.addEventListener("click", shut);
  panel.addEventListener("keydown", (event) => event.key === "Escape" && shut());
  panel.addEventListener("close", () => {
    button.setAttribute("aria-expanded", "false");
    button.focus();
  });
  addEventListener("message", (event) => {
    const ours = event.source === frame.contentWindow && event.origin === address.origin;
    if (ours && event.data === "rag-assistant:close") shut();
  });

  const host = make("rag-assistant", { lang });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(button, panel);
  const add = () => document.body.append(host);
  document.body ? add() : addEventListener("DOMContentLoaded", add);
})();
