// The REST interface with the reader's token, which is kept in this tab's session and sent in a header, never in an address.
export const token = {
  get: () => sessionStorage.getItem("token"),
  set: (value) => sessionStorage.setItem("token", value),
  drop: () => sessionStorage.removeItem("token"),
};

function signed(headers = {}) {
  return token.get() ? { ...headers, Authorization: `Bearer ${token.get()}` } : headers;
}

export async function call(path, { method = "GET", json, body, headers = {} } = {}) {
  const answer = await fetch(path, {
    method,
    headers: signed(json === undefined ? headers : { ...headers, "Content-Type": "application/json" }),
    body: json === undefined ? body : JSON.stringify(json),
  });
  const content = await answer.json();
  if (!answer.ok) throw new Error(explained(content));
  return content;
}

// What a problem says was wrong, and what to do.
const explained = (problem) => problem.detail ?? problem.title;

// A stream of server-sent events, read with a header that EventSource cannot send.
export async function* events(path) {
  const answer = await fetch(path, { headers: signed({ Accept: "text/event-stream" }) });
  if (!answer.ok) throw new Error(explained(await answer.json()));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (waiting + value).replaceAll("\r\n", "\n").split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const event = { event: "message", data: "" };
      for (const line of block.split("\n")) {
        const [, field, content] = line.match(/^(\w+): ?(.*)$/) ?? [];
        if (field === "data") event.data += content;
        else if (field) event[field] = content;
      }
      if (event.data) yield { kind: event.event, content: JSON.parse(event.data) };
    }
  }
}

export function refuse(error) {
  const place = document.getElementById("refused");
  place.textContent = error ? error.message : "";
  place.hidden = !error;
}

export function cell(row, content, name = "") {
  const made = row.insertCell();
  made.className = name;
  made.append(content);
  return made;
}

export function anchor(address, text) {
  return Object.assign(document.createElement("a"), { href: address, textContent: text });
}

// A text in which every name of a page of the documentation leads to it in the guide, as guide_links.py has it.
export function linked(text) {
  return text.split(/\b(docs\/[\w./-]+?\.(?:md|ipynb))\b/).map((part, place) => {
    if (place % 2 === 0) return part;
    const page = part.slice("docs/".length).replace(/\.\w+$/, "").replace(/(^|\/)README$/, "$1").toLowerCase();
    return anchor(`/guide/${page}${page && !page.endsWith("/") ? "/" : ""}`, part);
  });
}
