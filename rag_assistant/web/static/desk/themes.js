// Colours: kept in the page's address alone, carried on to pages of ours. Gradio's dark follows.
import { note, noted, words } from "./page.js";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const contrast = matchMedia("(prefers-contrast: more)");

// Gradio darkens what our palette does not reach, by a class that it sets for the system's wish.
function follow() {
  const wanted = getComputedStyle(root).colorScheme === "dark";
  if (document.body.classList.contains("dark") !== wanted) {
    document.body.classList.toggle("dark", wanted);
  }
}

function wear(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  note("theme", theme);
  follow();
}

document.addEventListener("change", (event) => {
  const select = event.target.closest("[data-does='colours']");
  if (select) wear(select.value === "system" ? "" : select.value);
});

new MutationObserver(follow).observe(document.body, {
  attributes: true,
  attributeFilter: ["class"],
});
for (const wish of [dark, contrast]) wish.addEventListener("change", () => setTimeout(follow));
follow();

// The browser may have kept what was chosen before a reload; the address decides.
const select = document.getElementById("colours");
select.value = root.dataset.theme ?? "system";

// ---------------------------------------------------------------- links to our own pages

function carry(event) {
  const link = event.target.closest?.("a[href^='/']");
  if (!link) return;
  const address = new URL(link.href);
  if (/^\/(api|web)\//.test(address.pathname)) return;
  const desk = words.languages.some((one) => address.pathname === `/${one}/`);
  const kept = { theme: root.dataset.theme ?? "" };
  if (desk) kept.keys = noted("keys");
  else kept.lang = words.language === "en" ? "" : words.language;
  for (const [name, value] of Object.entries(kept)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  link.setAttribute("href", address.pathname + address.search + address.hash);
}

for (const kind of ["pointerdown", "click", "auxclick"]) document.addEventListener(kind, carry, true);
