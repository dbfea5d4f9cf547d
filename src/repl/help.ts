// `help`: all commands by group, and what there is to know about one word: a command, a verb, an element, a code.

import { catalogue } from '../diagnostics/catalogue.ts';
import { error } from '../diagnostics/diagnostic.ts';
import { visible } from '../diagnostics/render-text.ts';
import type { ElementSpec } from '../network/spec.ts';
import { networkSpec } from '../network/table.ts';
import { describeType } from '../network/values.ts';
import { nearestName } from '../std/nearest-name.ts';
import { keywordHelp } from '../syntax/keyword-help.ts';
import { heads } from '../syntax/keywords.ts';
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

export function helpText(topic: Given | null, words: Words): Said {
  if (topic === null) return said(overview());
  const { text } = topic;
  const parts: string[] = [];
  for (const spec of commands)
    if (spec.name === text || spec.aliases.includes(text) || spec.name.split(' ')[1] === text)
      parts.push(commandHelp(spec));
  const verb = heads.find((word) => word === text);
  if (verb !== undefined) parts.push(`${keywordHelp[verb].form}\n  ${keywordHelp[verb].about}\n`);
  const places = placesOf(text);
  if (places.length > 0) parts.push(elementHelp(places));
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

function overview(): string {
  let text = 'Statements are those of the update language. They are staged; `commit` writes them.\n\n';
  const width = Math.max(...heads.map((word) => keywordHelp[word].form.length));
  for (const { form, about } of heads.map((word) => keywordHelp[word]))
    text += `  ${form.padEnd(width)}  ${about}\n`;
  for (const { group, title } of GROUPS) {
    text += `\n${title}:\n`;
    for (const spec of commands.filter((one) => one.group === group))
      text += `  ${formOf(spec)}\n      ${spec.about}\n`;
  }
  text +=
    '\n`help TOPIC` tells more about a command, a verb, an element or a code. A block goes on over lines\n';
  text += 'until its bracket is closed. `?` in a line shows what can come next, Tab completes it.\n';
  return text;
}

function commandHelp(spec: CommandSpec): string {
  const also = spec.aliases.length === 0 ? '' : `  also: ${spec.aliases.join(', ')}\n`;
  const more = spec.more.map((line) => `  ${line}\n`).join('');
  const examples = spec.examples.map((line) => `    ${line}\n`).join('');
  return `${formOf(spec)}\n  ${spec.about}\n${also}${more}  such as:\n${examples}`;
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

function elementHelp(places: readonly PlaceOf[]): string {
  const bySpec = new Map<ElementSpec, string[]>();
  for (const { path, spec } of places) {
    const paths = bySpec.get(spec);
    if (paths === undefined) bySpec.set(spec, [path]);
    else paths.push(path);
  }
  let text = '';
  for (const [spec, paths] of bySpec) {
    text += `${paths.join(', ')}\n`;
    for (const attr of spec.attrs)
      text += `  ${attr.name}=…  ${visible(describeType(attr.type))}${attr.required ? '  (needed)' : ''}\n`;
    if (spec.text !== null) text += `  = …  its text: ${visible(describeType(spec.text))}\n`;
    if (spec.children.length > 0) text += `  in it: ${spec.children.map((child) => child.name).join(', ')}\n`;
  }
  return text;
}
