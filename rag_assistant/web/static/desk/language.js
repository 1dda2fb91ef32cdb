// Gradio's own words follow the browser's language; here they follow the page's, and so does its
// mark on the page. This runs before Gradio does.
"use strict";
{
  const language = document.documentElement.lang;
  for (const [name, value] of [["language", language], ["languages", [language]]]) {
    Object.defineProperty(navigator, name, { get: () => value });
  }
}
