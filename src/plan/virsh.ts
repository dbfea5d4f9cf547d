// The `virsh net-update` commands that do to a network what the changes say, in the scope that they have, where libvirt has
// such commands.

import type { Change, Pair } from '../diff/change.ts';
import { stepsOf } from '../diff/change.ts';
import { xpathAttr, xpathChildren } from '../network/libvirt-reading.ts';
import { childrenOf, effectiveAttr, type SemChild } from '../network/meaning.ts';
import { keyIdentity, pathText, type Step } from '../network/path.ts';
import type { Scope } from '../network/scope.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attrSpecOf, specAt } from '../network/table.ts';
import { familyOf, ipInCidr, parseCidr, parseIp } from '../network/values.ts';
import { unreachable } from '../std/unreachable.ts';
import { escapeText, escapeValue } from '../xml/characters.ts';
import { textOf, type XmlDocument, type XmlElement } from '../xml/document.ts';
import { type Item, type List, planLists, type Remark, type Step as UpdateStep } from './virsh-lists.ts';
import { type Section, sections } from './virsh-sections.ts';

/**
 * `commands`: lines for a shell, to be run in order on the network as `base` has it. `remainder`: a comment line (`# …`)
 * for each thing that no command does, and what to do instead. `changes` are those of diffDocuments(base, …).
 * A command that would hit another element than the one that changed is not given: it is part of the remainder.
 */
export function virshCommands(
  network: string,
  base: XmlDocument,
  changes: readonly Change[],
): { readonly commands: readonly string[]; readonly remainder: readonly string[] } {
  const { steps, remarks, left } = planUpdates(base, changes, sections, 0);
  const remainder = [...left.map(({ says, reason }) => `${says}: ${reason}`), ...remarks.map(remarkText)];
  return {
    commands: steps.map((step) => commandText(network, step, changes[0]?.scope ?? 'config')),
    remainder: [...new Set(remainder)].map((line) => `# ${line}; ${adviceFor(network, line)}`),
  };
}

/** A change that belongs to no section. */
export type Left = { readonly change: Change; readonly says: string; readonly reason: string };

/**
 * The updates of single elements that carry out the changes on `base`, in order. `use` are the sections that exist;
 * `rebuild` is how many elements may be taken out and put back for the sake of the order. What no update does is in
 * `remarks` and `left`.
 */
export function planUpdates(
  base: XmlDocument,
  changes: readonly Change[],
  use: readonly Section[],
  rebuild: number,
): {
  readonly steps: readonly UpdateStep[];
  readonly remarks: readonly Remark[];
  readonly left: readonly Left[];
} {
  const sorted = sortChanges(changes, use);
  const steps: UpdateStep[] = [];
  const remarks: Remark[] = [];
  // dhcp first goes from every address, then comes to another: libvirt serves one of a family
  for (const group of [
    ['forward-interface'],
    ['ip-dhcp-range', 'ip-dhcp-host'],
    ['dns-host'],
    ['dns-txt'],
    ['dns-srv'],
    ['portgroup'],
  ]) {
    const lists = sorted.touched
      .filter(({ section }) => group.includes(section.name))
      .map((touched) => listOf(touched, base, rebuild));
    if (lists.length === 0) continue;
    if (group.includes('ip-dhcp-host')) lists.push(...otherDhcpLists(base, lists));
    const planned = planLists(lists);
    steps.push(...planned.steps);
    remarks.push(...planned.remarks);
  }
  return { steps, remarks, left: sorted.left };
}

function adviceFor(network: string, line: string): string {
  if (line.endsWith(NOT_STORED)) return 'nothing to do';
  return line.endsWith(NEVER)
    ? 'undefine the network and define it anew'
    : `virsh net-edit ${shellWord(network)}, takes effect at next start`;
}

const NOT_STORED = 'libvirt does not store it';
const NEVER = 'libvirt never changes it';

// ---- which section each change belongs to ----

/** The children of one element that a section is about, and what changed among them. */
type Touched = {
  readonly section: Section;
  readonly parent: Pair;
  /** Elements of the base and of the result that changed inside or moved. */
  readonly changed: Set<XmlElement>;
  readonly moved: Set<XmlElement>;
  /** By the element of the base, or else of the result. */
  readonly changes: Map<XmlElement, Change[]>;
};

type Sorted = { readonly touched: readonly Touched[]; readonly left: readonly Left[] };

/** These come and go with what is in them. */
const CONTAINERS: ReadonlySet<ElementSpec | null> = new Set([specAt(['dns']), specAt(['ip', 'dhcp'])]);

function sortChanges(changes: readonly Change[], use: readonly Section[]): Sorted {
  const touched = new Map<Pair, Map<Section, Touched>>();
  const left: Left[] = [];
  for (const change of changes) {
    const found = sectionOf(change, use);
    switch (found.type) {
      case 'section': {
        const { section, item, parent } = found;
        const ofParent = touched.get(parent) ?? new Map<Section, Touched>();
        touched.set(parent, ofParent);
        const list: Touched = ofParent.get(section) ?? {
          section,
          parent,
          changed: new Set(),
          moved: new Set(),
          changes: new Map(),
        };
        ofParent.set(section, list);
        if (change.kind === 'unknown' || change.kind === 'opaque') {
          if (change.op !== 'remove') left.push({ change, says: lineOf(change), reason: NOT_STORED });
          break;
        }
        if (change.op === 'move' && change.pair === item) {
          if (item.base !== null) list.moved.add(item.base);
        } else if (item.base !== null && item.result !== null) list.changed.add(item.base);
        const element = item.base ?? item.result;
        const known = element === null ? undefined : list.changes.get(element);
        if (known !== undefined) known.push(change);
        else if (element !== null) list.changes.set(element, [change]);
        break;
      }
      case 'whole':
        left.push({
          change,
          says: `${actWord(found.pair)} ${pathText(stepsOf(found.pair))}`,
          reason: reasonFor(found.pair, change.kind === 'unknown' && change.pair === found.pair),
        });
        break;
      case 'leaf':
        left.push({
          change,
          says: lineOf(change),
          reason: reasonFor(change.pair, change.kind === 'unknown'),
        });
        break;
      case 'nothing':
        break;
      default:
        unreachable(found);
    }
  }
  return { touched: [...touched.values()].flatMap((ofParent) => [...ofParent.values()]), left };
}

function reasonFor({ spec, parent }: Pair, isUnknown: boolean): string {
  if (isUnknown) return NOT_STORED;
  return parent?.parent === null && (spec?.name === 'name' || spec?.name === 'uuid')
    ? NEVER
    : 'no net-update section';
}

type Belongs =
  | { readonly type: 'section'; readonly section: Section; readonly item: Pair; readonly parent: Pair }
  /** It came or went with an element that has no section. */
  | { readonly type: 'whole'; readonly pair: Pair }
  | { readonly type: 'leaf' }
  /** A container that comes or goes by itself. */
  | { readonly type: 'nothing' };

function sectionOf(change: Change, use: readonly Section[]): Belongs {
  const chain: Pair[] = [];
  for (let at: Pair | null = change.pair; at !== null; at = at.parent) chain.unshift(at);
  const names: string[] = [];
  for (const [index, pair] of chain.entries()) {
    const parent = chain[index - 1];
    if (parent === undefined || pair.step === null) continue;
    names.push(pair.step.name);
    // of a second copy libvirt reads nothing
    if (pair.spec !== null && pair.spec.cardinality !== 'many' && pair.step.nth > 1)
      return { type: 'whole', pair };
    const section =
      pair.spec === null
        ? undefined
        : use.find(
            ({ path }) => path.length === names.length && path.every((name, at) => name === names[at]),
          );
    if (section !== undefined) return { type: 'section', section, item: pair, parent };
    const stays = pair.base !== null && pair.result !== null;
    if (stays) continue;
    if (!CONTAINERS.has(pair.spec)) return { type: 'whole', pair };
    if (pair === change.pair)
      return change.leaf.type === 'attribute' && saysMore(change) ? { type: 'leaf' } : { type: 'nothing' };
  }
  return { type: 'leaf' };
}

/** Whether an attribute that came or went with its container says more than the default. */
function saysMore({ pair, leaf, before, after }: Change): boolean {
  if (leaf.type !== 'attribute' || pair.spec === null) return true;
  return (after ?? before)?.value !== attrSpecOf(pair.spec, leaf.name)?.default;
}

function actWord(pair: Pair): string {
  return pair.base === null ? 'add' : pair.result === null ? 'remove' : 'change';
}

/** A change as a comment names it; on one line whatever the document holds. */
function lineOf({ op, pair, leaf }: Change): string {
  return `${op === 'modify' ? '' : `${op} `}${pathText(stepsOf(pair), leaf)}`;
}

function remarkText({ act, path, reason }: Remark): string {
  switch (act) {
    case 'add':
    case 'remove':
      return `${act} ${path}: ${reason}`;
    case 'change':
      return `${path}: ${reason}`;
    case 'order':
      return `order of ${path}: ${reason}`;
    default:
      return unreachable(act);
  }
}

// ---- lists ----

function listOf(
  { section, parent, changed, moved, changes }: Touched,
  base: XmlDocument,
  rebuild: number,
): List {
  const was = membersOf(section, parent.spec, parent.base);
  const is = membersOf(section, parent.spec, parent.result);
  const placeIn = new Map(was.map((member, at) => [member.identity, at]));
  const pathOf = ({ step }: Member) => pathText([...stepsOf(parent), step]);
  const wanted: Item[] = is.map((member) => {
    const at = placeIn.get(member.identity);
    placeIn.delete(member.identity);
    const before = at === undefined ? undefined : was[at];
    return {
      path: pathOf(member),
      base: at ?? null,
      wanted: member.element,
      changed: before !== undefined && changed.has(before.element),
      moved: before !== undefined && moved.has(before.element),
      changes: changes.get(before?.element ?? member.element) ?? [],
    };
  });
  const gone: Item[] = [...placeIn.values()].flatMap((at) => {
    const member = was[at];
    return member === undefined
      ? []
      : [
          {
            path: pathOf(member),
            base: at,
            wanted: null,
            changed: false,
            moved: false,
            changes: changes.get(member.element) ?? [],
          },
        ];
  });
  const address = addressAbove(parent);
  return {
    section,
    path: pathText([...stepsOf(parent), { name: section.spec.name, key: null, nth: 1 }]),
    ...(address === null ? { parentIndex: null, family: null } : placeOf(address, base)),
    base: was.map((member) => member.element),
    wanted,
    gone,
    closed: isDnsOff(parent) ? 'cannot add to dns that is disabled' : null,
    most: mostOf(parent, base),
    rebuild,
    unfit: (element) => (address?.base == null ? null : unfit(section, element, address.base)),
  };
}

type Member = { readonly step: Step; readonly identity: string; readonly element: XmlElement };

function membersOf(
  section: Section,
  parentSpec: ElementSpec | null,
  parent: XmlElement | null,
): readonly Member[] {
  if (parent === null || parentSpec === null) return [];
  const counts = new Map<string, number>();
  return childrenOf(parentSpec, parent)
    .filter((child: SemChild) => child.spec === section.spec)
    .map(({ key, element }) => {
      const same = key === null ? '' : keyIdentity(key);
      const nth = (counts.get(same) ?? 0) + 1;
      counts.set(same, nth);
      return { step: { name: section.spec.name, key, nth }, identity: `${same}\u0001${nth}`, element };
    });
}

const IP = specAt(['ip']);

function addressAbove(pair: Pair): Pair | null {
  for (let at: Pair | null = pair; at !== null; at = at.parent) if (at.spec === IP) return at;
  return null;
}

/** `--parent-index` counts all addresses, of both families, in the order in which they stand. */
function placeOf(
  address: Pair,
  base: XmlDocument,
): { readonly parentIndex: number; readonly family: string } {
  if (address.base === null) throw new Error('virsh: an address that is added has no lists of its own');
  return {
    parentIndex: xpathChildren(base.root, 'ip').indexOf(address.base),
    family: familyAt(address.base),
  };
}

function familyAt(address: XmlElement): string {
  const parsed = IP === null ? null : parseIp(effectiveAttr(IP, address, 'address')?.value ?? '');
  return parsed === null ? 'ipv4' : familyOf(parsed);
}

/** What only watches: addresses whose dhcp does not change but forbids it elsewhere. */
function otherDhcpLists(base: XmlDocument, lists: readonly List[]): readonly List[] {
  const dhcp = specAt(['ip', 'dhcp']);
  return xpathChildren(base.root, 'ip').flatMap((address, parentIndex) => {
    const [inner] = xpathChildren(address, 'dhcp');
    if (inner === undefined) return [];
    return sections
      .filter(
        ({ name }) =>
          (name === 'ip-dhcp-host' || name === 'ip-dhcp-range') &&
          !lists.some((list) => list.section.name === name && list.parentIndex === parentIndex),
      )
      .map((section) => {
        const elements = membersOf(section, dhcp, inner).map(({ element }) => element);
        return {
          section,
          path: '',
          parentIndex,
          family: familyAt(address),
          base: elements,
          wanted: [],
          gone: [],
          closed: null,
          most: 0,
          rebuild: 0,
          unfit: () => null,
        };
      });
  });
}

/** `enable='no'` before, and until somebody edits it. */
function isDnsOff({ spec, base }: Pair): boolean {
  return spec?.name === 'dns' && base !== null && effectiveAttr(spec, base, 'enable')?.value === 'no';
}

/** How many interfaces a forward may have in the mode that it is stored with. */
function mostOf({ spec, base }: Pair, network: XmlDocument): number {
  if (spec?.name !== 'forward' || base === null) return Number.POSITIVE_INFINITY;
  const bridge = xpathChildren(network.root, 'bridge')[0];
  switch (effectiveAttr(spec, base, 'mode')?.value) {
    case 'nat':
    case 'route':
      return 1;
    case 'open':
      return 0;
    case 'bridge':
      return bridge === undefined || xpathAttr(bridge, 'name') === undefined ? Number.POSITIVE_INFINITY : 0;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** What libvirt checks of dhcp against the address as it is stored now. */
function unfit(section: Section, element: XmlElement, address: XmlElement): string | null {
  const names =
    section.name === 'ip-dhcp-range' ? ['start', 'end'] : section.name === 'ip-dhcp-host' ? ['ip'] : [];
  const own = IP === null ? null : effectiveAttr(IP, address, 'address')?.value;
  const prefix = IP === null ? null : effectiveAttr(IP, address, 'prefix')?.value;
  const cidr = own == null || prefix == null ? null : parseCidr(`${own}/${prefix}`);
  for (const name of names) {
    const text = effectiveAttr(section.spec, element, name)?.value ?? '';
    const ip = parseIp(text);
    if (ip === null || familyOf(ip) !== familyAt(address)) return 'refuses an address of another family';
    // hosts may lie anywhere, ranges may not
    if (section.name === 'ip-dhcp-range' && (cidr === null || !ipInCidr(text, cidr)))
      return 'refuses a range outside of the network as it is stored';
  }
  return null;
}

// ---- text ----

function commandText(network: string, { command, list, element }: UpdateStep, scope: Scope): string {
  const index = list.parentIndex === null ? '' : ` --parent-index ${list.parentIndex}`;
  return `virsh net-update ${networkWord(network)} ${command} ${list.section.name} '${xmlLine(list.section.spec, element)}'${index} --${scope}`;
}

/** The whole element on one line, without anything that libvirt does not know, and without a `'`. */
export function xmlLine(spec: ElementSpec, element: XmlElement): string {
  const attrs = spec.attrs.flatMap(({ name }) => {
    const attr = element.attrs.find((one) => one.name === name && name !== 'connections');
    return attr === undefined ? [] : [` ${name}="${escapeValue(attr.value, '"').replaceAll("'", '&apos;')}"`];
  });
  const inner =
    spec.text === null
      ? childrenOf(spec, element).flatMap((child) =>
          child.spec === null ? [] : [xmlLine(child.spec, child.element)],
        )
      : [escapeText(textOf(element)).replaceAll("'", '&apos;').replaceAll('\n', '&#10;')];
  const content = inner.join('');
  return content === ''
    ? `<${spec.name}${attrs.join('')}/>`
    : `<${spec.name}${attrs.join('')}>${content}</${spec.name}>`;
}

function networkWord(name: string): string {
  // virsh takes a word that begins with a dash for an option
  return name.startsWith('-') ? `--network=${shellWord(name)}` : shellWord(name);
}

/** One word for a POSIX shell. */
function shellWord(text: string): string {
  return /^[A-Za-z0-9_][A-Za-z0-9_.:@%+-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
