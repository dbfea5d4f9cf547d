// Writes docs/elements.md from the element table. `npx tsx scripts/elements-doc.ts`; a test says when it is stale.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AttrSpec, ElementSpec, KeyPart } from '../src/network/spec.ts';
import { allSpecs, type SpecPlace } from '../src/network/table.ts';
import { describeType } from '../src/network/values.ts';

export const ELEMENTS_DOC = path.resolve(import.meta.dirname, '../docs/elements.md');

/** The page as it should be. */
export function elementsDoc(): string {
  const shared = new Map<ElementSpec, SpecPlace[]>();
  for (const place of allSpecs()) {
    const same = shared.get(place.spec);
    if (same === undefined) shared.set(place.spec, [place]);
    else same.push(place);
  }
  return `${[...HEAD, ...[...shared].flatMap(([spec, places]) => section(spec, places))].join('\n')}\n`;
}

const HEAD = [
  '# Elements of a network',
  '',
  'Every element and attribute that Sluice knows, by its path, in the order in which libvirt prints them.',
  'This page is generated from `src/network/table.ts` by `scripts/elements-doc.ts`.',
  '',
  'What stands in brackets is the key: `ip[10.0.0.1]`, `range[10.0.0.2-10.0.0.100]`, `srv[ldap/tcp]`. Trailing parts of a key',
  'may be left out in a script, and then match anything; an empty part means that the attribute is absent.',
  'A default counts as written, in changes and in conditions; an element with nothing but defaults in it is *empty*.',
  'An attribute that is *no value of its own* stands neither in changes nor in policy. What is not on this page is of kind',
  '`unknown`: it survives edits, and only a rule that names it in quotes allows changing it.',
];

function section(spec: ElementSpec, places: readonly SpecPlace[]): readonly string[] {
  const [first, ...others] = places.map((place) => `\`${pathOf(place)}\``);
  const facts = [
    `${capital(spec.doc)}.`,
    ...(others.length === 0 ? [] : [`Also ${others.join(', ')}.`]),
    occurrence(spec),
    ...(spec.text === null ? [] : [`Text: ${describeType(spec.text)}.`]),
    ...(spec.ns === '' ? [] : [`Namespace \`${spec.ns}\`, whatever the prefix.`]),
    ...(spec.content === 'opaque' ? ['What is in it is kept as it stands; each child is one change.'] : []),
    ...(spec.mustBeNamed
      ? ['It can take over the host: an allow reaches it only by its name, never by `*` or `**`.']
      : []),
  ];
  return ['', `## ${first}`, '', facts.join(' '), ...attributes(spec), ...children(spec)];
}

function pathOf({ chain }: SpecPlace): string {
  const below = chain.slice(1);
  return below.length === 0 ? 'network' : below.map(stepOf).join('.');
}

function stepOf(spec: ElementSpec): string {
  if (spec.key === null) return spec.name;
  const { alternatives, separator } = spec.key;
  return `${spec.name}[${alternatives.map(({ parts }) => parts.map(partOf).join(separator)).join(' or ')}]`;
}

function partOf(part: KeyPart): string {
  return 'attr' in part ? part.attr : 'text';
}

function occurrence(spec: ElementSpec): string {
  switch (spec.cardinality) {
    case 'one':
      return 'Exactly one.';
    case 'many':
      return 'Any number.';
    case 'optional':
      return `At most one; libvirt reads the first.${spec.absentWhenEmpty ? ' Empty, it counts as absent.' : ''}`;
  }
}

function attributes(spec: ElementSpec): readonly string[] {
  if (spec.attrs.length === 0) return [];
  return [
    '',
    '| attribute | value | default | |',
    '|---|---|---|---|',
    ...spec.attrs.map(
      (attr) => `| \`${attr.name}\` | ${describeType(attr.type)} | ${standing(attr)} | ${note(attr)} |`,
    ),
  ];
}

function standing(attr: AttrSpec): string {
  if (attr.required) return 'needed';
  return attr.default === null ? '' : `\`${attr.default}\``;
}

function note(attr: AttrSpec): string {
  const { type } = attr;
  return [
    attr.doc,
    ...(type.kind === 'uint' && type.base0 ? ['hexadecimal with `0x`, octal with `0`'] : []),
    ...(type.kind === 'enum' && type.otherwise !== undefined
      ? [`any other text counts as \`${type.otherwise}\``]
      : []),
    ...(attr.restates === null ? [] : [`*no value of its own*: ${attr.restates}`]),
  ].join('; ');
}

function children(spec: ElementSpec): readonly string[] {
  if (spec.children.length === 0) return [];
  return ['', `In it: ${spec.children.map((child) => `\`${child.name}\``).join(', ')}.`];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === import.meta.filename) {
  writeFileSync(ELEMENTS_DOC, elementsDoc());
}
