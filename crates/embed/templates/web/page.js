const element = id => document.getElementById(id);
const data = JSON.parse(element("data").textContent);
const canvas = element("canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
const unpacked = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const inflated = text => new Response(new Blob([unpacked(text)]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
const percent = share => `${(100 * share).toFixed(1)} %`;
/* What becomes of a picture where the file does not say. */
const MIDDLE = "their middle is scaled and cut out";
/* The most classes that have a row. */
const MAX_ROWS = 10;

let module, network = null, drawn = false, rows = [], live = null, last = null;
/* The last answer, of which the image is what the network saw. */
let answer = null;

function tell(text, note = "", unsure = false) {
  const kind = element("class");
  /* Written where it changes only: what is written is read aloud. */
  if (kind.textContent !== text) kind.textContent = text;
  kind.classList.toggle("unsure", unsure);
  if (element("note").textContent !== note) element("note").textContent = note;
}

function made(name, text) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  return node;
}

function fact(figure, words, id) {
  const item = made("li"), number = made("b", figure);
  if (id) number.id = id;
  item.append(number, made("span", words));
  element("facts").append(item);
}

/* ---- the network ---- */

/* What the page is called: by the data and the network, as far as the file names them. */
function titled({ dataset, net }) {
  const what = `${net ?? (dataset ? "a network" : "A network")} with one bit per weight`;
  return dataset ? `${dataset}: ${what}` : what;
}

/* Opens a packed file, and shows what it tells. Its words are a stranger's: they become text and nothing else. */
function open(file, own) {
  network = new Network(module, file);
  const { input: [channels, height, width], classes, preprocessing, rejection, provenance, weights, weightBits, fileBytes } = network.about;
  drawn = channels === 1;
  document.title = element("title").textContent = titled(provenance);
  canvas.classList.toggle("drawn", drawn);
  element("how").textContent = drawn
    ? "Draw in the square, with a finger or a mouse: light on a dark ground. Or drop an image on it."
    : "Drop an image on the square, or choose one.";
  element("facts").replaceChildren();
  const { tested } = own ? data : {};
  if (tested) fact(percent(1 - tested.wrong / tested.images), `right on ${tested.images.toLocaleString("en")} test images`);
  fact(`${(fileBytes / 1e3).toFixed(1)} KB`, `${weights.toLocaleString("en")} weights, ${(weightBits / weights).toFixed(2).replace(/\.?0+$/, "")} bit each`);
  fact("–", "an image, in this browser", "time");
  const about = [
    ["images", `${channels} × ${height} × ${width} (channels, height, width)`],
    ["other pictures", preprocessing === "none" ? `none: the file does not say how they are scaled; ${MIDDLE}` : preprocessing],
    ["classes", `${classes.length}`],
    ["not sure", rejection
      ? `logits less than ${rejection.threshold} apart; ${percent(rejection.kept)} of ${rejection.images} images keep their class`
      : "never: the file has no threshold"],
    ...(tested ? [["accuracy", `${tested.wrong} of ${tested.images} test images wrong, measured with 32-bit activations`]] : []),
    ...Object.entries(provenance),
  ];
  element("about").replaceChildren(...about.flatMap(([key, value]) => [made("dt", key), made("dd", value)]));
  rows = Array.from({ length: Math.min(classes.length, MAX_ROWS) }, () => {
    const row = made("li"), bar = made("progress"), label = made("span"), number = made("span");
    bar.max = 1;
    bar.setAttribute("aria-hidden", "true");
    row.append(label, bar, number);
    return { row, label, bar, number };
  });
  element("classes").replaceChildren(...rows.map(({ row }) => row));
  clear();
  examples(own ? data.examples : []);
}

/* Computes, and shows the answer; of a picture, whether the file says how it is scaled. */
function show(compute, picture) {
  try {
    const start = performance.now();
    answer = compute();
    let time = performance.now() - start;
    if (!live) {
      /* Clocks of browsers are coarse, and the first time is not as the others. */
      let runs = 0;
      const again = performance.now();
      do { network.classifyImage(answer.image); runs++; } while (performance.now() - again < 20 && runs < 100);
      time = (performance.now() - again) / runs;
    }
    element("time").textContent = `${time.toFixed(time < 10 ? 1 : 0)} ms`;
  } catch (error) {
    blank();
    tell("–", error instanceof NetworkError ? `The network cannot read this picture: ${error.message}` : `${error}`);
    return;
  }
  const { name, sure, confidence, probabilities } = answer;
  if (sure) tell(name, live ? "" : `${percent(confidence)} by the network's own estimate`);
  else tell("not sure", `perhaps ${name}; too close to call, or none of the classes`, true);
  let order = probabilities.map((_, index) => index);
  if (order.length > MAX_ROWS) order = order.sort((a, b) => probabilities[b] - probabilities[a]).slice(0, MAX_ROWS);
  order.forEach((index, place) => row(place, index, probabilities[index]));
  see(element("seen"), answer.image);
  const { input: [channels, height, width], preprocessing } = network.about;
  const resized = picture && preprocessing === "none" && (picture.width !== width || picture.height !== height);
  element("caption").textContent = `What the network sees: ${width} × ${height} pixels, ${channels === 1 ? "grey" : `${channels} channels`}`
    + (resized ? `. Its file does not say how pictures of another size are scaled; ${MIDDLE}.` : "");
  element("sight").hidden = false;
}

function row(place, index, probability) {
  const { label, bar, number } = rows[place];
  label.textContent = label.title = network.about.classes[index];
  bar.value = probability ?? 0;
  number.textContent = probability === undefined ? "" : percent(probability);
}

/* Shows an image of channels × height × width. */
function see(seen, image) {
  const { input: [channels, height, width] } = network.about;
  const to = seen.getContext("2d"), plane = width * height;
  seen.width = width;
  seen.height = height;
  const shown = to.createImageData(width, height);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) shown.data[4 * i + c] = image[Math.min(c, channels - 1) * plane + i];
    shown.data[4 * i + 3] = 255;
  }
  to.putImageData(shown, 0, 0);
}

function examples(list) {
  element("examples").hidden = list.length === 0;
  element("examples").replaceChildren(...list.map(({ name, image }) => {
    const item = made("li"), button = made("button"), small = made("canvas"), bytes = unpacked(image);
    button.type = "button";
    button.title = name;
    button.setAttribute("aria-label", `Example: ${name}`);
    see(small, bytes);
    button.append(small);
    button.addEventListener("click", () => {
      stop();
      place(small, small.width, small.height, false);
      show(() => network.classifyImage(bytes));
    });
    item.append(button);
    return item;
  }));
  /* A page that opens with an answer shows what it is for. */
  element("examples").querySelector("button")?.click();
}

/* ---- pictures ---- */

/* A drawing, brought to the middle and to the size that drawn digits have in MNIST: 20 of 28 pixels, centred by its mass. */
function drawing() {
  const { input: [, height, width] } = network.about;
  const small = new OffscreenCanvas(width, height), to = small.getContext("2d");
  to.imageSmoothingQuality = "high";
  to.fillRect(0, 0, width, height);
  const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
  let left = canvas.width, right = -1, top = canvas.height, bottom = -1, mass = 0, mx = 0, my = 0;
  for (let y = 0; y < canvas.height; y++) for (let x = 0; x < canvas.width; x++) {
    const value = pixels[4 * (y * canvas.width + x)];
    if (value < 16) continue;
    left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
    mass += value; mx += value * (x + .5); my += value * (y + .5);
  }
  if (mass > 0) {
    const scale = 20 / 28 * Math.min(width, height) / Math.max(right - left + 1, bottom - top + 1);
    to.translate(width / 2 - scale * mx / mass, height / 2 - scale * my / mass);
    to.scale(scale, scale);
    /* In halves, since one step would skip pixels. */
    let from = canvas, size = canvas.width;
    while (size > 2 * scale * canvas.width) {
      size = Math.ceil(size / 2);
      const half = new OffscreenCanvas(size, size), h = half.getContext("2d");
      h.drawImage(from, 0, 0, size, size);
      from = half;
    }
    to.drawImage(from, 0, 0, canvas.width, canvas.height);
  }
  return to.getImageData(0, 0, width, height);
}

/* All pixels of a picture, as they are. */
function whole(picture, width, height) {
  const to = new OffscreenCanvas(width, height).getContext("2d");
  to.drawImage(picture, 0, 0);
  return to.getImageData(0, 0, width, height);
}

/* Puts a picture into the middle of the square; behind one that may be transparent it is white. */
function place(picture, width, height, smooth = true) {
  blank();
  const scale = Math.min(canvas.width / width, canvas.height / height), w = scale * width, h = scale * height;
  const x = (canvas.width - w) / 2, y = (canvas.height - h) / 2;
  pen.imageSmoothingEnabled = smooth;
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "#fff";
  pen.fillRect(x, y, w, h);
  pen.drawImage(picture, x, y, w, h);
}

/* Takes a file that was chosen or dropped: a picture, or another packed file. */
async function take(file) {
  stop();
  if (!module) return;
  if (file.name?.endsWith(".onebit")) {
    const bytes = new Uint8Array(await file.arrayBuffer()), before = network;
    try {
      open(bytes, false);
      tell("–", "This is the network of the file that you dropped.");
    } catch (error) {
      network = before;
      tell("–", `This packed file cannot be opened: ${error.message}`);
    }
    return;
  }
  let bitmap, picture;
  try {
    /* Turned as it says of itself, with the colours that are in it. */
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none", colorSpaceConversion: "none" });
    picture = whole(bitmap, bitmap.width, bitmap.height);
  } catch {
    clear();
    tell("–", "This file is no image that the browser can read; choose another.");
    return;
  }
  place(bitmap, bitmap.width, bitmap.height);
  show(() => network.classify(picture), picture);
}

function blank() {
  pen.fillStyle = "#000";
  pen.fillRect(0, 0, canvas.width, canvas.height);
}

function clear() {
  stop();
  blank();
  answer = null;
  tell("–");
  element("sight").hidden = true;
  if (!network) return;
  rows.forEach((_, index) => row(index, index));
}

/* ---- the camera ---- */

function stop() {
  live?.getTracks().forEach(track => track.stop());
  live = null;
  element("video").hidden = true;
  canvas.hidden = false;
  element("camera").setAttribute("aria-pressed", "false");
}

async function start() {
  const video = element("video");
  let found;
  try {
    found = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = found;
    await video.play();
  } catch (error) {
    found?.getTracks().forEach(track => track.stop());
    /* No answer of before stands beside it. */
    clear();
    tell("–", `No camera: ${error.message}`);
    return;
  }
  clear();
  live = found;
  video.hidden = false;
  canvas.hidden = true;
  element("camera").setAttribute("aria-pressed", "true");
  const look = () => {
    if (live !== found) return;
    if (video.videoWidth > 0) {
      /* The square that is shown. */
      const side = Math.min(video.videoWidth, video.videoHeight);
      const to = new OffscreenCanvas(side, side).getContext("2d");
      to.drawImage(video, (side - video.videoWidth) / 2, (side - video.videoHeight) / 2);
      const picture = to.getImageData(0, 0, side, side);
      show(() => network.classify(picture), picture);
    }
    setTimeout(look, 150);
  };
  look();
}

/* ---- what a person does ---- */

function at(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
}

function stroke(event) {
  const [x, y] = at(event);
  pen.strokeStyle = "#fff";
  pen.lineWidth = canvas.width / 14;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(...(last ?? [x, y]));
  pen.lineTo(x, y);
  pen.stroke();
  last = [x, y];
}

canvas.addEventListener("pointerdown", event => {
  if (!drawn) return;
  if (event.isTrusted) canvas.setPointerCapture(event.pointerId);
  last = null;
  stroke(event);
});
canvas.addEventListener("pointermove", event => { if (last) stroke(event); });
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => {
  if (!last) return;
  last = null;
  const picture = drawing();
  show(() => network.classify(picture));
});
element("clear").addEventListener("click", clear);
element("camera").addEventListener("click", () => (live ? stop() : start()));
element("file").addEventListener("change", event => {
  if (event.target.files[0]) take(event.target.files[0]);
  /* The same file can be chosen again. */
  event.target.value = "";
});
addEventListener("dragover", event => { event.preventDefault(); canvas.classList.add("over"); });
addEventListener("dragleave", () => canvas.classList.remove("over"));
addEventListener("drop", event => {
  event.preventDefault();
  canvas.classList.remove("over");
  if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
});

/* Settled once the network is there, or it is said why not. */
const ready = inflated(data.module).then(bytes => WebAssembly.compile(bytes)).then(compiled => {
  module = compiled;
  open(unpacked(data.network), true);
  element("camera").hidden = !navigator.mediaDevices?.getUserMedia;
}).catch(error => {
  blank();
  tell("–", `This browser cannot run the network: ${error.message}`);
});
