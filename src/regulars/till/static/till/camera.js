// The camera: the browser's own reader of codes where it has one that works, else one small frame at a time to the server.
import { brightnessOf } from "./light.js";

const WIDTH = 640;
const HEIGHT = 480;
const PAUSE_MS = 120;
const FORMATS = ["qr_code", "data_matrix", "aztec", "pdf417", "code_128", "code_39", "ean_13", "ean_8", "itf"];

let stream = null;
let facing = "environment";
let reader = null;
let awake = null;
let run = 0;

export const isRunning = () => stream !== null;

// Starts the camera; "" where it runs, else the word for why not: insecure, refused, missing.
export async function startCamera(found, isWanted) {
  if (!navigator.mediaDevices?.getUserMedia) return window.isSecureContext ? "missing" : "insecure";
  stopCamera();
  // Whoever stops it, or takes the other one, while it is still starting is heard.
  const mine = run;
  let opened;
  try {
    opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } } });
  } catch (fault) {
    if (mine !== run) return "";
    return fault.name === "NotAllowedError" || fault.name === "SecurityError" ? "refused" : "missing";
  }
  if (mine !== run) {
    for (const track of opened.getTracks()) track.stop();
    return "";
  }
  stream = opened;
  const video = document.getElementById("till-video");
  video.srcObject = stream;
  await video.play().catch(() => {});
  await stayAwake();
  offer();
  reader ??= await nativeReader();
  look(video, found, isWanted, () => mine === run);
  return "";
}

export function stopCamera() {
  run += 1;
  for (const track of stream?.getTracks() || []) track.stop();
  stream = null;
  awake?.release().catch(() => {});
  awake = null;
}

async function look(video, found, isWanted, goesOn) {
  while (goesOn()) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    if (!goesOn() || document.hidden || !isWanted() || video.readyState < 2) continue;
    const text = reader ? await readHere(video) : await readThere(video);
    if (text && goesOn() && isWanted()) found(text);
  }
}

// Some browsers have the name and no reader behind it: it is believed once it has looked at an empty picture.
async function nativeReader() {
  if (!("BarcodeDetector" in window)) return null;
  try {
    const known = await window.BarcodeDetector.getSupportedFormats();
    if (!known.includes("qr_code")) return null;
    const detector = new window.BarcodeDetector({ formats: FORMATS.filter((name) => known.includes(name)) });
    await detector.detect(new ImageData(8, 8));
    return detector;
  } catch {
    return null;
  }
}

async function readHere(video) {
  try {
    return (await reader.detect(video))[0]?.rawValue || "";
  } catch {
    reader = null;
    return "";
  }
}

const canvas = document.createElement("canvas");

async function readThere(video) {
  const scale = Math.min(1, WIDTH / video.videoWidth, HEIGHT / video.videoHeight);
  canvas.width = Math.round(video.videoWidth * scale);
  canvas.height = Math.round(video.videoHeight * scale);
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  const frame = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.7));
  if (!frame) return "";
  const form = new FormData();
  form.append("picture", frame, "frame.jpg");
  const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
  try {
    const answer = await fetch(document.body.dataset.pictureUrl, { method: "POST", body: form, headers: { Accept: "application/json", "X-CSRFToken": token } });
    return answer.ok ? (await answer.json()).text : "";
  } catch {
    // Without a connection: the next frame asks again, and the page says why nothing is read meanwhile.
    document.dispatchEvent(new CustomEvent("till-unread"));
    return "";
  }
}

// A few dozen pixels are enough to say how light it is around; null where the camera cannot say, or lights the place itself.
const small = document.createElement("canvas");
small.width = 12;
small.height = 9;

export function seenBrightness() {
  const video = document.getElementById("till-video");
  if (!stream || document.hidden || video.readyState < 2 || stream.getVideoTracks()[0]?.getSettings().torch) return null;
  const context = small.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, small.width, small.height);
  return brightnessOf(context.getImageData(0, 0, small.width, small.height).data);
}

// A phone on the counter does not go to sleep while it scans. The browser takes the lock away with the page, and does not bring it back.
async function stayAwake() {
  if (!stream || document.hidden || (awake && !awake.released)) return;
  const lock = await navigator.wakeLock?.request("screen").catch(() => null);
  if (stream && (!awake || awake.released)) awake = lock;
  else lock?.release().catch(() => {});
}

document.addEventListener("visibilitychange", stayAwake);

async function offer() {
  const track = stream?.getVideoTracks()[0];
  const torch = document.querySelector("[data-camera-torch]");
  if (torch) torch.hidden = !track?.getCapabilities?.().torch;
  showTorch(track);
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
  const turn = document.querySelector("[data-camera-turn]");
  if (turn) turn.hidden = cameras.length < 2;
}

function showTorch(track) {
  document.querySelector("[data-camera-torch]")?.setAttribute("aria-pressed", String(Boolean(track?.getSettings().torch)));
}

document.addEventListener("click", async (event) => {
  const track = stream?.getVideoTracks()[0];
  if (event.target.closest("[data-camera-torch]") && track) {
    await track.applyConstraints({ advanced: [{ torch: !track.getSettings().torch }] }).catch(() => {});
    showTorch(track);
  } else if (event.target.closest("[data-camera-turn]")) {
    facing = facing === "environment" ? "user" : "environment";
    document.querySelector("[data-camera-on]")?.click();
  }
});
