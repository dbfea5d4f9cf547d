// Each rule, provoked by a network that breaks it. The cases are texts (cases/rules.txt; UPDATE=1 writes what is said now):
//
//   == title
//   what stands in <network><name>n</name>…</network>, or after `!` the whole text
//   --
//   who refuses (parse, define: libvirt; own: Sluice; warn: nobody), code, message, and the next step behind `|`

import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { checkDefine, checkNetwork, checkParse } from '../../src/network/rules.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { document } from './rules-document.ts';

const FILE = new URL('cases/rules.txt', import.meta.url);

const cases = readFileSync(FILE, 'utf8')
  .split(/^== /m)
  .slice(1)
  .map((text) => {
    const [, title, xml, said] = /^(.*)\n([\s\S]*?)\n--\n([\s\S]*)$/.exec(text) ?? [];
    if (title === undefined || xml === undefined || said === undefined)
      throw new Error(`malformed case: ${text}`);
    return { title, xml, said: said.trimEnd() };
  });

function said(doc: XmlDocument): string {
  const parse = new Set(checkParse(doc));
  const define = new Set(checkDefine(doc));
  const who = (d: Diagnostic): string =>
    parse.has(d) ? 'parse' : define.has(d) ? 'define' : d.severity === 'error' ? 'own' : 'warn';
  return checkNetwork(doc)
    .map((d) => `${who(d)} ${d.code} ${d.message} | ${d.help}`)
    .join('\n');
}

function wholeOf(xml: string): string {
  return xml.startsWith('!') ? xml.slice(1) : `<network><name>n</name>${xml}</network>`;
}

if (process.env['UPDATE'] === '1') {
  writeFileSync(
    FILE,
    cases.map(({ title, xml }) => `== ${title}\n${xml}\n--\n${said(document(wholeOf(xml)))}\n`).join(''),
  );
}

describe('what is wrong with a network', () => {
  test.each(cases)('$title', ({ xml, said: expected }) => {
    expect(said(document(wholeOf(xml)))).toBe(expected);
  });

  test('every code is provoked', async () => {
    const { networkCodes } = await import('../../src/diagnostics/codes/network.ts');
    const provoked = cases.map((one) => one.said).join('\n');
    expect(Object.keys(networkCodes).filter((code) => !provoked.includes(code))).toEqual([]);
  });

  test('every diagnostic has a place and a next step', () => {
    for (const { xml } of cases) {
      for (const d of checkNetwork(document(wholeOf(xml)))) {
        expect(d.span).not.toBeNull();
        expect(d.help).not.toBeNull();
        expect(d.message).toMatch(/^[^A-Z].*[^.]$/);
      }
    }
  });
});
