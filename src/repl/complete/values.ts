// What can be the value of an attribute or a text: by its type in the table, and by what the document has.

import { effectiveText } from '../../network/meaning.ts';
import type { AttrSpec, ElementSpec, ValueType } from '../../network/spec.ts';
import { attrSpecOf } from '../../network/table.ts';
import { describeType } from '../../network/values.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { XmlElement } from '../../xml/document.ts';
import { freeAddresses, subnetAround } from './addresses.ts';
import { childrenAt, elementsAt, type Place, textsAt, valueAt } from './places.ts';
import { type Finder, MOST, suggest, suggestBlank, suggestKey, suggestValue } from './suggestion.ts';
import type { World } from './world.ts';

/** Free addresses of so many subnets, so many of each. */
const MOST_SUBNETS = 4;
const MOST_FREE = 8;

/** What the attribute of any of the places can be made. */
export function suggestAttribute(finder: Finder, world: World, places: readonly Place[], name: string): void {
  const subnets = new Set<XmlElement>();
  for (const place of places) {
    const spec = place.spec === null ? null : attrSpecOf(place.spec, name);
    const now = valueAt(place, name);
    if (now !== null && spec?.type.kind !== 'enum' && spec?.type.kind !== 'stp')
      suggestValue(finder, now, 'as it is now');
    if (spec === null) continue;
    suggestOfType(finder, world, spec.type, now, spec.default);
    if (spec.type.kind !== 'ip') continue;
    const subnet = subnetAround(place);
    if (subnet === null || subnets.has(subnet.element) || subnets.size >= MOST_SUBNETS) continue;
    subnets.add(subnet.element);
    for (const { address, inRange } of freeAddresses(subnet, finder.begun, MOST_FREE))
      suggestValue(
        finder,
        address,
        `free in ${subnet.name}${inRange ? ', but lent to others by a range' : ''}`,
      );
  }
}

/** What a text of the place can be made. */
export function suggestText(finder: Finder, world: World, { spec, element }: Place): void {
  if (spec?.text == null) return;
  const now = element === null ? null : (effectiveText(spec, element)?.value ?? null);
  if (now !== null) suggestValue(finder, now, 'as it is now');
  suggestOfType(finder, world, spec.text, now, null);
}

export function suggestOfType(
  finder: Finder,
  world: World,
  type: ValueType,
  now: string | null,
  usual: string | null,
): void {
  const about = (value: string): string =>
    [...(value === now ? ['as it is now'] : []), ...(value === usual ? ['the default'] : [])].join(', ');
  switch (type.kind) {
    case 'enum':
      for (const value of type.values) suggestValue(finder, value, about(value));
      return;
    case 'stp':
      for (const value of ['on', 'off']) suggestValue(finder, value, about(value));
      return;
    case 'mac':
      suggest(finder, {
        written: '52:54:00:',
        text: '52:54:00:',
        help: 'how the MAC addresses of QEMU guests begin',
        closed: false,
      });
      break;
    case 'name':
      if (type.of === 'interface')
        for (const name of world.interfaces) suggestValue(finder, name, 'interface of the host');
      break;
    case 'text':
    case 'hostname':
    case 'uuid':
    case 'ip':
    case 'netmask':
    case 'duid':
    case 'uint':
    case 'pci':
      break;
    default:
      unreachable(type);
  }
  suggestBlank(finder, labelOf(type), describeType(type));
}

/** A value of the type as one word in capitals. */
export function labelOf(type: ValueType): string {
  switch (type.kind) {
    case 'enum':
      return type.values.length > 4 ? 'WORD' : type.values.join('|');
    case 'stp':
      return 'on|off';
    case 'ip':
      return 'ADDRESS';
    case 'uint':
    case 'pci':
      return 'NUMBER';
    case 'hostname':
    case 'name':
      return 'NAME';
    case 'text':
    case 'mac':
    case 'uuid':
    case 'netmask':
    case 'duid':
      return type.kind.toUpperCase();
    default:
      return unreachable(type);
  }
}

/** The values that an attribute has in elements of this kind. */
export function suggestExisting(
  finder: Finder,
  places: readonly Place[],
  spec: ElementSpec,
  name: string,
): void {
  for (const above of places) {
    const elements = elementsAt(above, spec);
    const values = textsAt(above, spec, name);
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      if (value === undefined || value === '' || !value.startsWith(finder.begun)) continue;
      const element = elements[at];
      if (element !== undefined) suggestValue(finder, value, helpFor(finder, spec, element, name));
    }
  }
}

/** The keys of the elements of this kind, as they can be written behind `[`. */
export function suggestKeys(finder: Finder, above: Place, spec: ElementSpec): void {
  const children = childrenAt(above, spec);
  const offer = (attr: string | null): void => {
    const texts = textsAt(above, spec, attr);
    for (let at = 0; at < texts.length; at++) {
      const text = texts[at];
      if (text === undefined || text === '' || !text.startsWith(finder.begun)) continue;
      const child = children[at];
      if (child?.key == null || child.key.kind === attr) continue;
      suggestKey(finder, text, helpFor(finder, spec, child.element, attr ?? child.key.kind));
    }
  };
  offer(null);
  // by another form of the key than the one that names it: a host with a mac is found by its name, too
  const alternatives = spec.key?.alternatives ?? [];
  if (finder.begun === '' || alternatives.length < 2 || finder.more > 0) return;
  for (const [part] of alternatives.map(({ parts }) => parts))
    if (part !== undefined && 'attr' in part) offer(part.attr);
}

/** What is beyond the most that are shown needs no words. */
function helpFor(finder: Finder, spec: ElementSpec, element: XmlElement, but: string): string {
  return finder.found.size < MOST ? summary(spec, element, but) : '';
}

/**
 * The element's attributes in one line; what it is where there are none. Not those that are told already: the attribute `but`, or
 * the key, where `but` is its kind.
 */
export function summary(spec: ElementSpec, element: XmlElement, but: string): string {
  const key = spec.key?.alternatives.find(({ kind }) => kind === but)?.parts ?? [];
  const words = element.attrs
    .filter(({ name }) => name !== but && !name.startsWith('xmlns'))
    .filter(({ name }) => !key.some((part) => 'attr' in part && part.attr === name))
    .map(({ name, value }) => `${name}=${value}`);
  return words.length === 0 ? spec.doc : words.join(' ');
}

/** What is said of an attribute: what it is for, whether it must be there, what it is without. */
export function aboutAttribute({ doc, required, default: usual, restates }: AttrSpec): string {
  if (restates !== null) return `${doc}; ${restates}`;
  if (required) return `${doc} (required)`;
  return usual === null ? doc : `${doc} (default ${usual})`;
}
