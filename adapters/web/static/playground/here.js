// The state of the page: the acting persona, the commands, and the playground's clock.

export const here = { persona: sessionStorage.getItem("persona") ?? "web:member", commands: [], ahead: 0 };

export function become(persona) {
  here.persona = persona;
  sessionStorage.setItem("persona", persona);
}

export function command(name) {
  return here.commands.find((each) => each.name === name);
}

export function now() { // unix seconds; the workbench's clock may be ahead of this machine's
  return Date.now() / 1000 + here.ahead;
}

export function day(at) {
  return new Date(at * 1000).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });
}

export function moment(at) { // with the day if it is not today
  const clock = new Date(at * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return day(at) === day(now()) ? clock : `${day(at)}, ${clock}`;
}
