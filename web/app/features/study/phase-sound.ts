/**
 * The sound at the end of a phase: two soft tones, which the browser makes itself. Browsers play sound only after the user has
 * clicked or pressed a key in the page, so the first input prepares it.
 */

import { signal } from "@preact/signals";
import { read, write } from "../../core/local-store";

const STORED = "study-sound";
const INPUTS = ["pointerup", "keydown"];
const LOUDNESS = 0.15;
/** Seconds of a tone. */
const TONE = 0.9;
/** Seconds from one tone to the next. */
const STEP = 0.22;
/** Frequencies in Hz: down into a break, up into a focus phase. */
const TONES = { focus: [523.25, 659.25], break: [659.25, 523.25] } as const;

const changes = signal(0);
let context: AudioContext | null = null;

/** True unless the sound is off in this browser. */
export function isSoundOn(): boolean {
  changes.value; // a subscription
  return read(STORED) !== false;
}

export function setSound(isOn: boolean): void {
  write(STORED, isOn ? null : false);
  changes.value++;
}

/** Start to prepare the sound at the first input. */
export function startPhaseSound(): void {
  const controller = new AbortController();
  const prepare = () => {
    if (!isSoundOn()) return;
    controller.abort();
    context ??= new AudioContext();
    void pause(context);
  };
  for (const type of INPUTS) addEventListener(type, prepare, { capture: true, passive: true, signal: controller.signal });
}

// an open context takes power, also while it is silent
async function pause(audio: AudioContext): Promise<void> {
  await audio.resume();
  await audio.suspend();
}

/** Play the sound before a phase, unless it is off, or the user has not touched the page yet. */
export async function playPhaseSound(next: "focus" | "break"): Promise<void> {
  const audio = context;
  if (!audio || !isSoundOn()) return;
  await audio.resume();
  const start = audio.currentTime + 0.05;
  for (const [at, frequency] of TONES[next].entries()) tone(audio, frequency, start + at * STEP);
  setTimeout(() => void audio.suspend(), (TONE + 2 * STEP + 0.5) * 1000);
}

function tone(audio: AudioContext, frequency: number, at: number): void {
  const oscillator = new OscillatorNode(audio, { frequency });
  const gain = new GainNode(audio, { gain: 0 });
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(LOUDNESS, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + TONE);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(at);
  oscillator.stop(at + TONE);
}
