// `tsx bench/xml-parsers.ts`: which parser reads a large network, what it costs, and whether it knows where attributes
// stand. It decided that saxes reads documents (src/xml/parse.ts); asserts nothing.

import { spawnSync } from 'node:child_process';
import { DOMParser, type Element, onWarningStopParsing } from '@xmldom/xmldom';
import { SaxesParser } from 'saxes';
import type { XmlElement } from '../src/xml/document.ts';
import { parseDocument } from '../src/xml/parse.ts';
import { networkXml, sized } from './generate.ts';
import { median } from './measure.ts';

const HOSTS = 65_000;
const ROUNDS = 5;

/** Reads the text; what it returns is kept until memory is measured. `places`: offsets of all attribute names, where known. */
type Reader = (text: string) => { readonly kept: unknown; readonly places: () => readonly number[] };

const readers: Readonly<Record<string, Reader>> = {
  'xmldom, a DOM': (text) => {
    const document = new DOMParser({ onError: onWarningStopParsing }).parseFromString(text, 'text/xml');
    return { kept: document, places: () => xmldomPlaces(text, document.documentElement) };
  },
  'saxes, events only': (text) => {
    let attributes = 0;
    const parser = new SaxesParser({ xmlns: true, position: false });
    parser.on('attribute', () => attributes++);
    parser.write(text).close();
    return { kept: attributes, places: () => [] };
  },
  'saxes, a document with places': (text) => {
    const document = parseDocument({ name: 'big.xml', text });
    return { kept: document, places: () => places(document.value?.root ?? null) };
  },
};

function places(root: XmlElement | null): readonly number[] {
  if (root === null) return [];
  return [
    ...root.attrs.map((attr) => attr.start),
    ...root.children.flatMap((child) => (child.type === 'element' ? places(child) : [])),
  ];
}

/** xmldom counts lines and columns from 1, and gives the opening quote of a value. Where tags end it does not say. */
function xmldomPlaces(text: string, root: Element | null): readonly number[] {
  const lines = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
  const found: number[] = [];
  const open = root === null ? [] : [root];
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    for (const { name, lineNumber, columnNumber } of Array.from(element.attributes)) {
      const quote = (lines[(lineNumber ?? 0) - 1] ?? 0) + (columnNumber ?? 0) - 1;
      found.push(text.lastIndexOf(name, quote));
    }
    // childNodes by index is quadratic
    for (let child = element.firstChild; child !== null; child = child.nextSibling) {
      if (child.nodeType === child.ELEMENT_NODE) open.push(child as Element);
    }
  }
  return found;
}

type Report = {
  readonly wall: number;
  readonly processor: number;
  readonly heap: number;
  readonly exact: number;
  readonly known: number;
};

function measure(reader: Reader): Report {
  const text = Buffer.from(networkXml(sized(HOSTS, 0))).toString();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const processor = process.cpuUsage();
  const wall = performance.now();
  const { kept, places: find } = reader(text);
  const spent = process.cpuUsage(processor);
  const report = { wall: performance.now() - wall, processor: (spent.user + spent.system) / 1000 };
  globalThis.gc?.();
  const heap = kept === undefined ? 0 : process.memoryUsage().heapUsed - before;
  const found = find();
  const exact = found.filter(
    (at) => /^[\w:]+=['"]/.test(text.slice(at, at + 40)) && /\s/.test(text[at - 1] ?? ''),
  );
  return { ...report, heap: heap / 2 ** 20, exact: exact.length, known: found.length };
}

const asked = readers[process.argv[2] ?? ''];
if (asked !== undefined) process.stdout.write(JSON.stringify(measure(asked)));
else {
  process.stdout.write(
    `${HOSTS} hosts, ${(networkXml(sized(HOSTS, 0)).length / 1e6).toFixed(1)} MB, median of ${ROUNDS} processes each\n\n`,
  );
  process.stdout.write(
    'parser                          wall ms   processor ms   heap MiB   attributes placed exactly\n',
  );
  for (const name of Object.keys(readers)) {
    const reports = Array.from({ length: ROUNDS }, () => {
      const run = spawnSync(
        process.execPath,
        ['--expose-gc', ...process.execArgv, import.meta.filename, name],
        { encoding: 'utf8' },
      );
      if (run.status !== 0) throw new Error(run.stderr);
      return JSON.parse(run.stdout) as Report; // written above
    });
    const of = (key: keyof Report): number => median(reports.map((report) => report[key]));
    process.stdout.write(
      `${name.padEnd(30)} ${of('wall').toFixed(0).padStart(8)} ${of('processor').toFixed(0).padStart(14)} ${of('heap').toFixed(0).padStart(10)}   ${of('exact')} of ${of('known')}\n`,
    );
  }
}
