// Judging nights: keys and buttons do the same. Nothing is shown as written before the server says that it is.
"use strict";

const $ = (id) => document.getElementById(id);
const token = new URLSearchParams(location.search).get("token") ?? "";
const blind = document.body.dataset.blind === "yes";
const verdictButtons = [...document.querySelectorAll("[data-verdict]")];
const verdictOfKey = Object.fromEntries(verdictButtons.map(({ dataset }) => [dataset.key, dataset.verdict]));
const ahead = 3;
// While blind, the summary is told anew every ten judgements: one step of it would tell what the network says of a night.
let nights = [], at = 0, lines = false, writing = false;
let shown = "";  // address of the picture that is on the screen: nothing else is judged
const noMarks = { regions: [], deleted: [] };
const kept = [];  // pictures that were asked for ahead, so that the browser keeps them

const address = (night) => `/nights/${night}.png`;
const pictureOf = (one) => address(one.night) + (lines ? "?lines" : "");

function complain(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

function tellSummary(sentences) {
  $("summary").replaceChildren(...sentences.concat(blind ? ["told anew every ten judgements"] : []).map((sentence) => {
    const item = document.createElement("li");
    item.textContent = sentence;
    return item;
  }));
}

function tell() {
  const one = nights[at];
  $("night").textContent = one ? one.night : "nothing left to judge";
  $("verdict").textContent = one?.verdict ?? "";
  $("place").textContent = one ? `${nights.filter((n) => n.verdict).length} judged, ${nights.filter((n) => !n.verdict).length} left` +
    ({ random: " · random sample", informative: " · in doubt" }[one.queue] ?? "") : "";
  for (const button of verdictButtons) {
    button.setAttribute("aria-pressed", String(button.dataset.verdict === one?.verdict));
    button.disabled = !one || shown !== pictureOf(one);
  }
  $("lines").setAttribute("aria-pressed", String(lines));
  $("lines").disabled = !one || (blind && !one.verdict);
  $("back").disabled = at === 0;
  $("next").disabled = at >= nights.length;
}

function show() {
  const one = nights[at], picture = $("picture");
  if (one && shown !== pictureOf(one)) {
    shown = "";
    marks.hide();
    picture.classList.add("coming");
    $("wait").hidden = false;
    picture.src = pictureOf(one);
  }
  picture.hidden = !one;
  if (!one) $("wait").hidden = true;
  tell();
}

function came() {
  shown = $("picture").getAttribute("src");
  $("picture").classList.remove("coming");
  $("wait").hidden = true;
  tell();
  if (nights[at]) showMarks(nights[at], shown);
  preload();
}

// Where the panels of the picture lie, and the network's lines if they are shown; whoever has gone on meanwhile sees another picture.
async function showMarks(one, picture) {
  const answer = await fetch(picture.replace(".png", ".json"));
  if (!answer.ok || shown !== picture || nights[at] !== one) return;
  marks.show(one, await answer.json(), async (night, takeBack) => {
    if (night.verdict && !await write(night, night.verdict, night.why)) takeBack();
  });
}

function preload() {
  for (const { night } of nights.slice(at + 1, at + 1 + ahead)) {
    if (kept.some((image) => image.dataset.night === night)) continue;
    const image = new Image();
    image.dataset.night = night;
    image.src = address(night);
    kept.push(image);
    if (kept.length > 2 * ahead) kept.shift();
  }
}

function go(place) {
  at = Math.max(0, Math.min(place, nights.length));
  lines = false;
  $("why").value = nights[at]?.why ?? "";
  complain("");
  show();
}

async function write(one, verdict, why) {
  if (writing) return false;
  writing = true;
  try {
    const answer = await fetch("/labels", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Iar-Token": token },
      body: JSON.stringify({ night: one.night, verdict, why, ...(verdict === "withdrawn" ? noMarks : { regions: one.regions, deleted: one.deleted }) }),
    });
    if (!answer.ok) throw new Error(sentence(await answer.text()) || `answer ${answer.status}`);
    one.verdict = verdict === "withdrawn" ? null : verdict;
    if (!blind || nights.filter((n) => n.verdict).length % 10 === 0) tellSummary((await answer.json()).summary);
    one.why = why;
    if (verdict === "withdrawn") Object.assign(one, noMarks);
    complain("");
    return true;
  } catch (error) {
    complain(`not written: ${error.message}`);
    return false;
  } finally {
    writing = false;
  }
}

function sentence(page) {
  return new DOMParser().parseFromString(page, "text/html").querySelector(".trouble")?.textContent ?? "";
}

async function judge(verdict) {
  const one = nights[at];
  if (one && shown === pictureOf(one) && await write(one, verdict, $("why").value)) show();
}

async function undo() {
  if (!nights[at]?.verdict && at > 0) go(at - 1);
  const one = nights[at];
  if (one?.verdict && await write(one, "withdrawn", "")) go(at);
}

function toggleMarking() {
  $("mark").setAttribute("aria-pressed", String($("marks").classList.toggle("marking")));
}

function toggleLines() {
  if ($("lines").disabled) return;
  lines = !lines;
  show();
}

const moves = { " ": () => go(at + 1), ArrowRight: () => go(at + 1), ArrowLeft: () => go(at - 1), z: undo, l: toggleLines, m: toggleMarking, w: () => $("why").focus() };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target === $("why")) {
    if (event.key === "Enter" || event.key === "Escape") $("why").blur();
    return;
  }
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;  // also with Caps Lock
  const act = verdictOfKey[key] ? () => judge(verdictOfKey[key]) : moves[key];
  if (!act || ($("next").disabled && key === " ")) return;
  event.preventDefault();  // a focused button is not pressed as well
  act();
});
for (const button of verdictButtons) button.onclick = () => judge(button.dataset.verdict);
$("next").onclick = moves[" "];
$("back").onclick = moves.ArrowLeft;
$("undo").onclick = undo;
$("lines").onclick = toggleLines;
$("mark").onclick = toggleMarking;
$("picture").onload = came;
$("picture").onerror = () => { $("wait").hidden = true; complain(`night ${nights[at]?.night} cannot be drawn: the quick-look says why`); preload(); };

async function start() {
  try {
    const answer = await fetch("/nights.json");
    if (!answer.ok) throw new Error(sentence(await answer.text()) || `answer ${answer.status}`);
    const found = await answer.json();
    nights = found.nights;
    tellSummary(found.summary);
    const first = nights.findIndex((one) => !one.verdict);
    go(first < 0 ? nights.length : first);
    if (!token) complain("this address has no token: open the one that iar review printed, else nothing can be written");
  } catch (error) {
    complain(`the nights cannot be read: ${error.message}`);
  }
}
start();
