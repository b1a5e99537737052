/* The first page's demonstration: asks for a job, and watches it through the API, as any client could. */

const LOOK_AGAIN = 500; // progress is written twice a second
const PATIENCE = 3000;

const box = document.getElementById("count");
const button = box.querySelector("button");
const bar = box.querySelector("progress");
const note = box.querySelector(".note");
const told = box.querySelector("[role=status]");
const label = button.textContent;

let busy = false;
let job = ""; // the address of the one that is under way

button.hidden = false;
button.addEventListener("click", async () => {
  try {
    await (busy ? stop() : start());
  } catch (error) {
    draw({ progress: 0 }, error.message);
    end();
  }
});

async function start() {
  busy = true;
  button.textContent = "Stop";
  draw({ state: "queued" }, "The job is asked for.");
  const answer = await ask(box.dataset.start, { method: "POST" });
  job = answer.headers.get("Location");
  await watch(job, await answer.json());
  end();
}

async function watch(address, seen) {
  const began = Date.now();
  while (seen.state === "queued" || seen.state === "running") {
    draw(seen, words(seen, Date.now() - began));
    await new Promise((go) => setTimeout(go, LOOK_AGAIN));
    seen = await (await ask(address)).json();
  }
  draw(seen, words(seen));
}

async function stop() {
  // What comes of it, whoever watches will see: it may have ended in the meantime.
  if (job) await fetch(job, { method: "DELETE" }).catch(() => {});
}

function end() {
  busy = false;
  job = "";
  button.textContent = label;
}

function words(seen, waited) {
  switch (seen.state) {
    case "queued":
      if (waited < PATIENCE) return "It waits for a worker.";
      return `It still waits. Is there a worker? ${box.dataset.worker}`;
    case "running":
      return seen.cancelling ? "The worker is told to stop." : "A worker counts.";
    case "done":
      return `Done: the worker has counted to ${seen.result.counted_to}.`;
    case "cancelled":
      return "Stopped.";
    default:
      return seen.error;
  }
}

function draw(seen, sentence) {
  if (seen.state === "queued") bar.removeAttribute("value");
  else bar.value = seen.progress ?? 0;
  note.textContent = seen.state === "running" ? (seen.note ?? "") : "";
  // Said aloud by a screen reader, and so only when there is something new to say.
  if (told.textContent !== sentence) told.textContent = sentence;
}

async function ask(address, options) {
  const answer = await fetch(address, options).catch(() => {
    throw new Error("The server cannot be reached. Is it still running?");
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Error(problem.detail || problem.title || `The server answered ${answer.status}.`);
}
