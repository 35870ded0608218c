import type { Step } from "./polled_worklist.ts";

/** What a worklist has at its n-th poll: each poll differs from the one before it. */
export function killedSteps(poll: number): Step[] {
  return Array.from({ length: 20 }, (_, index) => {
    const number = index + (index < 5 ? poll : 0) * 100;
    return {
      study: `1.2.${number}`,
      step: `SPS${number}`,
      patient: "4711",
      name: "DOE^JANE",
      time: index === 19 ? String(1000 + poll % 1000) : "0800",
    };
  });
}
