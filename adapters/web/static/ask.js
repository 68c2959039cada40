// Requests to the server.

const PAUSES = [500, 2000, 4000]; // ms between tries; the same id makes a repeated request the same request

async function reach(path, options) {
  for (const pause of [...PAUSES, null]) {
    try {
      return await fetch(path, options);
    } catch {
      if (pause === null) throw new Error("The bot cannot be reached. Is it still running?");
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

export async function ask(path, options) {
  const response = await reach(path, options);
  if (response.status === 401) location.reload();
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The bot answered ${response.status}.`);
  return answer;
}

export function get(path, query) {
  return ask(`${path}?${new URLSearchParams(query)}`);
}

// `files`: pairs of a field's name and a file. With any, the body is a form, whose first field holds the JSON.
export function post(path, body, files = []) {
  const json = JSON.stringify(body);
  if (!files.length) return ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: json });
  const form = new FormData();
  form.append("body", json);
  for (const [name, file] of files) form.append(name, file, file.name);
  return ask(path, { method: "POST", body: form });
}
