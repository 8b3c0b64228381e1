// A conversation with the test: lines of JSON, [word, value], on stdin and stdout.
import { createInterface } from "node:readline";

export const given = JSON.parse(process.argv[2]);

export function tell(word, value) {
  process.stdout.write(JSON.stringify([word, value ?? null]) + "\n");
}

/** Run `words[word](value)` for each line. The test closes stdin when it is done. */
export function obey(words) {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (line) => {
    const [word, value] = JSON.parse(line);
    words[word](value);
  });
  lines.on("close", () => process.exit(0));
}
