// The one Casbin model that Sluice knows, and the check that a model.conf says exactly this.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { nearestName } from '../std/nearest-name.ts';

/** Section → its one definition, as `key` and value with single blanks. */
const DEFINITIONS = new Map<string, { readonly key: string; readonly value: string }>([
  ['request_definition', { key: 'r', value: 'sub, net, obj, op, scope, c' }],
  ['policy_definition', { key: 'p', value: 'eft, sub, net, obj, op, scope, when' }],
  ['role_definition', { key: 'g', value: '_, _, _' }],
  // Casbin compares this text with the forms that it has built in; another spacing is another, unsupported effect
  ['policy_effect', { key: 'e', value: 'some(where (p.eft == allow)) && !some(where (p.eft == deny))' }],
  [
    'matchers',
    {
      key: 'm',
      // without the first clause a deny for everyone would never match: g() knows only links
      value:
        '(p.sub == "role:everyone" || g(r.sub, p.sub, r.net)) && netMatch(r.net, p.net) && opMatch(r.op, p.op) && scopeMatch(r.scope, p.scope) && objMatch(r.obj, p.obj) && when(p.when, p.eft, r.c)',
    },
  ],
]);

/** What the engine is built from, whatever the spacing and comments of the file. */
export const MODEL_TEXT = [...DEFINITIONS]
  .map(([section, { key, value }]) => `[${section}]\n${key} = ${value}\n`)
  .join('');

/** Every place where the file differs from the model. Empty: it says the same. */
export function checkModel(source: Source): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const complain = (at: Span | null, message: string, help: string): void => {
    diagnostics.push(error('SL601', at, message, { help }));
  };
  const seen = new Set<string>();
  const defined = new Set<string>();
  let section: string | null = null;
  for (const { text, at } of definitionsOf(source)) {
    if (text.startsWith('[') && text.endsWith(']')) {
      section = text.slice(1, -1);
      if (!DEFINITIONS.has(section)) {
        const near = nearestName(section, DEFINITIONS.keys());
        complain(
          at,
          `unknown section \`${section}\``,
          near === null
            ? `sections are ${[...DEFINITIONS.keys()].join(', ')}`
            : `did you mean \`[${near}]\`?`,
        );
      } else if (seen.has(section)) {
        complain(at, `section \`${section}\` stands here a second time`, 'delete it');
      }
      seen.add(section);
      continue;
    }
    const wanted = section === null ? undefined : DEFINITIONS.get(section);
    if (section === null) {
      complain(
        at,
        'definition outside a section',
        'copy model.conf from the policies directory that Sluice ships',
      );
    } else if (wanted !== undefined) {
      const equals = text.indexOf('=');
      const key = equals === -1 ? text : text.slice(0, equals).trim();
      const value = equals === -1 ? '' : text.slice(equals + 1).trim();
      if (key !== wanted.key || defined.has(section))
        complain(
          at,
          `unknown definition \`${key}\``,
          `\`[${section}]\` holds \`${wanted.key}\` and nothing else`,
        );
      else if (value !== wanted.value)
        complain(
          at,
          `\`${key}\` differs from the model that Sluice knows`,
          `write: ${key} = ${wanted.value}`,
        );
      if (key === wanted.key) defined.add(section);
    }
  }
  for (const [name, { key, value }] of DEFINITIONS) {
    if (!defined.has(name))
      complain(null, `\`${source.name}\` lacks \`[${name}]\``, `add: ${key} = ${value}`);
  }
  return diagnostics;
}

/** The lines that say something, comments off and blanks made single. A joined line (`\\` at its end) is simply another text. */
function definitionsOf(source: Source): readonly { readonly text: string; readonly at: Span }[] {
  const found: { text: string; at: Span }[] = [];
  let start = 0;
  for (const line of source.text.split('\n')) {
    const text = (/^[^#;]*/.exec(line)?.[0] ?? '').trim().replace(/\s+/g, ' ');
    if (text !== '')
      found.push({
        text,
        at: span(source, start + line.length - line.trimStart().length, start + line.trimEnd().length),
      });
    start += line.length + 1;
  }
  return found;
}
