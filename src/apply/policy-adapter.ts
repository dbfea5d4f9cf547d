// A policy out of a Casbin adapter of the user's choice: a database, a service. Its rows are read as strictly as a file's.

import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type PolicyAdapter, rowsOfAdapter } from '../policy/adapter-rows.ts';
import { loadPolicy } from '../policy/load.ts';
import { MODEL_TEXT } from '../policy/model-conf.ts';
import type { Policy } from '../policy/policy.ts';
import { lineSpan, type Source } from '../source/source.ts';

export type AdapterOptions = {
  /** For messages, verdicts and the journal: `postgres`, say, whose row 12 is `postgres:12`. */
  readonly name?: string;
  /** A model.conf, which has to say what the shipped one says; without it that one is meant. */
  readonly model?: Source;
};

/**
 * Loads a policy from anything that Casbin can load one from. Only `loadPolicy` of the adapter is called, once, and
 * nothing is kept up to date: load again to see what changed. Null when anything is wrong; where a message or a verdict
 * names a line, that is the number of the row: `p` rows first, then `g` rows, each from 1 on in the adapter's order.
 *
 * @example
 * import { StringAdapter } from 'casbin';
 * const adapter = new StringAdapter('p, allow, user:nina, *, **, *, *, ""');
 * const { value: policy, diagnostics } = await loadPolicyFromAdapter(adapter, { name: 'rows' });
 */
export async function loadPolicyFromAdapter(
  adapter: PolicyAdapter,
  options: AdapterOptions = {},
): Promise<Checked<Policy | null>> {
  const { name = '<adapter>', model = { name: 'model.conf', text: MODEL_TEXT } } = options;
  let read: readonly (readonly unknown[])[];
  try {
    read = await rowsOfAdapter(adapter);
  } catch (thrown) {
    // a foreign library's whole world of failures: a database that is down, a row that it cannot split
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    const help = 'no policy was loaded; see whether what the adapter reads from is there';
    return {
      value: null,
      diagnostics: [error('SL846', null, `the policy adapter \`${name}\` failed: ${reason}`, { help })],
    };
  }
  const rows = read.map((row) => row.map(readValue));
  const rules: Source = {
    name,
    text: rows.map((row) => `${row.map(({ text }) => column(text)).join(', ')}\n`).join(''),
  };
  const strange = rows.flatMap((row, at): readonly Diagnostic[] => {
    const wrong = row.find((value) => value.wrong !== null);
    if (wrong === undefined) return [];
    return [
      error(
        'SL847',
        lineSpan(rules, at + 1),
        `row ${at + 1} of \`${name}\` has a value that ${wrong.wrong}`,
        {
          help: 'correct it where the adapter reads it from',
        },
      ),
    ];
  });
  const loaded = loadPolicy({ model, rules, name });
  if (strange.length === 0) return loaded;
  return { value: null, diagnostics: [...strange, ...loaded.diagnostics] };
}

type Value = { readonly text: string; readonly wrong: string | null };

/** What a file could not say in one column is wrong; `text` is then what can be shown of it. */
function readValue(value: unknown): Value {
  if (typeof value !== 'string') return { text: String(value), wrong: 'is no text' };
  if (/[\n\r]/.test(value))
    return { text: value.replace(/[\n\r]+/g, ' ').trim(), wrong: 'holds a line break' };
  // Casbin compares it with its blanks, a file cannot have them
  if (value !== value.trim()) return { text: value.trim(), wrong: 'begins or ends with a blank' };
  return { text: value, wrong: null };
}

/** As policy.csv would have it. */
function column(text: string): string {
  return text === '' || /[",#]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
