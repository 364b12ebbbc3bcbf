// Forms that only choose what is seen ask again as soon as something is chosen; without this, by their button.
for (const form of document.querySelectorAll("form.filters")) {
  form.addEventListener("change", (event) => { if (event.target.name && event.target.type !== "text" && event.target.type !== "search") form.requestSubmit(); });
  // An empty field is no condition: leave it out of the address, which people share.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}
// A button that needs so many boxes ticked.
for (const button of document.querySelectorAll("button[data-needs]")) {
  const boxes = () => document.querySelectorAll(`input[type=checkbox][form="${button.form.id}"]:checked`).length;
  const [fewest, most] = button.dataset.needs.split("-").map(Number);
  const check = () => { button.disabled = boxes() < fewest || boxes() > most; };
  addEventListener("change", check);
  addEventListener("pageshow", check);
}
