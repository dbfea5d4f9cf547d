// `help`: all commands by group, and what there is to know about one word: a command, a verb, an element, a code.

import { catalogue } from '../diagnostics/catalogue.ts';
import { error } from '../diagnostics/diagnostic.ts';
import type { ElementSpec } from '../network/spec.ts';
import { networkSpec } from '../network/table.ts';
import { describeType } from '../network/values.ts';
import { nearestName } from '../std/nearest-name.ts';
import { keywordHelp } from '../syntax/keyword-help.ts';
import { heads } from '../syntax/keywords.ts';
import { columns, wrapped } from './columns.ts';
import type { Given } from './command-grammar.ts';
import { type CommandSpec, commands, formOf } from './commands.ts';
import type { Said } from './shell-state.ts';
import type { Words } from './words.ts';

const GROUPS: readonly { readonly group: CommandSpec['group']; readonly title: string }[] = [
  { group: 'Look', title: 'Look' },
  { group: 'Stage', title: 'Stage' },
  { group: 'Ask', title: 'Ask' },
  { group: 'Write', title: 'Write' },
  { group: 'Session', title: 'Session' },
];

export function helpText(topic: Given | null, words: Pick<Words, 'explain' | 'look'>): Said {
  const { width } = words.look();
  if (topic === null) return said(overview(width));
  const { text } = topic;
  const parts: string[] = [];
  for (const spec of commands)
    if (spec.name === text || spec.aliases.includes(text) || spec.name.split(' ')[1] === text)
      parts.push(commandHelp(spec, width));
  const verb = heads.find((word) => word === text);
  if (verb !== undefined)
    parts.push(`${keywordHelp[verb].form}\n${wrapped(keywordHelp[verb].about, width, 2)}`);
  const places = placesOf(text);
  if (places.length > 0) parts.push(elementHelp(places, width));
  if (Object.hasOwn(catalogue, text.toUpperCase())) {
    const page = words.explain(text.toUpperCase());
    if (page !== null) parts.push(page);
  }
  if (parts.length > 0) return said(parts.join('\n'));
  const near = nearestName(text, topics());
  return {
    text: '',
    diagnostics: [
      error('SL501', topic.span, `there is no help about \`${text}\``, {
        help: near === null ? '`help` alone lists the commands' : `did you mean \`${near}\`?`,
      }),
    ],
  };
}

function said(text: string): Said {
  return { text, diagnostics: [] };
}

/** Every word that `help` knows something about, codes aside. */
export function topics(): readonly string[] {
  const elements = new Set<string>();
  const visit = (spec: ElementSpec): void => {
    for (const child of spec.children) {
      if (elements.has(child.name)) continue;
      elements.add(child.name);
      visit(child);
    }
  };
  visit(networkSpec);
  return [...commands.map(({ name }) => name), ...heads, ...elements];
}

function overview(width: number): string {
  let text = wrapped(
    'Statements are those of the update language. They are staged; `commit` writes them.',
    width,
    0,
  );
  text += `\n${columns(
    heads.map((word) => ({ name: keywordHelp[word].form, about: keywordHelp[word].about })),
    width,
    2,
  )}`;
  for (const { group, title } of GROUPS) {
    const rows = commands
      .filter((one) => one.group === group)
      .map((spec) => ({ name: formOf(spec), about: spec.about }));
    text += `\n${title}:\n${columns(rows, width, 2)}`;
  }
  const more =
    '`help TOPIC` tells more about a command, a verb, an element or a code. A block goes on over lines until its bracket is closed. `?` in a line shows what can come next, Tab completes it.';
  return `${text}\n${wrapped(more, width, 0)}`;
}

function commandHelp(spec: CommandSpec, width: number): string {
  const also = spec.aliases.length === 0 ? '' : `  also: ${spec.aliases.join(', ')}\n`;
  const more = spec.more.map((line) => wrapped(line, width, 2)).join('');
  const examples = spec.examples.map((line) => `    ${line}\n`).join('');
  return `${formOf(spec)}\n${wrapped(spec.about, width, 2)}${also}${more}  such as:\n${examples}`;
}

type PlaceOf = { readonly path: string; readonly spec: ElementSpec };

/** Where in a network elements of this name stand. */
function placesOf(name: string): readonly PlaceOf[] {
  const found: PlaceOf[] = [];
  const visit = (spec: ElementSpec, path: string, above: readonly ElementSpec[]): void => {
    for (const child of spec.children) {
      if (above.includes(child)) continue;
      const at = path === '' ? child.name : `${path}.${child.name}`;
      if (child.name === name) found.push({ path: at, spec: child });
      visit(child, at, [...above, child]);
    }
  };
  visit(networkSpec, '', [networkSpec]);
  return found;
}

function elementHelp(places: readonly PlaceOf[], width: number): string {
  const bySpec = new Map<ElementSpec, string[]>();
  for (const { path, spec } of places) {
    const paths = bySpec.get(spec);
    if (paths === undefined) bySpec.set(spec, [path]);
    else paths.push(path);
  }
  return [...bySpec].map(([spec, paths]) => partHelp(spec, paths, width)).join('\n');
}

function partHelp(spec: ElementSpec, paths: readonly string[], width: number): string {
  const rows = spec.attrs.map(({ name, doc, type, required }) => ({
    name: `${name}=…`,
    about: `${required ? 'needed: ' : ''}${doc}; ${describeType(type)}`,
  }));
  if (spec.text !== null) rows.push({ name: '= …', about: `its text: ${describeType(spec.text)}` });
  if (spec.children.length > 0)
    rows.push({ name: 'in it', about: spec.children.map((child) => child.name).join(', ') });
  return `${wrapped(paths.join(', '), width, 0)}${wrapped(spec.doc, width, 2)}${columns(rows, width, 4)}`;
}
