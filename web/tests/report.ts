// One line a check, as the other tests of the project print it.
const failed: string[] = [];
let passed = 0;

/** Runs one check; what it throws, and every text it gives, is a failure. */
export async function check(name: string, work: () => Promise<string | void> | string | void) {
  const begun = performance.now();
  let problem: string | void;
  try {
    problem = await work();
  } catch (error) {
    problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const took = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${problem ? "FAIL" : "pass"}  ${name.padEnd(52)}${took} s`);
  if (problem) {
    console.log(`        ${problem}`);
    failed.push(name);
  } else passed += 1;
}

/** Prints the sum; the status to end with. */
export function finish(title: string): number {
  console.log(`${title}: ${passed} passed, ${failed.length} failed`);
  return failed.length || !passed ? 1 : 0;
}

export function same<T>(found: T, wanted: T): string | void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a !== b) return `${a} instead of ${b}`;
}
