// The submission form: token, model or file, benchmarks; then on to the page where the runs are watched.
const { anchor, call, cell, refuse, token } = await import(document.querySelector("script[data-service]").dataset.service);
const [who, form, mine] = ["token", "submission", "mine"].map((id) => document.getElementById(id));
const fields = form.elements;
const say = (text) => { document.getElementById("sending").textContent = text; };
const PIECE = 8 * 2 ** 20;

// The link that brainrank serve tells its own user has the token behind a #, which browsers send to nobody.
if (location.hash.startsWith("#brainrank_")) {
  token.set(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
}

async function begin() {
  try {
    const { submissions } = await call("/v1/submissions?mine=true&limit=20");
    document.getElementById("who").textContent = "This token is good. It is forgotten when this tab is closed.";
    form.hidden = false;
    mine.hidden = !submissions.length;
    const body = mine.querySelector("tbody");
    body.replaceChildren();
    for (const each of submissions) {
      const row = body.insertRow();
      const counts = {};
      for (const run of each.runs) counts[run.status] = (counts[run.status] ?? 0) + 1;
      cell(row, anchor(`/submissions/${each.id}`, each.id), "n");
      cell(row, each.model.name);
      cell(row, Object.entries(counts).map(([status, count]) => `${count} ${status}`).join(", "));
      cell(row, each.visibility === "public" ? "everybody" : "you");
      cell(row, each.created_at.slice(0, 16).replace("T", " "));
    }
  } catch (error) {
    token.drop();
    form.hidden = mine.hidden = true;
    document.getElementById("who").textContent = error.message;
  }
}

who.addEventListener("submit", (event) => {
  event.preventDefault();
  token.set(who.elements.token.value.trim());
  who.reset();
  begin();
});
if (token.get()) begin();

function choose() {
  const kind = fields.kind.value;
  for (const part of form.querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== kind;
  const suffix = fields.file.files[0]?.name.split(".").pop() ?? "";
  form.querySelector("[data-suffix]").hidden = suffix !== "safetensors";
  fields.model.required = kind === "name";
  fields.file.required = fields.own.required = kind === "file";
  fields.architecture.required = kind === "file" && suffix === "safetensors";
}
form.addEventListener("change", choose);
choose();

const boxes = [...form.querySelectorAll("[name=benchmarks]")];
function count() {
  for (const part of form.querySelectorAll("details:has([name=benchmarks])")) {
    part.querySelector("[data-ticked]").textContent = part.querySelectorAll(":checked").length;
  }
  const ticked = boxes.filter((each) => each.checked);
  const known = ticked.filter((each) => each.dataset.seconds);
  const minutes = known.reduce((sum, each) => sum + Number(each.dataset.seconds), 0) / 60;
  const others = ticked.length - known.length;
  document.getElementById("estimate").textContent = !ticked.length ? "Tick one at least."
    : `${ticked.length} ticked: models here took ${minutes < 1 ? "less than a minute" : `about ${Math.round(minutes)} min`} (median${others ? `, without ${others} that none was scored on` : ""}).`;
}
for (const button of form.querySelectorAll("[data-tick]")) {
  button.addEventListener("click", () => {
    for (const each of boxes) each.checked = button.dataset.tick === "here" && "here" in each.dataset;
    count();
  });
}
form.addEventListener("change", count);
count();

async function sent(file) {
  say("Reading the file…");
  if (!crypto.subtle) throw new Error("Browsers reckon a file's sha256 on https or on this machine only; use brainrank submit instead.");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let upload = await call("/v1/uploads", { method: "POST", json: { kind: file.name.split(".").pop(), sha256, size: file.size } });
  while (!upload.ready) {
    const at = upload.received;
    say(`Sending ${file.name}: ${Math.round((100 * at) / file.size)} %`);
    upload = await call(`/v1/uploads/${upload.id}`, { method: "PATCH", body: file.slice(at, at + PIECE), headers: { "Upload-Offset": String(at) } });
  }
  return upload.source;
}

async function wanted() {
  const model = { description: fields.description.value, layers: fields.layers.value.split(/\s+/).filter(Boolean) };
  if (fields.size.value) model.preprocessing = { size: fields.size.value.split(" ").map(Number) };
  if (fields.kind.value === "name") return { ...model, name: fields.model.value.trim() };
  const source = await sent(fields.file.files[0]);
  const architecture = fields.architecture.required ? `#${fields.architecture.value.trim()}` : "";
  return { ...model, name: fields.own.value.trim(), source: source + architecture };
}

let key = crypto.randomUUID?.() ?? String(Math.random());
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button.main");
  button.disabled = true;
  refuse();
  try {
    const model = await wanted();
    say("Submitting…");
    const benchmarks = boxes.filter((each) => each.checked).map((each) => each.value);
    if (!benchmarks.length) throw new Error("No benchmark is ticked; tick one at least");
    const json = { model, benchmarks, visibility: fields.visibility.value, note: fields.note.value };
    // The same key for the same click: an answer that was lost on its way makes nothing twice.
    const made = await call("/v1/submissions", { method: "POST", json, headers: { "Idempotency-Key": key } });
    location.assign(`/submissions/${made.id}`);
  } catch (error) {
    key = crypto.randomUUID?.() ?? String(Math.random());
    refuse(error);
    say("");
  } finally {
    button.disabled = false;
  }
});
