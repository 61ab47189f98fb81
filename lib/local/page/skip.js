/** Lets the link to a page's text move the focus alone: the address says what is looked at. */
export function startSkipping() {
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  });
}
