/** The parts of Node.js that tests use. Its own types would also apply to app/, where `setTimeout` returns a number. */

declare module "node:test" {
  interface TestContext {
    after(stop: () => void | Promise<void>): void;
    test(name: string, run: (t: TestContext) => void | Promise<void>): Promise<void>;
  }
  type Run = (t: TestContext) => void | Promise<void>;
  export function test(name: string, run: Run): Promise<void>;
  export function test(name: string, options: { skip?: boolean | string; timeout?: number }, run: Run): Promise<void>;
  export function describe(name: string, run: () => void): void;
  export function beforeEach(run: () => void | Promise<void>): void;
  export function afterEach(run: () => void | Promise<void>): void;
}

declare module "node:assert/strict" {
  function assert(value: unknown, message?: string): asserts value;
  namespace assert {
    function ok(value: unknown, message?: string): asserts value;
    function equal(actual: unknown, expected: unknown, message?: string): void;
    function notEqual(actual: unknown, expected: unknown, message?: string): void;
    function deepEqual(actual: unknown, expected: unknown, message?: string): void;
    function match(text: string, pattern: RegExp, message?: string): void;
    function doesNotMatch(text: string, pattern: RegExp, message?: string): void;
    function throws(run: () => unknown, expected?: RegExp | object): void;
    function rejects(run: Promise<unknown> | (() => Promise<unknown>), expected?: RegExp | object): Promise<void>;
    function fail(message?: string): never;
  }
  export default assert;
}

declare module "node:crypto" {
  export const webcrypto: Crypto;
}

declare module "node:fs" {
  export function readFileSync(path: string, encoding: "utf-8"): string;
  export function readdirSync(path: string, options: { recursive?: boolean; encoding: "utf-8" }): string[];
}

declare module "node:path" {
  export function join(...parts: string[]): string;
}

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };
