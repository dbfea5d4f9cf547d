// Rules about what guests are plugged into: vlan tags, bandwidth, virtualports, portgroups.

import type { XmlAttr, XmlElement } from '../xml/document.ts';
import { readUint, UINT32, UINT64 } from './c-forms.ts';
import { libvirtAttr, propertyAttr, xpathAttr, xpathChildren } from './libvirt-reading.ts';
import type { Facts } from './rule-facts.ts';
import { type At, type Findings, labelOn, quoted, report } from './rule-report.ts';
import { utf8Length } from './rules-dns.ts';

export function checkVlan(findings: Findings, at: At): void {
  const tags = xpathChildren(at.element, 'tag');
  const wrong = (attr: XmlAttr | undefined, message: string, help: string, first?: XmlElement): void => {
    const labels = first === undefined ? [] : labelOn(first, undefined, 'the first');
    report(findings, { code: 'SL240', level: 'parse', at, attr, message, help, labels });
  };
  if (tags.length === 0) wrong(undefined, '`vlan` has no `tag`', 'write at least one: `<tag id="42"/>`');
  const native = tags.filter((tag) => propertyAttr(tag, 'nativeMode') !== undefined);
  if (native[1] !== undefined)
    wrong(undefined, 'two tags with `nativeMode`', 'let one tag be native', native[0]);
  const trunk = xpathAttr(at.element, 'trunk');
  if (trunk?.value.toLowerCase() !== 'no') return;
  if (tags.length > 1)
    wrong(trunk, '`trunk` is no, but there are several tags', 'leave `trunk` out: several tags are a trunk');
  else if (native.length > 0)
    wrong(trunk, '`trunk` is no, but a tag has `nativeMode`', 'leave `trunk` out, or `nativeMode`');
}

/** virNetDevBandwidthParse; a network and a portgroup may not use `floor` and `classID`. */
export function checkBandwidth(findings: Findings, at: At): void {
  const classId = propertyAttr(at.element, 'classID');
  if (classId === undefined) return;
  report(findings, {
    code: 'SL241',
    level: 'parse',
    at,
    attr: classId,
    message: '`classID` of a `bandwidth`',
    help: 'leave it out: libvirt gives it to guests itself',
  });
}

export function checkRate(findings: Findings, at: At): void {
  const name = at.spec?.name;
  const average = propertyAttr(at.element, 'average');
  const floor = propertyAttr(at.element, 'floor');
  if (floor !== undefined) {
    report(findings, {
      code: 'SL241',
      level: 'parse',
      at,
      attr: floor,
      message: `\`floor\` of \`${name}\``,
      help: 'leave it out: libvirt takes it at the interface of a guest only',
    });
  }
  if (average === undefined) {
    report(findings, {
      code: 'SL241',
      level: 'parse',
      at,
      message: `\`${name}\` has no \`average\``,
      help: 'give the average rate in KiB/s; the other limits need it',
    });
    return;
  }
  for (const attr of [average, propertyAttr(at.element, 'peak'), propertyAttr(at.element, 'burst')]) {
    if (attr === undefined || readUint(attr.value, UINT64, 10) !== 0n) continue;
    report(findings, {
      code: 'SL260',
      level: 'own',
      at,
      attr,
      message:
        attr === average
          ? `libvirt would not keep \`${name}\` with an \`average\` of 0`
          : `libvirt would not keep a \`${attr.name}\` of 0`,
      help: attr === average ? `to limit nothing, remove \`${name}\`` : 'leave it out',
    });
    if (attr === average) return;
  }
}

/** virNetDevVPortProfileCheckNoExtras. midonet is not in it: libvirt takes what does not belong there and does not print it. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  '802.1Qbg': ['managerid', 'typeid', 'typeidversion', 'instanceid'],
  '802.1Qbh': ['profileid'],
  openvswitch: ['interfaceid', 'profileid'],
  midonet: ['interfaceid'],
};

export function checkParameters(findings: Findings, at: At): void {
  const profile = propertyAttr(at.element, 'profileid');
  if (profile !== undefined && utf8Length(profile.value) > 39) {
    report(findings, {
      code: 'SL203',
      level: 'parse',
      at,
      attr: profile,
      detail: profile.value,
      message: `\`profileid\` is ${quoted(profile.value)}, longer than 39 bytes`,
      help: 'use at most 39 characters',
    });
  }
  const type = at.parent === null ? undefined : propertyAttr(at.parent.element, 'type');
  const allowed = type === undefined ? undefined : PARAMETERS[type.value];
  if (type === undefined || allowed === undefined) return;
  for (const { name } of at.spec?.attrs ?? []) {
    const attr = propertyAttr(at.element, name);
    if (attr === undefined || allowed.includes(name) || (name === 'profileid' && attr.value === '')) continue;
    report(findings, {
      code: 'SL242',
      level: type.value === 'midonet' ? 'own' : 'parse',
      at,
      attr,
      message: `\`${name}\` does not belong to a virtualport of type \`${type.value}\``,
      help: `it takes ${allowed.map((one) => `\`${one}\``).join(', ')}`,
    });
  }
}

/** networkValidate: names and default of portgroups. */
export function checkPortgroups(findings: Findings, network: At): void {
  const named = new Map<string, XmlElement>();
  let byDefault: XmlElement | null = null;
  const spec = network.spec?.children.find((child) => child.name === 'portgroup') ?? null;
  for (const element of xpathChildren(network.element, 'portgroup')) {
    const at: At = { spec, path: 'portgroup', element, parent: network };
    const name = xpathAttr(element, 'name');
    const other = name === undefined ? undefined : named.get(name.value);
    if (name !== undefined && other === undefined) named.set(name.value, element);
    else if (name !== undefined && other !== undefined) {
      report(findings, {
        code: 'SL243',
        level: 'define',
        at,
        attr: name,
        detail: 'name',
        message: `a second portgroup ${quoted(name.value)}`,
        help: 'give each portgroup its own name',
        labels: labelOn(other, undefined, 'the first'),
      });
    }
    const chosen = xpathAttr(element, 'default');
    if (chosen?.value.toLowerCase() !== 'yes') continue;
    if (byDefault === null) {
      byDefault = element;
      continue;
    }
    report(findings, {
      code: 'SL243',
      level: 'define',
      at,
      attr: chosen,
      detail: 'default',
      message: `${quoted(name?.value ?? '')} is a second default portgroup`,
      help: 'let one portgroup be the default',
      labels: labelOn(byDefault, xpathAttr(byDefault, 'default'), 'the first'),
    });
  }
}

/** networkValidate: only some networks can tag the traffic of their guests. */
export function checkVlanUse(findings: Findings, network: At, facts: Facts): void {
  const { mode } = facts;
  if (mode === null) return;
  const ovs = (element: XmlElement): boolean => {
    const [virtualport] = xpathChildren(element, 'virtualport');
    return virtualport !== undefined && propertyAttr(virtualport, 'type')?.value === 'openvswitch';
  };
  const tagged = (element: XmlElement): XmlElement | undefined => {
    const [vlan] = xpathChildren(element, 'vlan');
    return vlan !== undefined && xpathChildren(vlan, 'tag').length > 0 ? vlan : undefined;
  };
  const allowed = mode === 'hostdev' || mode === 'passthrough' || (mode === 'bridge' && ovs(network.element));
  const whole = tagged(network.element);
  const wrong = (parent: At, vlan: XmlElement): void => {
    const spec = parent.spec?.children.find((child) => child.name === 'vlan') ?? null;
    report(findings, {
      code: 'SL230',
      level: 'define',
      at: { spec, path: parent.path === '' ? 'vlan' : `${parent.path}.vlan`, element: vlan, parent },
      detail: 'vlan',
      message: `\`vlan\` in ${mode === 'none' ? 'an isolated network' : `a network with forward mode \`${mode}\``} cannot take effect`,
      help: 'libvirt tags for modes `hostdev` and `passthrough`, and for `bridge` with a virtualport of type `openvswitch`',
    });
  };
  let wholeIsWrong = false;
  let hasDefault = false;
  const spec = network.spec?.children.find((child) => child.name === 'portgroup') ?? null;
  for (const element of xpathChildren(network.element, 'portgroup')) {
    if (xpathAttr(element, 'default')?.value.toLowerCase() === 'yes') hasDefault = true;
    const own = tagged(element);
    if (own === undefined && whole === undefined) continue;
    // a portgroup with a virtualport of its own decides for itself
    const virtualport = xpathChildren(element, 'virtualport').length > 0;
    if (virtualport ? mode === 'bridge' && ovs(element) : allowed) continue;
    if (own !== undefined) wrong({ spec, path: 'portgroup', element, parent: network }, own);
    else wholeIsWrong = true;
  }
  if (whole !== undefined && (wholeIsWrong || (!allowed && !hasDefault))) wrong(network, whole);
}

export function checkMtu(findings: Findings, at: At): void {
  const size = libvirtAttr('mtu', at.element, 'size');
  if (size === undefined || readUint(size.value, UINT32, 10) !== 0n) return;
  report(findings, {
    code: 'SL260',
    level: 'own',
    at,
    attr: size,
    message: 'libvirt would not keep an `mtu` of 0',
    help: 'to use the usual size, remove `mtu`',
  });
}
