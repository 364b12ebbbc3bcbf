// Where a submission's runs are, live: stages, progress, log; what failed, why, and what to do.
const { anchor, call, cell, events, linked, refuse } = await import(document.querySelector("script[data-service]").dataset.service);
const table = document.getElementById("runs");
const log = document.getElementById("log");
const address = `/v1/submissions/${table.dataset.number}`;
const progress = {};
const scores = new Map();
const places = new Map();
const seconds = (from, to) => String(Math.max(0, Math.round((new Date(to) - new Date(from)) / 1000)));
const number = (value) => value == null ? "undefined" : value.toFixed(3).replace(/^(-?)0\./, "$1.");

function show(found) {
  document.getElementById("model").textContent = `: ${found.model.name}`;
  const done = found.runs.filter((run) => run.finished_at).length;
  const seen = found.visibility === "public" ? "seen by everybody" : "seen by its owner and the administrators";
  document.getElementById("about").textContent = `${done} of ${found.runs.length} runs finished · ${seen}${found.note ? ` · ${found.note}` : ""}`;
  table.replaceChildren();
  for (const run of found.runs) {
    const row = table.insertRow();
    cell(row, anchor(`/runs/${run.id}`, run.id), "n");
    cell(row, anchor(`/benchmarks/${run.benchmark}`, run.benchmark));
    cell(row, run.status, run.status === "failed" ? "bad" : run.status === "succeeded" ? "good" : "");
    cell(row, run.finished_at ? "" : bar(progress[run.id] ?? run.progress));
    const score = scores.get(run.id);
    cell(row, score ? number(score.value) : "", "n");
    cell(row, score?.interval.low == null ? "" : `${number(score.interval.low)} to ${number(score.interval.high)}`, "number");
    cell(row, places.get(run.benchmark) ?? "", "number");
    const began = run.stages.at(0)?.at;
    cell(row, run.finished_at && began ? seconds(began, run.finished_at) : "", "n");
    cell(row, began ? seconds(run.created_at, began) : "", "n");
  }
  const failures = document.getElementById("failures");
  failures.replaceChildren();
  for (const run of found.runs.filter((each) => each.failure)) {
    const note = document.createElement("div");
    note.className = "note fault";
    note.append(...linked(`${run.benchmark}: ${run.failure.message}`), document.createElement("br"), ...linked(`What to do: ${run.failure.remedy}`));
    failures.append(note);
  }
  const statuses = new Set(found.runs.map((run) => run.status));
  const acts = { cancel: !found.finished, retry: statuses.has("failed") || statuses.has("cancelled"), publish: found.visibility === "private", unpublish: found.visibility === "public" };
  for (const [act, useful] of Object.entries(acts)) document.querySelector(`[data-act=${act}]`).hidden = !useful;
  document.getElementById("acts").hidden = !sessionStorage.getItem("token");
}

function bar(now) {
  if (!now) return "";
  const made = document.createElement("progress");
  Object.assign(made, { max: now.total, value: now.done });
  made.setAttribute("aria-label", now.stage);
  const both = document.createElement("span");
  both.append(made, ` ${now.stage}`);
  return both;
}

function line(event) {
  log.append(`${event.at.slice(11, 19)} run ${event.run} ${event.kind === "stage" ? `— ${event.text}` : event.text}\n`);
  log.scrollTop = log.scrollHeight;
}

// What came out: each score with its interval, its place on the benchmark's board, and where to go from here.
async function conclude(found) {
  for (const run of found.runs.filter((each) => each.status === "succeeded")) {
    scores.set(run.id, (await call(`/v1/runs/${run.id}`)).score);
    if (found.visibility !== "public") continue;
    const board = await call(`/v1/leaderboards/${run.benchmark}?text=${encodeURIComponent(found.model.name)}&limit=200`);
    const line = board.rows.find((each) => each.model === found.model.name);
    if (line?.rank) places.set(run.benchmark, line.rank === line.last_rank ? `${line.rank}` : `${line.rank}–${line.last_rank}`);
  }
  show(found);
  const next = document.getElementById("next");
  const name = encodeURIComponent(found.model.name);
  if (!scores.size || found.visibility !== "public") return;
  next.replaceChildren("Go on: ", anchor("/leaderboards/all", "the leaderboard"), " · ", anchor(`/models/${name}`, "the model’s page"), " · ", anchor(`/compare?models=${name}`, "compare it"));
  next.hidden = false;
}

async function watch() {
  const now = await call(address);
  show(now);
  if (now.finished) await conclude(now);
  log.replaceChildren();
  for await (const { kind, content } of events(`${address}/events`)) {
    if (kind === "finished") await conclude(content);
    else if (kind === "progress") { Object.assign(progress, content); show(await call(address)); }
    else { line(content); if (kind === "stage") show(await call(address)); }
  }
}

for (const button of document.querySelectorAll("[data-act]")) {
  button.addEventListener("click", async () => {
    refuse();
    try {
      show(await call(`${address}/${button.dataset.act}`, { method: "POST" }));
      if (button.dataset.act === "retry") await watch();
    } catch (error) { refuse(error); }
  });
}
watch().catch((error) => { document.getElementById("about").textContent = ""; refuse(error); });
