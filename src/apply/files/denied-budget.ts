// How much of the journal denials may take: who is denied a thousand times a day is heard, but fills no disk.

/** Bytes of lines about denials on one day (UTC), per person who really asked. */
export type Spent = { readonly day: string; readonly bytes: ReadonlyMap<string, number> };

/** Bytes a day and person: several hundred denials. */
export const DENIED_PER_DAY = 1 << 20;

export const NOTHING_SPENT: Spent = { day: '', bytes: new Map() };

/** `spent` after a line of `bytes` about `who`. `time`: ISO 8601, UTC. */
export function spend(spent: Spent, time: string, who: string, bytes: number): Spent {
  const day = dayOf(time);
  const before = spent.day === day ? spent.bytes : NOTHING_SPENT.bytes;
  return { day, bytes: new Map(before).set(who, (before.get(who) ?? 0) + bytes) };
}

export function spentBy(spent: Spent, time: string, who: string): number {
  return spent.day === dayOf(time) ? (spent.bytes.get(who) ?? 0) : 0;
}

/** When a day's budget begins anew: the next midnight, UTC. */
export function nextDay(time: string): string {
  return new Date(Date.parse(`${dayOf(time)}T00:00:00.000Z`) + 86_400_000).toISOString();
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}
