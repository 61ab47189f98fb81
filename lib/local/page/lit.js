export { repeat } from "./lit-html/directives/repeat.js";
export { html, nothing, render } from "./lit-html/lit-html.js";
