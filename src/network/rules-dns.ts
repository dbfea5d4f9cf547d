// Rules about dns: what a disabled one may hold, and the records.

import type { XmlAttr } from '../xml/document.ts';
import { readUint, UINT32 } from './c-forms.ts';
import { namedChildren, propertyAttr, stringValue, xpathAttr } from './libvirt-reading.ts';
import { type At, type Findings, labelOn, quoted, report } from './rule-report.ts';

const RECORDS: ReadonlySet<string> = new Set(['forwarder', 'txt', 'srv', 'host']);

export function checkDns(findings: Findings, at: At): void {
  const enable = propertyAttr(at.element, 'enable');
  if (enable?.value !== 'no') return;
  for (const child of at.element.children) {
    if (child.type !== 'element' || child.ns !== '' || !RECORDS.has(child.local)) continue;
    report(findings, {
      code: 'SL220',
      level: 'parse',
      at,
      attr: enable,
      message: 'a disabled `dns` with records in it',
      help: 'enable it, or remove its records',
      labels: labelOn(child, undefined, 'the first record'),
    });
    return;
  }
}

export function checkForwarder(findings: Findings, at: At): void {
  if (propertyAttr(at.element, 'addr') !== undefined || propertyAttr(at.element, 'domain') !== undefined)
    return;
  report(findings, {
    code: 'SL202',
    level: 'parse',
    at,
    message: '`forwarder` has neither `addr` nor `domain`',
    help: 'say which server to ask (`addr`), for which names (`domain`), or both',
  });
}

export function checkTxt(findings: Findings, at: At): void {
  const name = propertyAttr(at.element, 'name');
  const bad = name === undefined ? null : /[ ,]/.exec(name.value);
  if (name === undefined || bad === null) return;
  report(findings, {
    code: 'SL204',
    level: 'parse',
    at,
    attr: name,
    detail: name.value,
    message: `the name of a txt record holds ${bad[0] === ',' ? 'a comma' : 'a blank'}`,
    help: 'leave that character out',
  });
}

/** DNS_RECORD_LENGTH_SRV in libvirt's network_conf.h. */
const SERVICE_BYTES = 512 - 30;

export function checkSrv(findings: Findings, at: At): void {
  const service = propertyAttr(at.element, 'service');
  const protocol = propertyAttr(at.element, 'protocol');
  const wrong = (attr: XmlAttr, message: string, help: string): void => {
    report(findings, { code: 'SL221', level: 'parse', at, attr, detail: attr.value, message, help });
  };
  if (service !== undefined) {
    const bad = /[^A-Za-z0-9_\-+/*]/u.exec(service.value);
    if (utf8Length(service.value) > SERVICE_BYTES)
      wrong(service, '`service` is too long', `use at most ${SERVICE_BYTES} characters`);
    else if (bad !== null)
      wrong(service, `\`service\` is ${quoted(service.value)}`, 'use only letters, digits, and `_-+/*`');
  }
  if (protocol !== undefined && /[^A-Za-z0-9\-+/]/.test(protocol.value)) {
    wrong(protocol, `\`protocol\` is ${quoted(protocol.value)}`, 'write `tcp` or `udp`');
  }
  if (propertyAttr(at.element, 'target') !== undefined) return;
  for (const name of ['port', 'priority', 'weight']) {
    const attr = xpathAttr(at.element, name);
    // a value that is no number is wrong in itself
    if (attr === undefined || readUint(attr.value, UINT32, 10) === null) continue;
    wrong(attr, `\`${name}\` without a \`target\``, 'give the host that serves as `target`');
  }
}

export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    // a surrogate pair is two units and four bytes
    bytes += c < 0x80 ? 1 : c < 0x800 || (c >= 0xd800 && c <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}

export function checkDnsHost(findings: Findings, at: At): void {
  const names = namedChildren(at.element, 'hostname');
  // libvirt passes by `<hostname/>`, but not by `<hostname><!-- --></hostname>`
  const read = names.filter((name) => name.children.length > 0);
  if (read.length === 0 || read.some((name) => stringValue(name) === '')) {
    report(findings, {
      code: 'SL202',
      level: 'parse',
      at,
      message:
        names.length === 0 ? '`host` of `dns` has no `hostname`' : '`host` of `dns` has an empty `hostname`',
      help: 'write at least one: `<hostname>gateway</hostname>`',
    });
  } else if (read.length < names.length) {
    report(findings, {
      code: 'SL260',
      level: 'own',
      at,
      message: 'libvirt would not keep an empty `hostname`',
      help: 'write a name in it, or leave it out',
    });
  }
}

export function checkOption(findings: Findings, at: At): void {
  const value = propertyAttr(at.element, 'value');
  if (value === undefined || value.value !== '') return;
  report(findings, {
    code: 'SL203',
    level: 'own',
    at,
    attr: value,
    message: 'an empty line of dnsmasq configuration',
    help: 'leave it out',
  });
}
