// Pages of a list, and of one thing on it: quicker, and following what happens elsewhere. Without this file they are forms
// and links, and work.
//
//   <div id="desk" data-listen="notes:mine">   asks for itself again when something happens in that room
//   <li data-item="7" data-version="3">        knows this much of item 7 already; the desk itself may be one item
//   <section data-job="9" hx-trigger="news">   is told of each step of job 9
//   <form data-afresh>                         is empty again as soon as it is sent
//   <form data-upload data-most="1000">        shows in its <progress> how far its file is

import { listen } from "./live/live.js";

const SOON_MS = 100; // several things often happen at once
const SELDOM_MS = 1000; // and when very much happens, the page need not be drawn for each of it

const desk = () => document.getElementById("desk");
let untold = [];
let askedAt = -SELDOM_MS;

if (desk().dataset.listen) listen(desk().dataset.listen, (event) => hear(event.data));
if (document.querySelector("[data-job]")) listen("jobs:mine", (event) => tellOfJob(event.data));

// -- what happens elsewhere

function hear(what) {
  untold.push(what);
  if (untold.length === 1) setTimeout(ask, Math.max(SOON_MS, askedAt + SELDOM_MS - performance.now()));
}

function ask() {
  if (document.querySelector(".htmx-request")) {
    setTimeout(ask, SOON_MS); // the answer that is on its way may bring it
    return;
  }
  if (untold.some(isNews)) {
    askedAt = performance.now();
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

function hold(sent) {
  for (const form of desk().querySelectorAll("form")) {
    form.toggleAttribute("hx-morph-skip", form !== sent && [...form.elements].some(isTouched));
  }
}

function isTouched(field) {
  if (field.type === "hidden" || field.type === "submit") return false;
  if (field.type === "checkbox") return field.checked !== field.defaultChecked;
  if (field.type === "file") return field.files.length > 0;
  if (field.options) return [...field.options].some((one) => one.defaultSelected) && !field.selectedOptions[0]?.defaultSelected;
  return field.value !== field.defaultValue;
}

document.addEventListener("toggle", ({ target }) => target.toggleAttribute("hx-morph-skip", target.open), true);

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

// -- what is sent

document.addEventListener("click", (event) => {
  if (event.detail > 1 && event.target.closest(".tick")) event.preventDefault(); // the second of two would undo the first
}, true);

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (!ctx.sourceElement.matches("form[data-afresh]")) return;
  ctx.typed = [...ctx.request.body];
  ctx.sourceElement.reset();
});

function putBack(ctx) {
  for (const [name, value] of ctx.typed ?? []) {
    const field = ctx.sourceElement.elements.namedItem(name);
    if (field.options || !field.value) field.value = value;
  }
}

// -- and what comes back

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (!ctx.response) return; // an upload, which has looked already
  if (fits(ctx.text, ctx.target)) {
    hold(ctx.sourceElement);
    for (const { fragment } of tasks) keepLines(fragment);
    return;
  }
  event.preventDefault();
  putBack(ctx);
  if (ctx.sourceElement.matches("form")) elsewhere(ctx.response.raw);
  else if (ctx.sourceElement.matches("a")) location.assign(ctx.sourceElement.href);
  else if (ctx.response.status === 404) say("gone");
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.response?.status >= 400) putBack(ctx);
  if (ctx.sourceElement.matches(".tick")) document.getElementById(ctx.target.id).dataset.stays = "";
  if (ctx.target.matches(".editing")) document.querySelector(`#${ctx.target.id} .edit`)?.focus();
});

document.addEventListener("keydown", ({ key, target }) => {
  if (key === "Escape") target.closest(".editing")?.querySelector("[data-escape]").click();
});

document.addEventListener("htmx:error", ({ target, detail: { ctx } }) => {
  if (ctx?.sourceElement.matches("form")) putBack(ctx);
  if (target.matches?.("form, a")) say("unreached");
});

function fits(text, target) {
  return new DOMParser().parseFromString(text, "text/html").getElementById(target.id) !== null;
}

async function elsewhere({ redirected, ok, status, url }) {
  if (redirected && ok && [...document.forms].some((form) => [...form.elements].some(isTouched))) say("logged-out");
  else if (redirected && ok) location.assign(url); // to log in, most likely
  else if (status === 403 && (await renewTokens())) say("once-more");
  else say(status === 413 ? "too-large" : "refused");
}

// Whoever logs in anew in another tab has other tokens there.
async function renewTokens() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const fresh = page.querySelector("#desk [name=_csrf]");
  for (const field of document.querySelectorAll("[name=_csrf]")) if (fresh) field.value = fresh.value;
  return fresh !== null;
}

function say(what) {
  document.getElementById("notices").replaceChildren(document.getElementById(what).content.cloneNode(true));
}

// -- uploads: only the older kind of request tells how far it is

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-upload]")) return;
  event.preventDefault();
  const { files } = event.target.querySelector("[type=file]");
  if (files[0]?.size > Number(event.target.dataset.most)) say("too-large");
  else upload(event.target);
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

function arrived(form, { responseText, responseURL, status }) {
  if (!fits(responseText, desk())) {
    elsewhere({ redirected: responseURL !== form.action, ok: status < 400, status, url: responseURL });
    return;
  }
  if (status < 400) form.reset();
  hold(form);
  htmx.swap({
    text: responseText, sourceElement: form, target: desk(), select: "#desk", swap: "outerMorph",
    selectOOB: "#notices:innerHTML",
  });
}
