// What libvirt puts into a network by itself: an identity when it is defined, details of its work while it runs. None of
// it is anybody's wish, so a comparison of what runs with what is stored, or with what is wanted, passes over it.

import { networkSpec } from '../network/table.ts';
import {
  childrenNamed,
  countNamed,
  type Draft,
  type DraftElement,
  freezeDraft,
  insertElement,
  openDraft,
  removeAttribute,
  removeNode,
  setAttribute,
} from '../patch/draft.ts';
import { placeFor } from '../patch/placement.ts';
import { attrOf, makeAttr, makeElement, type XmlDocument, type XmlElement } from '../xml/document.ts';

/**
 * The running network without what libvirt added to it and the stored one does not have: the port range of NAT, the
 * devices that it found behind a `<pf>`, a bridge's name where none or a template is stored, uuid and mac.
 */
export function withoutDaemonGiven(live: XmlDocument, config: XmlDocument): XmlDocument {
  const draft = openDraft(live);
  const stored = openDraft(config);
  const [forward, storedForward] = both(draft, stored, 'forward');
  if (forward !== null && storedForward !== null) {
    dropPortRange(forward, storedForward);
    dropFunctions(forward, storedForward);
  }
  const [bridge, storedBridge] = both(draft, stored, 'bridge');
  if (bridge !== null) {
    const name = storedBridge === null ? undefined : attrOf(storedBridge.node, 'name');
    if (name === undefined) removeAttribute(bridge, 'name', '');
    else if (isTemplate(name.value)) setAttribute(bridge, name);
  }
  for (const name of GIVEN) {
    const [given, kept] = both(draft, stored, name);
    if (given !== null && kept === null) removeNode(given);
  }
  return freezeDraft(draft);
}

/** What was wanted, with the identity that the daemon has given to the network, where nothing is said about it. */
export function withDaemonGiven(wanted: XmlDocument, base: XmlDocument): XmlDocument {
  const draft = openDraft(wanted);
  const given = openDraft(base);
  for (const name of GIVEN) {
    const [said, known] = both(draft, given, name);
    if (said === null && known !== null) insert(draft.root, copyOf(known.node));
  }
  const [bridge, known] = both(draft, given, 'bridge');
  const name = known === null ? undefined : attrOf(known.node, 'name');
  // a network that hands out somebody else's bridge has none of libvirt's
  if (name === undefined || mode(draft) !== mode(given)) return freezeDraft(draft);
  if (bridge === null) {
    insert(
      draft.root,
      makeElement({ name: 'bridge', local: 'bridge', ns: '' }, [makeAttr('name', name.value)], []),
    );
  } else {
    const said = attrOf(bridge.node, 'name')?.value ?? '';
    if (said === '' || isTemplate(said)) setAttribute(bridge, makeAttr('name', name.value));
  }
  const [forward, knownForward] = both(draft, given, 'forward');
  if (forward !== null && knownForward !== null) addPortRange(forward, knownForward);
  return freezeDraft(draft);
}

/** Made up when a network is defined without (virNetworkDefineXML, virNetworkSetBridgeMacAddr). */
const GIVEN = ['uuid', 'mac'] as const;

/** libvirt fills `virbr%d` in when the network is defined or starts (virNetworkBridgeInUse…). */
function isTemplate(bridge: string): boolean {
  return bridge.includes('%d');
}

/** What the firewall code writes into the running definition (network_iptables.c, viriptables.c). */
const PORTS = { start: '1024', end: '65535' } as const;

function dropPortRange(live: DraftElement, config: DraftElement): void {
  const nat = only(live, 'nat');
  const storedNat = only(config, 'nat');
  const port = nat === null ? null : only(nat, 'port');
  if (nat === null || port === null || !isWholeRange(port.node)) return;
  if (storedNat !== null && only(storedNat, 'port') !== null) return;
  removeNode(port);
  if (storedNat === null && nat.node.attrs.length === 0 && countNamed(nat, 'address') === 0) removeNode(nat);
}

function addPortRange(wanted: DraftElement, base: DraftElement): void {
  const known = only(base, 'nat');
  const port = known === null ? null : only(known, 'port');
  if (port === null || !isWholeRange(port.node)) return;
  const nat = only(wanted, 'nat');
  if (nat === null) {
    insert(wanted, makeElement({ name: 'nat', local: 'nat', ns: '' }, [], [copyOf(port.node)]));
  } else if (only(nat, 'port') === null) insert(nat, copyOf(port.node));
}

function isWholeRange(port: XmlElement): boolean {
  return attrOf(port, 'start')?.value === PORTS.start && attrOf(port, 'end')?.value === PORTS.end;
}

/** Of a pool that names its physical function, libvirt lists the virtual ones while the network runs. */
function dropFunctions(live: DraftElement, config: DraftElement): void {
  if (only(config, 'pf') === null) return;
  for (const name of ['interface', 'address']) {
    if (countNamed(config, name) > 0) continue;
    for (const found of [...childrenNamed(live, name)]) removeNode(found);
  }
}

function insert(parent: DraftElement, element: XmlElement): void {
  const spec = parent.parent === null ? networkSpec : null;
  insertElement(parent, element, placeFor(parent, spec, element, 'last'));
}

/** Without its place in the document that it comes from. */
function copyOf(element: XmlElement): XmlElement {
  const children = element.children.filter(({ type }) => type === 'text');
  return makeElement(
    element,
    element.attrs.map(({ name, value }) => makeAttr(name, value)),
    children,
  );
}

function both(a: Draft, b: Draft, name: string): readonly [DraftElement | null, DraftElement | null] {
  return [only(a.root, name), only(b.root, name)];
}

function only(parent: DraftElement, name: string): DraftElement | null {
  for (const child of childrenNamed(parent, name)) return child;
  return null;
}

function mode(draft: Draft): string {
  const forward = only(draft.root, 'forward');
  return forward === null ? '' : (attrOf(forward.node, 'mode')?.value ?? 'nat');
}
