// `--since`: a moment in the past as people write it, read by one clock.

/** Milliseconds since 1970, or null for what is no moment. Without a zone a date is UTC, as everywhere in Sluice. */
export function readSince(text: string, now: number): number | null {
  const word = text.trim().toLowerCase();
  const midnight = now - (now % DAY);
  if (word === 'today') return midnight;
  if (word === 'yesterday') return midnight - DAY;
  const ago = /^(\d{1,6}) ?(m|min|h|d|w)$/.exec(word);
  if (ago !== null) return now - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS]; // one of the pattern's words
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(z|[+-]\d\d:\d\d)?)?$/.exec(word) ?? [];
  if (date === undefined) return null;
  const day = new Date(`${date}T00:00:00Z`);
  // a day that the month lacks rolls over into the next
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) return null;
  const at = Date.parse(`${date}T${time ?? '00:00'}${zone ?? 'Z'}`.toUpperCase());
  return Number.isNaN(at) ? null : at;
}

const DAY = 86_400_000;
const UNITS = { m: 60_000, min: 60_000, h: 3_600_000, d: DAY, w: 7 * DAY } as const;
