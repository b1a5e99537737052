// Pages of a list, and of one thing on it: quicker, and following what happens elsewhere. Without this file they are forms
// and links, and work.
//
//   <div id="desk" data-listen="todos:mine">   asks for itself again when something happens in that room
//   <li data-item="7" data-version="3">        knows this much of item 7 already; the desk itself may be one item
//   <section data-job="9" hx-trigger="news">   is told of each step of job 9
//   <form data-upload>                         shows in its <progress> how far its file is

import { listen } from "./live/live.js";

const SOON_MS = 100; // several things often happen at once

const desk = () => document.getElementById("desk");
let untold = [];

if (desk().dataset.listen) listen(desk().dataset.listen, (event) => hear(event.data));
if (document.querySelector("[data-job]")) listen("jobs:mine", (event) => tellOfJob(event.data));

// -- what happens elsewhere

function hear(what) {
  untold.push(what);
  if (untold.length === 1) setTimeout(ask, SOON_MS);
}

function ask() {
  if (document.querySelector(".htmx-request")) {
    setTimeout(ask, SOON_MS); // the answer that is on its way may bring it
    return;
  }
  if (untold.some(isNews)) {
    htmx.ajax("GET", location.href, { source: "#desk", target: "#desk", select: "#desk", swap: "outerMorph" });
  }
  untold = [];
}

function isNews(what) {
  if (!what) return true; // many things at once, or nobody knows
  const shown = document.querySelector(`[data-item="${what.id}"]`);
  return shown ? Number(shown.dataset.version) < what.version : !desk().dataset.item;
}

function tellOfJob(what) {
  for (const place of document.querySelectorAll("[data-job]")) {
    if (!what || place.dataset.job === what.id) htmx.trigger(place, "news");
  }
}

// -- nothing is replaced under somebody's hands

for (const [event, what] of [["input", "form"], ["toggle", "details"]]) {
  document.addEventListener(event, ({ target }) => target.closest(what)?.setAttribute("hx-morph-skip", ""), true);
}

// A line that is being changed, or was just ticked, may be on the list no more. It stays in its place all the same.
function keepLines(fragment) {
  if (!fragment.querySelector("#desk")) return;
  for (const line of document.querySelectorAll(".editing, [data-stays]")) {
    if (fragment.querySelector(`#${line.id}`)) continue;
    const [above, below] = [line.previousElementSibling, line.nextElementSibling].map(
      (neighbour) => neighbour && fragment.querySelector(`#${neighbour.id}`),
    );
    if (above) above.after(line.cloneNode(true));
    else if (below) below.before(line.cloneNode(true));
    else listIn(fragment).append(line.cloneNode(true));
  }
}

function listIn(fragment) {
  if (!fragment.querySelector(".list")) {
    const list = document.createElement("ul");
    list.className = "rows list";
    fragment.querySelector(".empty").replaceWith(list);
  }
  return fragment.querySelector(".list");
}

function letGo(form) {
  for (const held of [form, ...form.querySelectorAll("[hx-morph-skip]")]) held.removeAttribute("hx-morph-skip");
}

// -- what was sent, and what comes back

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (!ctx.response) return; // an upload, which has looked already
  if (fits(ctx.text, ctx.target)) {
    if (ctx.sourceElement.matches("form")) letGo(ctx.sourceElement);
    for (const { fragment } of tasks) keepLines(fragment);
    return;
  }
  event.preventDefault();
  if (ctx.sourceElement.matches("form")) elsewhere(ctx.response.raw);
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches("form[data-afresh]") && ctx.response.status < 400) ctx.sourceElement.reset();
  if (ctx.target.matches(".item") && ctx.sourceElement.matches(".tick")) document.getElementById(ctx.target.id).dataset.stays = "";
  if (ctx.target.matches(".editing")) document.querySelector(`#${ctx.target.id} .edit`)?.focus();
});

document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape") target.closest(".editing")?.querySelector("[data-escape]").click();
});

document.addEventListener("htmx:error", (event) => {
  if (event.target.matches?.("form")) say("unreached");
});

function fits(text, target) {
  return new DOMParser().parseFromString(text, "text/html").getElementById(target.id) !== null;
}

function elsewhere({ redirected, ok, url }) {
  if (redirected && ok) location.assign(url); // to log in, most likely
  else say("refused");
}

function say(what) {
  document.getElementById("notices").replaceChildren(document.getElementById(what).content.cloneNode(true));
}

// -- uploads: only the older kind of request tells how far it is

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-upload]")) return;
  event.preventDefault();
  upload(event.target);
});

function upload(form) {
  const gauge = form.querySelector("progress");
  const button = form.querySelector("[type=submit]");
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    if (loaded < total) gauge.value = loaded / total;
    else gauge.removeAttribute("value"); // it has arrived, and is looked at
  });
  request.addEventListener("load", () => arrived(form, request));
  request.addEventListener("error", () => say("unreached"));
  request.addEventListener("loadend", () => {
    gauge.hidden = true;
    button.disabled = false;
  });
  gauge.value = 0;
  gauge.hidden = false;
  button.disabled = true;
  request.open(form.method, form.action);
  request.send(new FormData(form));
}

function arrived(form, request) {
  if (!fits(request.responseText, desk())) {
    elsewhere({ redirected: request.responseURL !== form.action, ok: request.status < 400, url: request.responseURL });
    return;
  }
  letGo(form);
  if (request.status < 400) form.reset();
  htmx.swap({
    text: request.responseText, sourceElement: form, target: desk(), select: "#desk", swap: "outerMorph",
    selectOOB: "#notices",
  });
}
