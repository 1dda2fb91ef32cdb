// From a result of the search to a question about it, and the number of results said once.
// Nothing is stored, nothing is sent but what the desk sends.
import { speak } from "./desk/page.js";

{
  let heard = "";
  let begun = false;
  let folded = false;

  const seen = (element) => Boolean(element?.checkVisibility());

  function attend() {
    const count = document.querySelector("#found-count");
    const words = seen(count) ? count.textContent.trim() : heard;
    if (words !== heard) speak((heard = words));

    const question = document.querySelector("#question textarea");
    if (begun && seen(question) && question.value) {
      begun = false;
      question.focus();
      question.setSelectionRange(question.value.length, question.value.length);
    }

    // Where there is little room the filters are folded once, when the first results have come.
    const fold = document.querySelector("#facets-fold > button");
    if (!folded && seen(fold) && count?.querySelector("p")) {
      folded = true;
      if (window.matchMedia("(max-width: 56rem)").matches) fold.click();
    }
    if (fold) {
      const open = fold.nextElementSibling?.style.display !== "none";
      fold.setAttribute("aria-expanded", String(open));
    }
  }

  new MutationObserver(attend).observe(document.body, {
    attributes: true,
    attributeFilter: ["style", "class"],
    childList: true,
    subtree: true,
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.ask-about");
    const about = document.querySelector("#about :is(input, textarea)");
    if (!button || !about) return;
    begun = true;
    about.value = button.value;
    about.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => document.querySelector("#about-begin")?.click());
  });
}
