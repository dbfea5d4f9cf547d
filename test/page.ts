// The page of a diagnostic code, for tests that hold what it shows against what is printed.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts';
import { renderHuman } from '../src/diagnostics/render-human.ts';

const folder = new URL('../docs/diagnostics/', import.meta.url);
const SHOWN = /^```text\n[\s\S]*?^```$/m;

export type Page = {
  readonly text: string;
  /** The text of its first block in that language, without the last line end. */
  readonly block: (language: string) => string | null;
  /** Its first block of what is printed is what these diagnostics print. UPDATE=1 writes it anew. */
  readonly shows: (diagnostics: readonly Diagnostic[], width?: number) => void;
};

export function pageOf(code: string): Page {
  const file = new URL(`${code}.md`, folder);
  const text = readFileSync(file, 'utf8');
  return {
    text,
    block: (language) => new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)\n\`\`\`$`, 'm').exec(text)?.[1] ?? null,
    shows: (diagnostics, width = 100) => {
      const said = renderHuman(diagnostics, { colour: false, width, unicode: true, limit: null });
      const shown = `\`\`\`text\n${said.trimEnd()}\n\`\`\``;
      if (process.env['UPDATE'] === '1')
        writeFileSync(
          file,
          text.replace(SHOWN, () => shown),
        );
      else expect(SHOWN.exec(text)?.[0]).toBe(shown);
    },
  };
}

/** The codes that have a page, of those that the pattern names. */
export function codesLike(pattern: RegExp): readonly string[] {
  return readdirSync(folder)
    .map((name) => name.replace(/\.md$/, ''))
    .filter((code) => pattern.test(code));
}

/** An example as it is meant: pages write characters that nobody sees as `\u{…}`. */
export function withUnseen(example: string): string {
  return example.replace(/\\u\{([0-9a-f]+)\}/g, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
}
