// Whether a policy file is all there: a file may say where it begins and ends, so that a part of it is never taken for it.
//
// Its first line is `# begin policy`, its last `# end policy`, or `# end policy sha256 HASH` with the hash of all that
// stands before that line. To Casbin, and to the rest of Sluice, these are comments.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { hashOf } from './files/durable.ts';

const BEGIN = /^# *begin policy$/;
const END = /^# *end policy(?: +sha256 +([0-9a-f]{64}))?$/;

/** True when the file says where it begins. */
export function isSealed(rules: Source): boolean {
  const first = firstLine(rules);
  return first !== null && BEGIN.test(textOf(first));
}

/** Null when nothing is missing, as far as the file says. */
export function whyNotWhole(rules: Source): Diagnostic | null {
  const first = firstLine(rules);
  const last = lastLine(rules);
  if (first === null || last === null) return null;
  const end = END.exec(textOf(last));
  const begins = BEGIN.test(textOf(first));
  if (!begins && end === null) return null;
  if (!begins) {
    return error('SL842', first, `\`${rules.name}\` has an end and no beginning`, {
      help: 'its first line has to be `# begin policy`, or something before it is missing',
    });
  }
  if (end === null) {
    return error('SL842', last, `\`${rules.name}\` is not all there: it begins and does not end`, {
      labels: [{ span: first, message: 'it says here that it has an end' }],
      help: 'its last line has to be `# end policy`; wait until it is written, or write the rest',
    });
  }
  const [, hash] = end;
  if (hash === undefined || hash === hashOf(rules.text.slice(0, last.start))) return null;
  return error('SL843', last, `\`${rules.name}\` is not what its last line says`, {
    help: `if it was changed on purpose: ${hashOf(rules.text.slice(0, last.start))}`,
  });
}

function textOf({ source, start, end }: Span): string {
  return source.text.slice(start, end).trim();
}

/** The first line that is not blank; null when there is none. A byte order mark is no part of it. */
function firstLine(source: Source): Span | null {
  const start = source.text.search(/[^\s\ufeff]/);
  if (start === -1) return null;
  const end = source.text.indexOf('\n', start);
  return span(source, start, end === -1 ? source.text.length : end);
}

function lastLine(source: Source): Span | null {
  const end = source.text.trimEnd().length;
  return end === 0 ? null : span(source, source.text.lastIndexOf('\n', end - 1) + 1, end);
}
