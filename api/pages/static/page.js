// Forms that only choose what is seen ask again as soon as something is chosen; without this, by their button.
// A live one replaces what was found and stays as it is: one goes on typing, and an open panel stays open.
for (const form of document.querySelectorAll("form.filters")) {
  const live = form.classList.contains("live");
  const ask = live ? () => replaceFound(form) : () => form.requestSubmit();
  const typed = (target) => target.type === "text" || target.type === "search";
  let waiting;
  form.addEventListener("change", ({ target }) => { if (target.name && !typed(target)) ask(); });
  if (live) {
    form.addEventListener("input", ({ target }) => {
      if (!typed(target)) return;
      clearTimeout(waiting);
      waiting = setTimeout(ask, 250);
    });
    form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  }
  // An empty field is no condition: leave it out of the address, which people share.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}

let asked = 0;
async function replaceFound(form) {
  const address = new URL(form.action || location.href);
  address.search = new URLSearchParams(new FormData(form));
  const mine = ++asked;
  const answer = await fetch(address);
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (mine !== asked) return; // something newer was asked for meanwhile
  const part = found.getElementById("found");
  if (!answer.ok || !part) { location.assign(address); return; }
  document.getElementById("found").replaceWith(part);
  document.title = found.title;
  history.pushState(null, "", address);
  dispatchEvent(new Event("found"));
}
// Back and forward: what the address says, controls included.
addEventListener("popstate", () => { if (document.getElementById("found")) location.reload(); });
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.querySelectorAll("form.filters:not(.live)")) form.reset();
});
// Buttons that need so many boxes ticked.
function checkNeeds() {
  for (const button of document.querySelectorAll("button[data-needs]")) {
    const ticked = document.querySelectorAll(`input[type=checkbox][form="${button.form.id}"]:checked`).length;
    const [fewest, most] = button.dataset.needs.split("-").map(Number);
    button.disabled = ticked < fewest || ticked > most;
  }
}
for (const event of ["change", "pageshow", "found"]) addEventListener(event, checkNeeds);
