// SPDX-License-Identifier: Apache-2.0

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resolves to the first true value of `condition`. */
export async function until(condition, what, seconds = 15) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`after ${seconds} s still not so: ${what}`);
    await sleep(10);
  }
}
