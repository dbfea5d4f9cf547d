// Only the gate makes permits: nobody else so much as names `issuePermit`, or takes the whole module that has it.

import ts from 'typescript';
import { expect, test } from 'vitest';
import { filesUnder, read } from './files.ts';

const maker = /^src\/policy\/(permit|gate[a-z-]*)\.ts$/;

/** Ways to `issuePermit` in a file that may not have it. */
function waysToIssue(file: string, text: string): readonly string[] {
  if (!/permit/i.test(text)) return []; // parsing every file takes seconds
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const fromPermit = (node: ts.Expression | undefined): boolean =>
    node !== undefined && ts.isStringLiteralLike(node) && /(^|\/)permit(\.[a-z]+)?$/.test(node.text);
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === 'issuePermit') found.push(node.text);
    if (ts.isStringLiteralLike(node) && node.text === 'issuePermit') found.push(`'${node.text}'`);
    if (ts.isImportDeclaration(node) && fromPermit(node.moduleSpecifier)) {
      const bindings = node.importClause?.namedBindings;
      if (bindings !== undefined && ts.isNamespaceImport(bindings)) found.push('import *');
    }
    if (ts.isExportDeclaration(node) && fromPermit(node.moduleSpecifier)) {
      if (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause)) found.push('export *');
    }
    if (
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      fromPermit(node.arguments[0])
    )
      found.push('import()');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

test('only the gate makes permits', () => {
  const files = filesUnder('src');
  expect(files).toContain('src/policy/permit.ts');
  expect(
    files.some(
      (file) => maker.test(file) && file !== 'src/policy/permit.ts' && read(file).includes('issuePermit('),
    ),
  ).toBe(true);
  const ways = files
    .filter((file) => !maker.test(file))
    .flatMap((file) => waysToIssue(file, read(file)).map((way) => `${file}: ${way}`));
  expect(ways).toEqual([]);
});

test.each([
  "import { issuePermit } from '../policy/permit.ts';",
  "import { issuePermit as make } from '../policy/permit.ts';",
  "import * as permits from '../policy/permit.ts';",
  "export * from '../policy/permit.ts';",
  "export * as permits from '../policy/permit.ts';",
  "const permits = await import('../policy/permit.ts');",
  "export { issuePermit } from './policy/permit.ts';",
])('would be caught at %s', (text) => {
  expect(waysToIssue('planted.ts', text)).not.toEqual([]);
});

test('taking the type, or redeeming, is free', () => {
  expect(
    waysToIssue('planted.ts', "import { type Permit, redeemPermit } from '../policy/permit.ts';"),
  ).toEqual([]);
});
