// The rooms above apply know no clock, no chance, no environment and no network: they run in a browser, and a plan can be
// made again. Imports are the layers' matter (layers.test.ts); this looks at what needs no import.

import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { filesUnder, read } from './files.ts';

const worldly = new Set(
  [
    'process',
    'console',
    'fetch',
    'performance',
    'crypto',
    'navigator',
    'Buffer',
    'require',
    'module',
    '__dirname',
    '__filename',
  ].concat(
    [
      'globalThis',
      'global',
      'window',
      'self',
      'WebSocket',
      'XMLHttpRequest',
      'EventSource',
      'Worker',
      'localStorage',
      'WebAssembly',
    ],
    ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ),
);

/** What the file says that depends on the world: `12: Date.now`. */
function worldlyUses(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const report = (node: ts.Node, what: string): void => {
    found.push(`${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    if (ts.isIdentifier(node) && isFree(node) && worldly.has(node.text)) report(node, node.text);
    if (ts.isMetaProperty(node)) report(node, 'import.meta');
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      const name = `${node.expression.text}.${node.name.text}`;
      if (name === 'Date.now' || name === 'Math.random') report(node, name);
    }
    // a method that asks for the user's language: another place, another order
    if (ts.isPropertyAccessExpression(node) && /^(toLocale|localeCompare)/.test(node.name.text))
      report(node, node.name.text);
    if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
      if (node.expression.text === 'Date' && (node.arguments?.length ?? 0) === 0) report(node, 'new Date()');
    }
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date')
      report(node, 'Date()');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** False for the name of a property, a parameter, a variable: only a name that is looked up counts. */
function isFree(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  return !((ts.isFunctionDeclaration(parent) || ts.isMethodDeclaration(parent)) && parent.name === node);
}

/** Text that is run as code: nowhere in the product. */
function evaluations(file: string, text: string): readonly string[] {
  if (!/\beval\b|\bFunction\b/.test(text)) return []; // parsing every file takes seconds
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isIdentifier(node) &&
      isFree(node) &&
      (node.text === 'eval' || node.text === 'Function') &&
      !ts.isTypeReferenceNode(node.parent)
    ) {
      found.push(`${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${node.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const worldlyRooms = /^src\/(apply|cli|repl)\//;

describe('a room above apply', () => {
  const pure = filesUnder('src').filter((file) => !worldlyRooms.test(file));

  test('stands there to be looked at', () => {
    expect(pure.length).toBeGreaterThan(20);
  });

  test('does not touch the world', () => {
    expect(pure.flatMap((file) => worldlyUses(file, read(file)).map((use) => `${file}:${use}`))).toEqual([]);
  });

  test.each([
    ['export const a = Date.now();', 'Date.now'],
    ['export const a = new Date().getTime();', 'new Date()'],
    ['export const a = Math.random();', 'Math.random'],
    ["export const a = process.env['HOME'];", 'process'],
    ['export const a = { process };', 'process'],
    ['console.log(1);', 'console'],
    ["export const a = await fetch('http://x/');", 'fetch'],
    ['setTimeout(() => {}, 1);', 'setTimeout'],
    ['export const a = globalThis;', 'globalThis'],
    ['export const a = import.meta.url;', 'import.meta'],
    ["export const a = 'a'.localeCompare('b');", 'localeCompare'],
    ['export const a = (1).toLocaleString();', 'toLocaleString'],
  ])('would be caught at %s', (text, what) => {
    expect(worldlyUses('planted.ts', text)).toEqual([`1: ${what}`]);
  });

  test.each([
    'export const a = new Date(0).toISOString();',
    'export const a = { process: 1 }.process;',
    'export function f(a: { readonly process: Buffer }): number { return Math.max(1, 2); }',
  ])('would not be caught at %s', (text) => {
    expect(worldlyUses('planted.ts', text)).toEqual([]);
  });
});

describe('the product', () => {
  test('runs no text as code', () => {
    expect(
      filesUnder('src').flatMap((file) => evaluations(file, read(file)).map((what) => `${file}:${what}`)),
    ).toEqual([]);
  });

  test.each(["eval('1');", "new Function('return 1');", "Function('return 1');"])(
    'would be caught at %s',
    (text) => {
      expect(evaluations('planted.ts', text)).toHaveLength(1);
    },
  );
});
