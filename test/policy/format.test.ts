// `policy fmt`: the layout of policy.csv changes, and nothing else.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRows } from '../../src/policy/csv.ts';
import { formatPolicy } from '../../src/policy/format.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { given } from './against-casbin.ts';

function formatted(text: string): string | null {
  return formatPolicy({ name: 'policy.csv', text }).value;
}

function load(text: string): Policy | null {
  return loadPolicy({
    model: { name: 'model.conf', text: MODEL_TEXT },
    rules: { name: 'policy.csv', text },
    name: 'p',
  }).value;
}

/** Rows and links by what they say. */
function said(policy: Policy | null): unknown {
  return policy === null
    ? null
    : {
        rules: policy.rules.map(({ effect, subject, network, path, operation, scope, when }) => [
          effect,
          subject,
          network,
          path,
          operation,
          scope,
          when,
        ]),
        links: policy.links,
      };
}

describe('layout', () => {
  test.each<[string, string, string]>([
    ['nothing', '', ''],
    ['blank lines only', '\n \n\t\n', ''],
    ['no line end', 'g,user:a,role:b,*', 'g, user:a, role:b, *\n'],
    [
      'columns below each other',
      'g,user:alice,role:a,default\ng, user:b , role:operator,*',
      'g, user:alice, role:a,        default\ng, user:b,     role:operator, *\n',
    ],
    [
      'p and g rows have their own columns',
      'g, user:alice, role:a, *\np, allow, user:b, *, domain, *, *, ""',
      'g, user:alice, role:a, *\np, allow, user:b, *, domain, *, *, ""\n',
    ],
    [
      'blocks end at empty lines; one is enough',
      'g, user:alice, role:a, *\n\n\n\ng, user:b, role:a, *\n\n',
      'g, user:alice, role:a, *\n\ng, user:b, role:a, *\n',
    ],
    [
      'comments stay, and break no block',
      '  # who  \ng, user:alice, role:a, *\n#g, user:x,   role:y, *\ng, user:b, role:a, *',
      '# who\ng, user:alice, role:a, *\n#g, user:x,   role:y, *\ng, user:b,     role:a, *\n',
    ],
    [
      'quotes where they are needed, and around conditions',
      '"p","allow",user:a,"*","dns.txt[\'a,b\']","*",*,role b\np,deny,user:a,*,domain,*,*,""',
      'p, allow, user:a, *, "dns.txt[\'a,b\']", *, *, "role b"\np, deny,  user:a, *, domain,           *, *, ""\n',
    ],
    [
      'a long column moves its own row only',
      'p, allow, user:a, *, ip[*].dhcp.host[52:54:00:00:00:01].lease.**, *, *, ""\np, allow, user:a, *, domain, *, *, ""',
      'p, allow, user:a, *, ip[*].dhcp.host[52:54:00:00:00:01].lease.**, *, *, ""\np, allow, user:a, *, domain, *, *, ""\n',
    ],
    ['CRLF and a byte order mark', '\ufeff# x\r\ng,user:a,role:b,*\r\n', '# x\ng, user:a, role:b, *\n'],
    [
      'a row that was cut short is not made whole',
      'p,allow,user:a,*,domain,*,*,',
      'p, allow, user:a, *, domain, *, *,\n',
    ],
    ['rows that are none', 'q,  x\np,   allow', 'q,  x\np,   allow\n'],
  ])('%s', (_, text, wanted) => {
    expect(formatted(text)).toBe(wanted);
  });

  test('what cannot be taken apart is told and left alone', () => {
    const { value, diagnostics } = formatPolicy({ name: 'policy.csv', text: 'p, "allow, user:a' });
    expect(value).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['SL604']);
  });
});

test('a file that ends with its hash ends with its new one', () => {
  const seal = (text: string): string => `${text}# end policy sha256 ${sha256Hex(text)}\n`;
  for (const blank of ['', '\n']) {
    const before = `# begin policy\ng,user:a,role:b,*\n${blank}`;
    const after = `# begin policy\ng, user:a, role:b, *\n${blank}`;
    expect(formatted(seal(before))).toBe(seal(after));
    expect(formatted(seal(after))).toBe(seal(after));
  }
  const wrong = `# begin policy\ng,user:a,role:b,*\n# end policy sha256 ${'0'.repeat(64)}`;
  expect(formatted(wrong)).toContain('0'.repeat(64));
});

test('the shipped policy is laid out', () => {
  const text = readFileSync(new URL('../../policies/policy.csv', import.meta.url), 'utf8');
  expect(formatted(text)).toBe(text);
});

/** Any spelling of the rows: blanks, quotes, comments, empty lines. */
const spelled = fc.tuple(given, fc.infiniteStream(fc.nat({ max: 7 }))).map(([{ rows }, dice]) => {
  const next = (): number => dice.next().value ?? 0;
  return readRows({ name: 'r', text: rows })
    .rows.flatMap((row) => [
      ...(next() === 0 ? ['', ''] : next() === 0 ? [`#  p, x,${row.text}  `] : []),
      row.fields
        .map(({ value }) => {
          const quoted = /^$|[",]/.test(value) || next() < 3;
          const text = quoted ? `"${value.replaceAll('"', '""')}"` : value;
          return `${' '.repeat(next() % 3)}${text}${'\t'.repeat(next() % 2)}`;
        })
        .join(','),
    ])
    .join(next() < 4 ? '\n' : '\r\n');
});

test('means the same, and formatting twice changes nothing', () => {
  fc.assert(
    fc.property(spelled, (text) => {
      const once = formatted(text);
      expect(once).not.toBeNull();
      expect(formatted(once ?? '')).toBe(once);
      const before = load(text);
      expect(before).not.toBeNull();
      expect(said(load(once ?? ''))).toEqual(said(before));
      const comments = (of: string): readonly string[] =>
        of.split(/\r?\n/).flatMap((line) => (line.trim().startsWith('#') ? [line.trim()] : []));
      expect(comments(once ?? '')).toEqual(comments(text));
    }),
    { numRuns: 100 },
  );
});

test('any text is formatted to what says the same, or told', () => {
  const piece = fc.constantFrom(
    'p',
    'g',
    ',',
    '"',
    '""',
    ' ',
    '\n',
    '\r\n',
    '#',
    '*',
    '(',
    ')',
    'allow',
    'user:a',
    "'",
    '\ufeff',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      const once = formatted(text);
      if (once === null) return;
      const columns = (of: string): unknown =>
        readRows({ name: 'r', text: of }).rows.map((row) => row.fields.map(({ value }) => value));
      expect(columns(once)).toEqual(columns(text));
      expect(formatted(once)).toBe(once);
    }),
    { numRuns: 1_000 },
  );
});
