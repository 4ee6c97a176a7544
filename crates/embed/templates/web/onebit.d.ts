/* An export of Onebit @VERSION@. */

/** Rows of pixels of 1 byte (grey), 2 (grey, opacity), 3 (red, green, blue) or 4 (those, opacity); an `ImageData` is one. */
export interface Picture {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** What a packed file tells of itself. */
export interface About {
  /** Channels, height and width of an image. */
  input: [number, number, number];
  /** The names of the classes, in the order of the logits. Whoever made the file chose them: show them as text. */
  classes: string[];
  /**
   * What becomes of a picture of another size: `crop`, `pad`, `stretch` or `centre-crop`; `none` where the file does not
   * say, and the middle is scaled and cut out.
   */
  preprocessing: string;
  /** When an image is none of the classes; `null` where it always has a class. */
  rejection: { threshold: number; kept: number; images: number } | null;
  /** Where the network comes from, in words of whoever made it. */
  provenance: Record<string, string>;
  /** Weights of all convolutions, and their bits. */
  weights: number;
  weightBits: number;
  /** Bytes of the packed file. */
  fileBytes: number;
  /** A logit is an integer times 2 to the power of −`logitBits`. */
  logitBits: number;
}

/** What is in an image. */
export interface Answer {
  /** The most probable class, by number and by name. */
  class: number;
  name: string;
  /** Whether it is that class by the file's threshold; always `true` where the file has none. */
  sure: boolean;
  /** The probability of the class, 0 to 1, as the network sees it. */
  confidence: number;
  /** That of each class. */
  probabilities: number[];
  /** Integers: the same on every machine, and those of the program, of C and of microcontrollers. */
  logits: Int32Array;
  /** What the network saw: channels × height × width bytes. */
  image: Uint8Array;
}

/** A packed file that cannot be opened, a picture that cannot be seen, or a module that stopped. */
export class NetworkError extends Error {}

/** A network with one bit per weight. */
export class Network {
  /** Of a compiled module (`onebit.wasm`) and the bytes of a packed file. */
  constructor(module: WebAssembly.Module, file: Uint8Array | ArrayBuffer);
  /** What the file tells of itself. */
  get about(): About;
  /** The bytes that the network reads of a picture: channels × height × width. */
  see(picture: Picture): Uint8Array;
  /** What is in a picture of any size. */
  classify(picture: Picture): Answer;
  /** What is in an image of the network's own size: channels × height × width bytes. */
  classifyImage(image: Uint8Array): Answer;
}
