// A point in time as people write it in a question or a test: `2026-03-01T12:00Z`, or `sat 23:30` for any Saturday.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { err, ok, type Result } from '../std/result.ts';
import type { Word } from './condition-syntax.ts';

const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
/** A week in winter, when the clocks of most zones stand at their standard time: Monday, 5 January 2026. */
const MONDAY = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?(Z|[+-]\d{2}:\d{2})?$/;
const WEEKDAY = /^([a-z]{3})(?: (\d{2}):(\d{2}))?$/;

/** Milliseconds since 1970. Times without a zone are UTC, days without a time begin at midnight. */
export function readMoment({ text, span }: Word): Result<number, Diagnostic> {
  const date = DATE.exec(text);
  if (date !== null) {
    const [, day = '', time = '00:00', zone = 'Z'] = date;
    const at = Date.parse(`${day}T${time}${zone}`);
    // Date takes 31 June for 1 July
    if (!Number.isNaN(at) && new Date(Date.parse(`${day}T00:00Z`)).toISOString().startsWith(day))
      return ok(at);
  }
  const [, name = '', hour = '00', minute = '00'] = WEEKDAY.exec(text) ?? [];
  const index = DAYS.indexOf(name);
  if (index !== -1 && Number(hour) < 24 && Number(minute) < 60)
    return ok(MONDAY + index * DAY + (Number(hour) * 60 + Number(minute)) * 60_000);
  return err(
    error('SL658', span, `\`${text}\` is no time`, {
      help: 'write `2026-03-01T12:00Z`, or `sat 23:30` for a Saturday in winter; times without a zone are UTC',
    }),
  );
}
