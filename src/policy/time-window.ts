// Days and hours of a condition: `time in mon-fri 08:00-18:00 Europe/Berlin`. The clock is given, never read.
//
// A window is half open: its first minute is in, its last is not. One that ends before it begins runs over midnight and
// belongs to the day on which it begins. Times are those of the zone's wall clock; UTC when no zone is named.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import type { Span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';
import { err, ok, type Result } from '../std/result.ts';

const DAYS: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const DAY_MINUTES = 24 * 60;

export type TimeWindow = {
  /** Days on which it begins: 0 is Sunday. */
  readonly days: ReadonlySet<number>;
  /** Minutes since midnight; the end is more than a day's when the window runs over midnight. */
  readonly start: number;
  readonly end: number;
  /** An IANA name. */
  readonly zone: string;
};

type Word = { readonly text: string; readonly span: Span };

const HOURS = /^([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])$/;

/** Reads `[days] [hours] [zone]`, days and hours at least one of them. `at` is the place of the whole test. */
export function readTimeWindow(words: readonly Word[], at: Span): Result<TimeWindow, Diagnostic> {
  const rest = [...words];
  const days = readDays(rest[0]?.text ?? '');
  if (days !== null) rest.shift();
  const hours = readHours(rest[0]?.text ?? '');
  if (hours !== null) rest.shift();
  const [zone, extra] = rest;
  // `monday 08:00-18:00`: what stands before the hours was meant for days
  const misplaced = zone !== undefined && extra !== undefined && !isZone(zone.text) ? zone : extra;
  const wrong = misplaced ?? (days === null && hours === null ? (zone ?? { text: '', span: at }) : undefined);
  if (wrong !== undefined) {
    const found = wrong.text === '' ? 'expected days or hours' : `\`${wrong.text}\` is no time`;
    return err(error('SL637', wrong.span, found, { help: helpFor(wrong.text) }));
  }
  const start = hours?.start ?? 0;
  const end = hours?.end ?? DAY_MINUTES;
  if (start === end || start >= DAY_MINUTES) {
    return err(error('SL637', at, 'this window is empty', { help: 'a whole day is 00:00-24:00' }));
  }
  if (zone !== undefined && !isZone(zone.text)) {
    const near = nearestName(zone.text, Intl.supportedValuesOf('timeZone'));
    return err(
      error('SL638', zone.span, `unknown time zone \`${zone.text}\``, {
        help:
          near === null
            ? 'write a name such as `Europe/Berlin`, or leave it out for UTC'
            : `did you mean \`${near}\`?`,
      }),
    );
  }
  return ok({
    days: days ?? new Set(DAYS.keys()),
    start,
    end: end > start ? end : end + DAY_MINUTES,
    zone: zone?.text ?? 'UTC',
  });
}

/** What people write for days. */
const OTHER_DAYS = new Map([
  ['weekdays', 'mon-fri'],
  ['workdays', 'mon-fri'],
  ['weekend', 'sat-sun'],
  ['weekends', 'sat-sun'],
  ['daily', 'mon-sun'],
  ['always', 'mon-sun'],
]);

function helpFor(text: string): string {
  const lower = text.toLowerCase();
  const short = lower
    .split('-')
    .map((day) => DAYS.find((one) => day.startsWith(one)) ?? null)
    .join('-');
  const days = OTHER_DAYS.get(lower) ?? (readDays(short) === null ? null : short);
  if (days !== null) return `did you mean \`${days}\`?`;
  if (/^[0-9]{1,2}(:[0-9]{1,2})?-[0-9]{1,2}(:[0-9]{1,2})?$/.test(text))
    return 'hours have two digits each and run to 24:00: `08:00-18:00`';
  return 'write days, hours and a zone: `time in mon-fri 08:00-18:00 Europe/Berlin`';
}

function readDays(text: string): ReadonlySet<number> | null {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = '', last = first, ...more] = part.split('-');
    const from = DAYS.indexOf(first);
    const to = DAYS.indexOf(last);
    if (from === -1 || to === -1 || more.length > 0) return null;
    for (let day = from; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === to) break;
    }
  }
  return days;
}

function readHours(text: string): { readonly start: number; readonly end: number } | null {
  const found = HOURS.exec(text);
  if (found === null) return null;
  const minutes = (hour: string | undefined, minute: string | undefined): number =>
    Number(hour) * 60 + Number(minute);
  const start = minutes(found[1], found[2]);
  const end = minutes(found[3], found[4]);
  return start > DAY_MINUTES || end > DAY_MINUTES ? null : { start, end };
}

function isZone(name: string): boolean {
  // the first question to Intl takes tens of milliseconds
  if (name === 'UTC') return true;
  // `+02:00` is a zone to newer engines only, and says nothing about summer
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The clock as the zone's wall shows it: `day` 0 is Sunday, minutes since midnight. */
function wallClock(clock: number, zone: string): { readonly day: number; readonly minute: number } {
  if (zone === 'UTC') {
    const date = new Date(clock);
    return { day: date.getUTCDay(), minute: date.getUTCHours() * 60 + date.getUTCMinutes() };
  }
  const parts = formatterOf(zone).formatToParts(new Date(clock));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return {
    day: DAYS.indexOf(part('weekday').toLowerCase()),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making one takes milliseconds. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    formatters.set(zone, formatter);
  }
  return formatter;
}

/** True when the clock (milliseconds since 1970, UTC) is in the window. */
export function inWindow({ days, start, end, zone }: TimeWindow, clock: number): boolean {
  const { day, minute } = wallClock(clock, zone);
  if (days.has(day) && minute >= start && minute < end) return true;
  const sinceYesterday = minute + DAY_MINUTES;
  return days.has((day + 6) % 7) && sinceYesterday >= start && sinceYesterday < end;
}

/** `Tue 19:30 UTC`: for messages. */
export function wallClockText(clock: number, zone: string): string {
  const { day, minute } = wallClock(clock, zone);
  const name = DAYS[day] ?? '';
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)} ${two(Math.floor(minute / 60))}:${two(minute % 60)} ${zone}`;
}
