// What completion is asked, what it may know, and what it answers: the words that the terminal and it share.

import type { ElementSpec } from '../../network/spec.ts';
import type { XmlDocument } from '../../xml/document.ts';

/** What was typed. */
export type Typed = {
  /** The lines of an unfinished block or paste above the line, each with its newline; empty for none. */
  readonly block: string;
  /** The line, up to the cursor. */
  readonly line: string;
};

/** What can be named. The caller holds it all in memory: nothing here is read while somebody types, files apart. */
export type World = {
  /** The element table: its root. */
  readonly table: ElementSpec;
  /** The network that statements are about; null when none was chosen. */
  readonly network: string | null;
  /** The names of all networks of the target. */
  readonly networks: readonly string[];
  /** By network, with everything that is staged: of those that the session has read. */
  readonly documents: ReadonlyMap<string, XmlDocument>;
  /** What `$` can name, besides what the typed block itself binds. */
  readonly variables: readonly { readonly name: string; readonly about: string }[];
  /** Of the policy, without `user:` and `role:`. */
  readonly users: readonly string[];
  readonly roles: readonly string[];
  /** Network interfaces of the host, where it is known. */
  readonly interfaces: readonly string[];
  /** The staged units, first line each, in the order of their numbers. */
  readonly staged: readonly string[];
  /** What `help` knows about besides commands, verbs and elements: codes. */
  readonly topics: readonly Candidate[];
  /** Files and folders (with a `/` at their end) whose name begins so. */
  readonly files: (begun: string) => readonly string[];
};

/** Something that can be written, and one line about it. */
export type Candidate = { readonly text: string; readonly help: string };

export type Completion = {
  /** Where the candidates' text goes: it replaces the line from here to the cursor. */
  readonly from: number;
  readonly candidates: readonly Proposal[];
  /** How many more there are. */
  readonly more: number;
};

/** `closed`: the word is at its end, so that a blank may follow when it is chosen. */
export type Proposal = Candidate & { readonly closed: boolean };
