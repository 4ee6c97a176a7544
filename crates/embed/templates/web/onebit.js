/* An export of Onebit @VERSION@: a network in WebAssembly, for browsers, Node, Deno and Bun. */

/** A packed file that cannot be opened, a picture that cannot be seen, or a module that stopped. */
export class NetworkError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = "NetworkError";
  }
}

/* What a value is: "Uint8Array", "String", "Null". By its tag, which is the same in every frame. */
const kind = value => Object.prototype.toString.call(value).slice(8, -1);

/* Bytes as they are. Other numbers would be cut to bytes without a word. */
function bytesOf(value, what, hint = "") {
  if (ArrayBuffer.isView(value) && ["Uint8Array", "Uint8ClampedArray"].includes(kind(value))) return value;
  throw new NetworkError(`${what}: expected bytes 0 to 255, found ${kind(value)}${hint}`);
}

/** A network with one bit per weight. */
export class Network {
  #code;
  #about;
  /* Why nothing can be computed any more. */
  #broken = null;

  /** Of a compiled module (`onebit.wasm`) and the bytes of a packed file. */
  constructor(module, file) {
    const bytes = kind(file) === "ArrayBuffer" ? new Uint8Array(file) : file;
    bytesOf(bytes, "packed file", "; give what is in the file, as an ArrayBuffer or a Uint8Array");
    try {
      this.#code = new WebAssembly.Instance(module).exports;
    } catch (cause) {
      throw new NetworkError(`the module cannot be started: ${cause.message}`, { cause });
    }
    this.#put(bytes);
    if (this.#call("open") !== 1) throw new NetworkError(this.#text());
    this.#about = JSON.parse(this.#text());
  }

  /** What the file tells of itself. */
  get about() {
    return structuredClone(this.#about);
  }

  /**
   * The bytes that the network reads of a picture: channels × height × width. A picture has rows of pixels of 1 byte
   * (grey), 2 (grey, opacity), 3 (red, green, blue) or 4 (those, opacity), as `ImageData` has them.
   */
  see(picture) {
    if (picture === null || typeof picture !== "object" || !("data" in picture)) {
      throw new NetworkError(`picture: expected { data, width, height } of decoded pixels, found ${kind(picture)}`);
    }
    const { width, height } = picture, data = bytesOf(picture.data, "picture");
    if (![width, height].every(side => Number.isInteger(side) && side >= 0)) {
      const found = [width, height].map(side => (typeof side === "string" ? `"${side}"` : String(side)));
      throw new NetworkError(`picture: expected whole numbers as width and height, found ${found.join(" and ")}`);
    }
    const channels = data.length / (width * height);
    if (![1, 2, 3, 4].includes(channels)) {
      throw new NetworkError(`picture: expected 1 to 4 bytes for each of ${width} x ${height} pixels, found ${data.length}`);
    }
    this.#put(data);
    if (this.#call("see", width, height, channels) !== 1) throw new NetworkError(this.#text());
    return this.#image().slice();
  }

  /** What is in a picture. */
  classify(picture) {
    const image = this.see(picture);
    return { ...this.#answer(), image };
  }

  /** What is in an image of the network's own size: channels × height × width bytes. */
  classifyImage(image) {
    bytesOf(image, "image");
    const to = this.#image();
    if (image.length !== to.length) {
      throw new NetworkError(`image: expected ${to.length} bytes, found ${image.length}`);
    }
    to.set(image);
    return { ...this.#answer(), image: to.slice() };
  }

  #answer() {
    const found = this.#call("classify");
    if (found < -1) throw new NetworkError(this.#text());
    const { classes, logitBits } = this.#about;
    const logits = new Int32Array(this.#code.memory.buffer, this.#call("logits"), this.#call("logits_len")).slice();
    let best = 0;
    logits.forEach((logit, index) => { if (logit > logits[best]) best = index; });
    const powers = Array.from(logits, logit => Math.exp((logit - logits[best]) * 2 ** -logitBits));
    const sum = powers.reduce((a, b) => a + b, 0);
    return {
      class: best,
      name: classes[best],
      sure: found >= 0,
      confidence: powers[best] / sum,
      probabilities: powers.map(power => power / sum),
      logits,
    };
  }

  #image() {
    return new Uint8Array(this.#code.memory.buffer, this.#call("image"), this.#call("image_len"));
  }

  #put(bytes) {
    const place = this.#call("room", bytes.length);
    if (place === 0) throw new NetworkError(`memory: expected room for ${bytes.length} bytes, found less`);
    new Uint8Array(this.#code.memory.buffer, place, bytes.length).set(bytes);
  }

  #text() {
    const bytes = new Uint8Array(this.#code.memory.buffer, this.#call("text"), this.#call("text_len"));
    return new TextDecoder().decode(bytes);
  }

  /* After an exception the module's memory is in no known state. */
  #call(name, ...words) {
    if (this.#broken) throw new NetworkError("the module has stopped; open the file again", { cause: this.#broken });
    try {
      /* Places beyond 2 GiB are no negative numbers. */
      const found = this.#code[name](...words);
      return name === "classify" ? found : found >>> 0;
    } catch (cause) {
      this.#broken = cause;
      throw new NetworkError(`the module stopped: ${cause.message}`, { cause });
    }
  }
}
