/*
 * Draws an SVG file as PNG: icons for installation, where few systems take SVG. It knows what the page's icon is made of:
 * `<rect>` with `rx`, and `<path>` of lines and curves with `fill` or a round `stroke`. Anything else is an error.
 */
import { deflateSync } from "node:zlib";

const ROWS = 8; // rows of samples a pixel; columns are exact
const STEPS = 24; // lines a curve

/**
 * @param {string} svg text of the file, with a square viewBox.
 * @param {number} size width and height of the PNG.
 * @param {boolean} isFull true to fill the corners, too, for systems that cut icons to a shape of their own.
 * @returns {Buffer} the PNG.
 */
export function drawPng(svg, size, isFull = false) {
  const [, width] = /viewBox="0 0 (\d+) \1"/.exec(svg) ?? fail(svg);
  const pixels = new Float64Array(size * size * 4);
  for (const { color, polygon } of shapes(svg, isFull)) {
    const scaled = polygon.map(([x, y]) => [(x * size) / width, (y * size) / width]);
    paint(pixels, size, coverage(scaled, size), color);
  }
  return png(pixels, size);
}

function fail(what) {
  throw Error(`icons.mjs cannot draw ${what}`);
}

function shapes(svg, isFull) {
  const elements = [...svg.matchAll(/<(\w+) ([^>]*)\/>/g)];
  return elements.flatMap(([element, tag, attributes]) => {
    const given = Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    if (tag === "rect") return { color: rgb(given.fill), polygon: rounded(given, isFull ? 0 : Number(given.rx ?? 0)) };
    if (tag !== "path") return fail(element);
    const lines = flatten(given.d);
    if (given.fill) return lines.map((polygon) => ({ color: rgb(given.fill), polygon }));
    const half = Number(given["stroke-width"]) / 2;
    const segments = lines.flatMap((line) => line.slice(1).map((end, at) => [line[at], end]));
    return segments.map(([from, to]) => ({ color: rgb(given.stroke), polygon: capsule(from, to, half) }));
  });
}

const rgb = (color) =>
  /^#[0-9a-f]{6}$/i.test(color) ? [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)) : fail(color);

const arc = (x, y, radius, from, to) =>
  Array.from({ length: STEPS + 1 }, (_, step) => {
    const angle = from + ((to - from) * step) / STEPS;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
  });

function rounded({ width, height }, radius) {
  const [right, bottom, quarter] = [width - radius, height - radius, Math.PI / 2];
  const corners = [
    [right, bottom],
    [radius, bottom],
    [radius, radius],
    [right, radius],
  ];
  return corners.flatMap(([x, y], at) => arc(x, y, radius, at * quarter, (at + 1) * quarter));
}

/** A line with round ends. */
function capsule([x1, y1], [x2, y2], half) {
  const angle = Math.atan2(y2 - y1, x2 - x1);
  const turn = Math.PI / 2;
  return [...arc(x2, y2, half, angle - turn, angle + turn), ...arc(x1, y1, half, angle + turn, angle + 3 * turn)];
}

/** The lines of a path of the commands M, h, v, c, s and z. */
function flatten(path) {
  const lines = [];
  let [x, y, control] = [0, 0, null];
  const curve = ([x1, y1, x2, y2, dx, dy]) => {
    const line = lines.at(-1);
    for (let step = 1; step <= STEPS; step++) {
      const t = step / STEPS;
      const [a, b, c] = [3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
      line.push([x + a * x1 + b * x2 + c * dx, y + a * y1 + b * y2 + c * dy]);
    }
    control = [dx - x2, dy - y2];
    [x, y] = line.at(-1);
  };
  for (const [, command, given] of path.matchAll(/([a-z])([^a-z]*)/gi)) {
    const values = (given.match(/-?\d*\.?\d+/g) ?? []).map(Number);
    const mirrored = control ?? [0, 0];
    control = null;
    if (command === "M") lines.push([([x, y] = values)]);
    else if (command === "h") lines.at(-1).push([(x += values[0]), y]);
    else if (command === "v") lines.at(-1).push([x, (y += values[0])]);
    else if (command === "c") curve(values);
    else if (command === "s") curve([...mirrored, ...values]);
    else if (command === "z") [x, y] = lines.at(-1)[0];
    else fail(path);
  }
  return lines;
}

/** Coverage of each pixel by a polygon, from 0 to 1. */
function coverage(polygon, size) {
  const covered = new Float64Array(size * size);
  for (let row = 0; row < size * ROWS; row++) {
    const y = (row + 0.5) / ROWS;
    const crossings = polygon.flatMap(([x1, y1], at) => {
      const [x2, y2] = polygon[(at + 1) % polygon.length];
      return y1 < y !== y2 < y ? [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)] : [];
    });
    crossings.sort((one, other) => one - other);
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const [left, right] = [Math.max(0, crossings[at]), Math.min(size, crossings[at + 1])];
      for (let column = Math.floor(left); column < right; column++) {
        covered[Math.floor(row / ROWS) * size + column] += (Math.min(column + 1, right) - Math.max(column, left)) / ROWS;
      }
    }
  }
  return covered;
}

function paint(pixels, size, covered, color) {
  for (let at = 0; at < size * size; at++) {
    const alpha = covered[at];
    if (alpha === 0) continue;
    const below = pixels[at * 4 + 3];
    const after = alpha + below * (1 - alpha);
    for (let part = 0; part < 3; part++) {
      pixels[at * 4 + part] = (color[part] * alpha + pixels[at * 4 + part] * below * (1 - alpha)) / after;
    }
    pixels[at * 4 + 3] = after;
  }
}

function png(pixels, size) {
  const rows = Buffer.alloc(size * (size * 4 + 1)); // each row begins with its filter, 0 for none
  for (let at = 0; at < size * size; at++) {
    const to = Math.floor(at / size) * (size * 4 + 1) + 1 + (at % size) * 4;
    for (let part = 0; part < 4; part++) rows[to + part] = Math.round(pixels[at * 4 + part] * (part === 3 ? 255 : 1));
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8); // bits a channel, RGBA, and the only compression, filter and order
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** zlib's own is in Node.js since 22. */
function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
